import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { SwitchesPage } from "../../../ui/switches/board.tsx";

export const metadata: Metadata = { title: "Switches" };

export default function Page() {
  return (
    <PageMessages english={partOf("switches")}>
      <SwitchesPage />
    </PageMessages>
  );
}
