"use client";

import { useFormatter } from "next-intl";
import { useNowMs } from "./clock.ts";

/** How long ago, in words; the moment itself on demand. A clock that is behind the server's never says "in 2 s". */
export function RelativeTime({ at }: { at: string }) {
  const format = useFormatter();
  const nowMs = useNowMs();
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return null;
  const shown = Math.min(moment.getTime(), nowMs);
  return (
    <time
      dateTime={at}
      title={format.dateTime(moment, { dateStyle: "medium", timeStyle: "medium" })}
      className="whitespace-nowrap"
    >
      {format.relativeTime(shown, { now: nowMs, style: "narrow" })}
    </time>
  );
}
