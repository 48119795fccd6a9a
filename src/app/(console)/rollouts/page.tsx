import type { Metadata } from "next";
import { RolloutsPage } from "../../../ui/rollouts/rollouts-page.tsx";

export const metadata: Metadata = { title: "Rollouts" };

export default function Page() {
  return <RolloutsPage />;
}
