"use client";

import { useFormatter, useTranslations } from "next-intl";

/** Above figures that may be old: since when. The figures bear their own marks as well. */
export function DatedLine({ sinceMs }: { sinceMs: number }) {
  const t = useTranslations("kit");
  const format = useFormatter();
  const since = format.dateTime(new Date(sinceMs), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  return (
    <p role="status" className="hatched border-line border-b px-4 py-1.5 text-12">
      <span className="bg-surface-0 px-1">{t("asOf", { since })}</span>
    </p>
  );
}
