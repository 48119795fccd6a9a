import type { Metadata } from "next";
import { ChangesPage } from "../../../ui/changes/changes-page.tsx";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";

export const metadata: Metadata = { title: "Changes" };

export default function Page() {
  return (
    <PageMessages english={partOf("changes")}>
      <ChangesPage />
    </PageMessages>
  );
}
