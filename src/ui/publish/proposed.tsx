"use client";

import { useTranslations } from "next-intl";
import { PageLink } from "../frame/page-link.tsx";
import { Callout } from "../kit/callout.tsx";

/** A change set that was sent and waits for a second person: where it stands, and how it goes on. */
export function Proposed({ env, id }: { env: string; id: string }) {
  const t = useTranslations("admin.proposed");
  const address = new URLSearchParams({ env, tab: "approvals", change: `${env}/${id}` });
  return (
    <Callout tone="pending" role="status" title={t("title")}>
      <p>{t("detail", { env })}</p>
      <PageLink
        href={`/admin?${address.toString().replaceAll("%2F", "/")}`}
        className="inline-flex min-h-6 items-center text-accent underline max-md:min-h-11"
      >
        {t("look")}
      </PageLink>
    </Callout>
  );
}
