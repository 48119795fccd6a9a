import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { MetricsPage } from "../../../ui/metrics/metrics-page.tsx";

export const metadata: Metadata = { title: "Metrics" };

export default function Page() {
  return (
    <PageMessages english={partOf("charts")}>
      <MetricsPage />
    </PageMessages>
  );
}
