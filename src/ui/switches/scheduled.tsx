"use client";

import { useFormatter, useTranslations } from "next-intl";
import { PageLink } from "../frame/page-link.tsx";
import { Callout } from "../kit/callout.tsx";

/** A change that was left to its time: when, and where it can be withdrawn. */
export function Scheduled({ env, at }: { env: string; at: string }) {
  const t = useTranslations("sheet");
  const format = useFormatter();
  const when = format.dateTime(new Date(at), { dateStyle: "medium", timeStyle: "medium" });
  return (
    <Callout tone="pending" role="status" title={t("scheduled", { when })}>
      <p>{t("scheduledDetail")}</p>
      <PageLink
        href={`/changes?env=${env}`}
        className="inline-flex min-h-6 items-center text-accent underline max-md:min-h-11"
      >
        {t("scheduledLook")}
      </PageLink>
    </Callout>
  );
}
