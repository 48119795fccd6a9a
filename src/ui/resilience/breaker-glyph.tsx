"use client";

import { LockKeyhole } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { classNames } from "../kit/class-names.ts";
import type { Mode } from "./kinds.ts";
import type { BreakerCell, Look } from "./matrix.ts";

interface GlyphProps {
  readonly look: Look;
  readonly mode: Mode;
  /** Half open: trials that are over, of those that are let through. */
  readonly trials?: { readonly done: number; readonly of: number } | undefined;
  readonly dated?: boolean;
}

/**
 * A breaker's picture, 20 px: a dot is closed, a broken bar open, a half disc half open; a lock in the corner is
 * forced, an outline a shadow that only counts. What is not known is hatched, what is not there dotted.
 */
export function BreakerGlyph({ look, mode, trials, dated = false }: GlyphProps) {
  const forced = mode === "FORCED_OPEN" || mode === "DISABLED";
  const colour = colourOf(look, mode);
  return (
    <span className={classNames("inline-flex shrink-0 items-center gap-0.5", dated && "opacity-50")}>
      <span
        data-look={look}
        data-mode={mode}
        className={classNames("relative inline-flex size-5 shrink-0 rounded-4 border", borderOf(look, mode))}
        aria-hidden
      >
        <svg viewBox="0 0 18 18" className={classNames("size-full", colour)} role="presentation">
          <Mark look={look} shadow={mode === "METRICS_ONLY"} />
        </svg>
        {forced && (
          <span className="absolute -top-1.5 -right-1.5 flex size-3 items-center justify-center rounded-4 bg-surface-0 text-ink">
            <LockKeyhole size={10} strokeWidth={2.5} />
          </span>
        )}
      </span>
      {look === "half" && trials && (
        <span className="font-semibold text-12 text-degraded tabular-nums" aria-hidden>
          {trials.done}/{trials.of}
        </span>
      )}
    </span>
  );
}

const borderOf = (look: Look, mode: Mode): string => {
  if (look === "unknown") return "border-ink-3 hatched";
  if (look === "absent") return "border-ink-3 border-dotted opacity-60";
  if (mode === "METRICS_ONLY") return "border-ink-2 border-dashed";
  if (look === "open") return mode === "FORCED_OPEN" ? "border-degraded" : "border-failed";
  return look === "half" ? "border-degraded" : "border-line";
};

const colourOf = (look: Look, mode: Mode): string => {
  if (look === "open") return mode === "FORCED_OPEN" ? "text-degraded" : "text-failed";
  return look === "half" ? "text-degraded" : "text-ink-2";
};

function Mark({ look, shadow }: { look: Look; shadow: boolean }) {
  switch (look) {
    case "open":
      return (
        <path
          d="M2 12.5 7 9.5M11 8.5l5-3"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.5"
          strokeLinecap="round"
        />
      );
    case "half":
      return (
        <>
          <circle cx="9" cy="9" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
          <path d="M9 4.5a4.5 4.5 0 0 0 0 9z" fill="currentColor" />
        </>
      );
    case "closed":
      return shadow ? (
        <circle cx="9" cy="9" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.25" />
      ) : (
        <circle cx="9" cy="9" r="3" fill="currentColor" />
      );
    case "unknown":
    case "absent":
      return null;
  }
}

/** A cell in words: the state, since when, why; for titles and readers. */
export function useCellWords(): (cell: BreakerCell) => string {
  const t = useTranslations("breakers");
  const format = useFormatter();
  return ({ look, mode, standing }) => {
    const { report, proof } = standing;
    if (look === "unknown") {
      const why = proof === "unproved" ? "unproved" : proof === "foreign" ? "foreign" : "silent";
      return `${t("look.unknown")}: ${t(`why.${why}`)}`;
    }
    if (look === "absent") return t("why.absent");
    const parts = [mode === "NORMAL" ? t(`look.${look}`) : `${t(`look.${look}`)} (${t(`mode.${mode}`)})`];
    if (report === undefined) return parts.join("");
    if (report.trials) parts.push(t("trials", report.trials));
    parts.push(
      t("sinceOpen", {
        when: format.dateTime(new Date(report.since), {
          hour: "2-digit",
          minute: "2-digit",
          second: "2-digit",
          hourCycle: "h23",
        }),
      }),
    );
    if (report.failureRate !== undefined) {
      parts.push(t("rates", { failed: report.failureRate, slow: report.slowCallRate ?? 0 }));
    }
    if (report.refused > 0) parts.push(t("refused", { count: report.refused }));
    return parts.join(" · ");
  };
}
