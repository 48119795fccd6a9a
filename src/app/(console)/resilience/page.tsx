import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { ResiliencePage } from "../../../ui/resilience/resilience-page.tsx";

export const metadata: Metadata = { title: "Resilience" };

export default function Page() {
  return (
    <PageMessages english={partOf("resilience")}>
      <ResiliencePage />
    </PageMessages>
  );
}
