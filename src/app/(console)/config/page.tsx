import type { Metadata } from "next";
import { ConfigPage } from "../../../ui/config/config-page.tsx";

export const metadata: Metadata = { title: "Config" };

export default function Page() {
  return <ConfigPage />;
}
