import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { OverviewPage } from "../../../ui/overview/overview-page.tsx";

export const metadata: Metadata = { title: "Overview" };

export default function Page() {
  return (
    <PageMessages english={partOf("overview")}>
      <OverviewPage />
    </PageMessages>
  );
}
