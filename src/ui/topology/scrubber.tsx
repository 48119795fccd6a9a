"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Marker } from "../api/contract.ts";
import { MarkGlyph, useMarkWords } from "../charts/mark-words.tsx";
import { groupMarks, markKey } from "../charts/marks.ts";
import { Button } from "../kit/button.tsx";
import { SelectInput } from "../kit/field.tsx";
import { useMarkers } from "../metrics/use-metrics.ts";
import { topologyApi } from "./api.ts";
import { REACHES, type ReachName } from "./state.ts";

interface ScrubberProps {
  readonly env: string;
  readonly nowMs: number;
  readonly atMs: number | undefined;
  readonly reach: ReachName;
  readonly onAt: (atMs: number | undefined) => void;
  readonly onReach: (reach: ReachName) => void;
}

const HEIGHT = 28;
const EVERY_MS = 30_000;
const PAUSE_MS = 200;

/** Time: what was called when, what was changed when, and a handle that brings the graph to any of these moments. */
export function Scrubber({ env, nowMs, atMs, reach, onAt, onReach }: ScrubberProps) {
  const t = useTranslations("topology.scrubber");
  const format = useFormatter();
  const words = useMarkWords();
  const { lengthMs, stepMs } = REACHES[reach];
  // Whole steps, so that bars stay where they are; a moment before the reach keeps itself in it.
  const ended = Math.floor(nowMs / stepMs) * stepMs + stepMs;
  const untilMs = atMs !== undefined && atMs < ended - lengthMs ? atMs + lengthMs / 2 : ended;
  const span = useMemo(() => ({ fromMs: untilMs - lengthMs, toMs: untilMs }), [untilMs, lengthMs]);
  const steps = useQuery({
    queryKey: ["topology-timeline", env, span.fromMs, stepMs],
    queryFn: ({ signal }) => topologyApi.timeline(env, span, stepMs, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
    retry: false,
  });
  const markers = useMarkers(env, { ...span, untilMs, stepMs, range: undefined });
  const [dragged, setDragged] = useState<number>();
  const pause = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(pause.current), []);
  const lastMs = Math.min(nowMs, untilMs);
  const shownMs = dragged ?? atMs ?? lastMs;
  const everyMs = Math.min(stepMs, 60_000) / 4;
  const slide = (to: number) => {
    setDragged(to);
    clearTimeout(pause.current);
    pause.current = setTimeout(() => {
      // Only the last step is now: one step back is the past, also by a key.
      onAt(to > lastMs - everyMs ? undefined : to);
      setDragged(undefined);
    }, PAUSE_MS);
  };
  const moment = (ms: number): string =>
    format.dateTime(new Date(ms), {
      ...(lengthMs > 3_600_000 ? { month: "short", day: "numeric" } : {}),
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
  const isPast = (dragged ?? atMs) !== undefined;
  const part = (ms: number): number => ((ms - span.fromMs) / lengthMs) * 100;
  return (
    <section
      aria-label={t("title")}
      className="flex items-end gap-3 border-line border-t px-4 py-2 max-md:flex-wrap"
      data-testid="scrubber"
    >
      <SelectInput
        aria-label={t("reach")}
        value={reach}
        onChange={({ target }) => onReach(target.value as ReachName)}
        className="max-w-20"
      >
        {(Object.keys(REACHES) as ReachName[]).map((one) => (
          <option key={one} value={one}>
            {t(`reaches.${one}`)}
          </option>
        ))}
      </SelectInput>
      <div className="relative min-w-0 flex-1 max-md:order-last max-md:w-full max-md:flex-none">
        <div className="relative h-5">
          {groupMarks(markers, { ...span, toMs: untilMs }).map((group) => (
            <MarkAt
              key={keyOf(group.markers)}
              markers={group.markers}
              left={part(group.atMs)}
              words={words}
              onAt={onAt}
            />
          ))}
        </div>
        <Bars steps={steps.data ?? []} fromMs={span.fromMs} lengthMs={lengthMs} stepMs={stepMs} />
        <span
          aria-hidden
          className={`pointer-events-none absolute top-5 bottom-0 w-0.5 -translate-x-1/2 ${isPast ? "bg-accent" : "bg-ink-3"}`}
          style={{ left: `${Math.min(100, part(shownMs))}%` }}
        />
        <input
          type="range"
          aria-label={t("moment")}
          aria-valuetext={isPast ? moment(shownMs) : t("now")}
          min={span.fromMs}
          max={lastMs}
          step={everyMs}
          value={Math.min(shownMs, lastMs)}
          onChange={({ target }) => slide(Number(target.value))}
          className="absolute top-5 left-0 h-7 cursor-ew-resize opacity-0 focus-visible:opacity-30"
          style={{ width: `${Math.min(100, part(lastMs))}%` }}
        />
      </div>
      <p className="w-40 font-mono text-12 leading-8 max-md:w-auto max-md:flex-1" data-testid="moment">
        {isPast ? moment(shownMs) : t("now")}
      </p>
      <Button onClick={() => onAt(undefined)} disabled={!isPast} tone={isPast ? "primary" : "plain"}>
        {t("back")}
      </Button>
    </section>
  );
}

const keyOf = ([first]: readonly Marker[]): string => (first === undefined ? "" : markKey(first));

interface MarkAtProps {
  readonly markers: readonly Marker[];
  readonly left: number;
  readonly words: (marker: Marker) => string;
  readonly onAt: (atMs: number) => void;
}

/** What happened: a press shows the graph as it was right after the last of these. */
function MarkAt({ markers, left, words, onAt }: MarkAtProps) {
  const last = markers.at(-1);
  if (last === undefined) return null;
  const label = markers.map(words).join("; ");
  return (
    <button
      type="button"
      data-mark={markers.map(markKey).join(" ")}
      aria-label={label}
      title={label}
      onClick={() => onAt(last.atMs + 1_000)}
      className="absolute top-0 flex h-5 min-w-6 -translate-x-1/2 items-center justify-center rounded-4 text-ink-2 hover:bg-surface-2 hover:text-accent"
      style={{ left: `${left}%` }}
    >
      <MarkGlyph kind={last.kind} size={12} />
      {markers.length > 1 && <span className="ps-0.5 font-mono text-12">{markers.length}</span>}
    </button>
  );
}

interface BarsProps {
  readonly steps: readonly { readonly atMs: number; readonly calls: number; readonly errors: number }[];
  readonly fromMs: number;
  readonly lengthMs: number;
  readonly stepMs: number;
}

function Bars({ steps, fromMs, lengthMs, stepMs }: BarsProps) {
  const most = Math.max(1, ...steps.map(({ calls }) => calls));
  const width = (stepMs / lengthMs) * 100;
  return (
    <svg
      aria-hidden
      viewBox={`0 0 100 ${HEIGHT}`}
      preserveAspectRatio="none"
      className="block w-full border-line border-b"
      style={{ height: HEIGHT }}
    >
      {steps.map(({ atMs, calls, errors }) => {
        const x = ((atMs - fromMs) / lengthMs) * 100;
        const height = (calls / most) * (HEIGHT - 2);
        const failed = calls === 0 ? 0 : Math.max(errors > 0 ? 1.5 : 0, (errors / calls) * height);
        return (
          <g key={atMs}>
            <rect
              x={x}
              y={HEIGHT - height}
              width={width * 0.8}
              height={height}
              fill="var(--ink-3)"
              opacity={0.45}
            />
            <rect x={x} y={HEIGHT - failed} width={width * 0.8} height={failed} fill="var(--failed)" />
          </g>
        );
      })}
    </svg>
  );
}
