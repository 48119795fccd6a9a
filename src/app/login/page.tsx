import type { Metadata } from "next";
import { Suspense } from "react";
import { PageMessages } from "../../ui/locale/locale-provider.tsx";
import { partOf } from "../../ui/messages/parts.ts";
import { Login } from "../../ui/session/login.tsx";

export const metadata: Metadata = { title: "Sign in" };

export default function Page() {
  return (
    <PageMessages english={partOf("login")}>
      <Suspense>
        <Login />
      </Suspense>
    </PageMessages>
  );
}
