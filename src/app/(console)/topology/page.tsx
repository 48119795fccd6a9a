import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { TopologyPage } from "../../../ui/topology/topology-page.tsx";

export const metadata: Metadata = { title: "Topology" };

export default function Page() {
  return (
    <PageMessages english={partOf("topology")}>
      <TopologyPage />
    </PageMessages>
  );
}
