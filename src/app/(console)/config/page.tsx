import type { Metadata } from "next";
import { ConfigPage } from "../../../ui/config/config-page.tsx";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";

export const metadata: Metadata = { title: "Config" };

export default function Page() {
  return (
    <PageMessages english={partOf("config")}>
      <ConfigPage />
    </PageMessages>
  );
}
