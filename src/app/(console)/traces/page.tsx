import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { TracesPage } from "../../../ui/traces/traces-page.tsx";

export const metadata: Metadata = { title: "Traces" };

export default function Page() {
  return (
    <PageMessages english={partOf("traces")}>
      <TracesPage />
    </PageMessages>
  );
}
