import type { Metadata } from "next";
import { KitPage } from "../../ui/kit-page/kit-page.tsx";
import { PageMessages } from "../../ui/locale/locale-provider.tsx";
import { partOf } from "../../ui/messages/parts.ts";

export const metadata: Metadata = { title: "Kit" };

export default function Page() {
  return (
    <PageMessages english={partOf("kitPage")}>
      <KitPage />
    </PageMessages>
  );
}
