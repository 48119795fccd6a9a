"use client";

import { Timer } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useState } from "react";

const SECOND_MS = 1_000;

/** `1:02:03`, `59:12` or `12 s`, from milliseconds; whole seconds, rounded up. Pure. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND_MS));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (part: number): string => String(part).padStart(2, "0");
  if (hours > 0) return `${hours}:${two(minutes)}:${two(rest)}`;
  return minutes > 0 ? `${minutes}:${two(rest)}` : `${rest} s`;
}

/** How long until a lever ends by itself, second by second; late shows as overdue. */
export function Countdown({ at }: { at: string }) {
  const t = useTranslations("breakers");
  const format = useFormatter();
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  const atMs = Date.parse(at);
  const left = atMs - nowMs;
  return (
    <time
      dateTime={at}
      data-testid="countdown"
      title={t("endsTitle", {
        at: format.dateTime(new Date(atMs), { dateStyle: "medium", timeStyle: "medium" }),
      })}
      className="inline-flex items-center gap-1 whitespace-nowrap font-semibold text-12 text-degraded"
    >
      <Timer size={12} aria-hidden />
      {left > 0 ? t("left", { left: leftText(left) }) : t("overdue")}
    </time>
  );
}
