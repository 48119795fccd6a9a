import type { Metadata } from "next";
import { KitPage } from "../../ui/kit-page/kit-page.tsx";

export const metadata: Metadata = { title: "Kit" };

export default function Page() {
  return <KitPage />;
}
