import type { Metadata } from "next";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";
import { ServicesPage } from "../../../ui/services/services-page.tsx";

export const metadata: Metadata = { title: "Services" };

export default function Page() {
  return (
    <PageMessages english={partOf("services")}>
      <ServicesPage />
    </PageMessages>
  );
}
