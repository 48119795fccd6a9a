import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { RolloutsPage } from "../../../ui/rollouts/rollouts-page.tsx";

export const metadata: Metadata = { title: "Rollouts" };

export default function Page() {
  return (
    <PageMessages english={partOf("rollouts")}>
      <RolloutsPage />
    </PageMessages>
  );
}
