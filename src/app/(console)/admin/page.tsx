import type { Metadata } from "next";
import { AdminPage } from "../../../ui/admin/admin-page.tsx";

export const metadata: Metadata = { title: "Admin" };

export default function Page() {
  return <AdminPage />;
}
