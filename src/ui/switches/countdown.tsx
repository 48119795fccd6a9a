"use client";

import { AlarmClockOff, Timer } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useNowMs } from "../kit/clock.ts";

const OVERDUE_AFTER_MS = 2_000;
const MINUTE_MS = 60_000;

/** How long a lever still holds before it goes back by itself; overdue in red, with its own shape and word. */
export function Countdown({ at }: { at: string }) {
  const t = useTranslations("board");
  const format = useFormatter();
  const nowMs = useNowMs();
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime()) || nowMs === 0) return null;
  const leftMs = moment.getTime() - nowMs;
  const overdue = leftMs < -OVERDUE_AFTER_MS;
  const Icon = overdue ? AlarmClockOff : Timer;
  const words = overdue
    ? t("overdue")
    : leftMs < MINUTE_MS
      ? t("endsWithinAMinute")
      : t("ends", { when: format.relativeTime(moment, { now: nowMs, style: "narrow" }) });
  return (
    <time
      dateTime={at}
      data-testid="countdown"
      title={format.dateTime(moment, { dateStyle: "medium", timeStyle: "medium" })}
      className={`inline-flex shrink-0 items-center gap-1 whitespace-nowrap text-12 ${overdue ? "font-semibold text-failed" : "text-ink-2"}`}
    >
      <Icon size={12} aria-hidden />
      {words}
    </time>
  );
}
