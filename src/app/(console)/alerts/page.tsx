import type { Metadata } from "next";
import { AlertsPage } from "../../../ui/alerts/alerts-page.tsx";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";

export const metadata: Metadata = { title: "Alerts" };

export default function Page() {
  return (
    <PageMessages english={partOf("alerts")}>
      <AlertsPage />
    </PageMessages>
  );
}
