"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { CSSProperties, ReactNode } from "react";
import type { BreakerReplay, ReplayedLife } from "../api/contract.ts";
import { awaySpans } from "./replay-spans.ts";

const LANES = 6;
const BARS_PX = 56;

/** Calls over time with what would have been refused of them, and when each instance would have been open. */
export function ReplayPicture({ replay }: { replay: BreakerReplay }) {
  const t = useTranslations("foresight.replay");
  const format = useFormatter();
  const { fromMs, toMs, lives, instances } = replay;
  const steps = (lives[0]?.steps ?? []).map((_, at) => ({
    at,
    calls: sum(lives, at, "calls"),
    failed: sum(lives, at, "failed"),
    refused: sum(lives, at, "refused"),
  }));
  const most = Math.max(1, ...steps.map(({ calls }) => calls));
  const clock = (ms: number): string => format.dateTime(ms, { timeStyle: "short" });
  const moved = lives.filter(({ opened }) => opened > 0);
  return (
    <figure className="flex min-w-0 flex-col gap-2">
      <svg
        className="w-full border-line border-b"
        style={{ height: BARS_PX }}
        viewBox={`0 0 ${Math.max(1, steps.length)} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("picture")}
      >
        {steps.map(({ at, calls, failed, refused }) => {
          const tall = (count: number): number => (100 * count) / most;
          return (
            <g key={at}>
              <rect
                x={at + 0.1}
                width={0.8}
                y={100 - tall(calls)}
                height={tall(calls)}
                fill="var(--ink-3)"
                opacity={0.45}
              />
              <rect
                x={at + 0.1}
                width={0.8}
                y={100 - tall(failed)}
                height={tall(failed)}
                fill="var(--failed)"
                opacity={0.7}
              />
              <rect
                x={at + 0.1}
                width={0.8}
                y={100 - tall(calls)}
                height={tall(refused)}
                fill="var(--degraded)"
              />
            </g>
          );
        })}
      </svg>
      {moved.slice(0, LANES).map((life) => (
        <Lane key={`${life.service} ${life.instance} ${life.moves[0]?.atMs}`} life={life} replay={replay} />
      ))}
      <div className="flex justify-between text-12 text-ink-3 tabular-nums">
        <span>{clock(fromMs)}</span>
        <span>{clock(toMs)}</span>
      </div>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-12 text-ink-3">
        <Key look={{ background: "var(--ink-3)", opacity: 0.45 }}>{t("key.calls")}</Key>
        <Key look={{ background: "var(--failed)", opacity: 0.7 }}>{t("key.failed")}</Key>
        <Key look={{ background: "var(--degraded)" }}>{t("key.refused")}</Key>
        {moved.length > 0 && <Key look={{ background: HATCH }}>{t("key.halfOpen")}</Key>}
        {moved.length > LANES && <span>{t("moreLanes", { count: moved.length - LANES })}</span>}
        {moved.length > 0 && moved.length < instances && (
          <span>{t("closedLanes", { count: instances - moved.length })}</span>
        )}
      </figcaption>
    </figure>
  );
}

const HATCH = "repeating-linear-gradient(135deg, var(--degraded) 0 2px, transparent 2px 5px)";

function Lane({ life, replay }: { life: ReplayedLife; replay: BreakerReplay }) {
  const t = useTranslations("foresight.replay");
  const spans = awaySpans(life, replay);
  return (
    <div className="flex flex-col gap-0.5">
      <span className="flex justify-between gap-3 text-12">
        <span className="truncate text-ink-2" title={life.instance}>
          {life.instance}
        </span>
        <span className="whitespace-nowrap text-ink-3 tabular-nums">
          {t("lane", { opened: life.opened, refused: life.refused })}
        </span>
      </span>
      <span className="relative block h-2 overflow-hidden rounded-[2px] bg-surface-2" aria-hidden>
        {spans.map(({ state, from, to }) => (
          <span
            key={`${state} ${from}`}
            className="absolute inset-y-0 min-w-[2px]"
            style={{
              left: `${from * 100}%`,
              width: `${(to - from) * 100}%`,
              background: state === "OPEN" ? "var(--degraded)" : HATCH,
            }}
          />
        ))}
      </span>
    </div>
  );
}

function Key({ look, children }: { look: CSSProperties; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className="inline-block size-2 rounded-[1px]" style={look} aria-hidden />
      {children}
    </span>
  );
}

const sum = (lives: readonly ReplayedLife[], at: number, of: "calls" | "failed" | "refused"): number =>
  lives.reduce((all, { steps }) => all + (steps[at]?.[of] ?? 0), 0);
