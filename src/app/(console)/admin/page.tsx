import type { Metadata } from "next";
import { AdminPage } from "../../../ui/admin/admin-page.tsx";
import { PageMessages } from "../../../ui/locale/locale-provider.tsx";
import { partOf } from "../../../ui/messages/parts.ts";

export const metadata: Metadata = { title: "Admin" };

export default function Page() {
  return (
    <PageMessages english={partOf("admin")}>
      <AdminPage />
    </PageMessages>
  );
}
