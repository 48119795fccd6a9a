"use client";

import { useTranslations } from "next-intl";
import { useWaiting } from "./use-waiting.ts";

/** How much waits for a second person, beside the way to it; nothing while nothing does. */
export function WaitingMark() {
  const t = useTranslations("admin");
  const count = useWaiting().rows.length;
  if (count === 0) return null;
  return (
    <span
      title={t("waiting", { count })}
      className="ms-auto rounded-4 bg-pending px-1.5 font-semibold text-12 text-surface-0"
    >
      {count}
      <span className="sr-only">{t("waitingMark")}</span>
    </span>
  );
}
