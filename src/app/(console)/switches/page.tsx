import type { Metadata } from "next";
import { SwitchesPage } from "../../../ui/switches/board.tsx";

export const metadata: Metadata = { title: "Switches" };

export default function Page() {
  return <SwitchesPage />;
}
