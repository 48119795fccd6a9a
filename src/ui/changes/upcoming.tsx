"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { AlarmClockOff, CalendarClock, Timer } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import type { Schedule, Upcoming as UpcomingEntry } from "../api/contract.ts";
import { readRef } from "../api/ref.ts";
import { Button } from "../kit/button.tsx";
import { useNowMs } from "../kit/clock.ts";
import { useMayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { changesApi } from "./api.ts";
import { AuthorMark } from "./author-mark.tsx";
import { useDiffWords } from "./diff-words.ts";
import { LeverNames } from "./timeline-row.tsx";

const EVERY_MS = 3_000;
const SHOWN = 6;

/** What will happen by itself: expiries and schedules, the next first; what is overdue says why. */
export function Upcoming({ env }: { env: string }) {
  const t = useTranslations("changes.upcoming");
  const [all, setAll] = useState(false);
  const upcoming = useQuery({
    queryKey: ["upcoming", env],
    queryFn: ({ signal }) => changesApi.upcoming(env, { signal }),
    refetchInterval: EVERY_MS,
  });
  const schedules = useQuery({
    queryKey: ["schedules", env],
    queryFn: ({ signal }) => changesApi.schedules(env, { signal }),
    enabled: upcoming.data?.some(({ kind }) => kind === "schedule") ?? false,
    refetchInterval: EVERY_MS,
  });
  const rows = upcoming.data ?? [];
  const shown = all ? rows : rows.slice(0, SHOWN);
  return (
    <section aria-label={t("title")} className="px-4 pb-3" data-testid="upcoming">
      <h2 className="label-12">{t("title")}</h2>
      {upcoming.isPending && <p className="skeleton mt-1 h-4 w-56" />}
      {upcoming.isError && upcoming.data === undefined && (
        <div className="text-failed">
          <FailureWords error={upcoming.error} />
        </div>
      )}
      {upcoming.data && rows.length === 0 && <p className="text-ink-2">{t("nothing")}</p>}
      {rows.length > 0 && (
        <ul className="mt-1 flex flex-col border-line border-t">
          {shown.map((entry) => (
            <UpcomingLine
              key={`${entry.kind} ${entry.id}`}
              env={env}
              entry={entry}
              schedule={schedules.data?.find(({ id }) => id === entry.id)}
            />
          ))}
        </ul>
      )}
      {rows.length > SHOWN && (
        <button
          type="button"
          className="min-h-6 rounded-4 text-12 text-accent max-md:min-h-11"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? t("fewer") : t("all", { count: rows.length })}
        </button>
      )}
    </section>
  );
}

interface UpcomingLineProps {
  readonly env: string;
  readonly entry: UpcomingEntry;
  readonly schedule: Schedule | undefined;
}

function UpcomingLine({ env, entry, schedule }: UpcomingLineProps) {
  const t = useTranslations("changes.upcoming");
  const words = useDiffWords();
  const lever = entry.kind === "expiry" ? readRef(entry.id) : undefined;
  const Icon = entry.overdue ? AlarmClockOff : entry.kind === "expiry" ? Timer : CalendarClock;
  return (
    <li
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-b py-1"
      data-upcoming={entry.id}
    >
      <Icon size={14} className={entry.overdue ? "text-failed" : "text-ink-3"} aria-hidden />
      <Countdown at={entry.at} overdue={entry.overdue} />
      <span className="min-w-0 wrap-anywhere">
        {lever
          ? t("ends", { name: words.name(lever), where: words.where(lever) })
          : (schedule?.request.reason ?? t("scheduled"))}
      </span>
      {schedule && (
        <span className="flex min-w-0 flex-wrap items-center gap-x-3 text-12 text-ink-2">
          <LeverNames refs={schedule.request.edits} />
          <AuthorMark author={schedule.request.author} />
        </span>
      )}
      {schedule && <Withdraw env={env} schedule={schedule} />}
      {entry.why !== undefined && (
        <span className="basis-full ps-6.5 text-12 text-failed wrap-anywhere">{entry.why}</span>
      )}
    </li>
  );
}

const MINUTE_MS = 60_000;

/** How long until then, in words; the moment itself on demand. */
function Countdown({ at, overdue }: { at: string; overdue: boolean }) {
  const t = useTranslations("changes.upcoming");
  const format = useFormatter();
  const nowMs = useNowMs();
  const moment = new Date(at);
  const leftMs = moment.getTime() - nowMs;
  const text = overdue
    ? t("overdue")
    : leftMs < MINUTE_MS
      ? t("withinAMinute")
      : format.relativeTime(moment, { now: nowMs, style: "narrow" });
  return (
    <time
      dateTime={at}
      title={format.dateTime(moment, { dateStyle: "medium", timeStyle: "medium" })}
      className={`w-24 shrink-0 whitespace-nowrap font-medium ${overdue ? "text-failed" : ""}`}
    >
      {text}
    </time>
  );
}

/** Takes a schedule away; asked twice, since nothing brings it back. */
function Withdraw({ env, schedule }: { env: string; schedule: Schedule }) {
  const t = useTranslations("changes.upcoming");
  const cache = useQueryClient();
  const [sure, setSure] = useState(false);
  const services = schedule.request.edits.map(({ service }) => service);
  const allowed = useMayIn("operator", env, services);
  const withdraw = useMutation({
    mutationFn: () => changesApi.withdraw(env, schedule.id),
    onSettled: () => cache.invalidateQueries({ queryKey: ["upcoming", env] }),
  });
  return (
    <span className="ms-auto flex items-center gap-2">
      {withdraw.isError && (
        <span role="alert" className="text-12 text-failed">
          <FailureWords error={withdraw.error} />
        </span>
      )}
      <Button
        tone={sure ? "plain" : "quiet"}
        disabled={!allowed || withdraw.isPending}
        title={allowed ? undefined : t("notAllowed")}
        onClick={() => (sure ? withdraw.mutate() : setSure(true))}
      >
        {withdraw.isPending ? t("withdrawing") : sure ? t("withdrawSure") : t("withdraw")}
      </Button>
    </span>
  );
}
