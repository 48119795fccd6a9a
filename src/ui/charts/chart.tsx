"use client";

import { useFormatter, useTranslations } from "next-intl";
import { type PointerEvent, type ReactNode, Suspense, useMemo, useRef, useState } from "react";
import type { Marker } from "../api/contract.ts";
import { lazyPart } from "../lazy-part.tsx";
import { setCursor, useCursor } from "./cursor.ts";
import { Legend } from "./legend.tsx";
import { groupMarks } from "./marks.ts";
import { Marks } from "./marks-layer.tsx";
import { PLOT_PX, placeOf } from "./place.ts";
import { type Line, MOST_LINES, topLines } from "./series.ts";
import type { Span } from "./span.ts";
import type { Unit } from "./unit.ts";

const Plot = lazyPart(() => import("./plot.tsx").then((module) => module.Plot));

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly span: Span;
  readonly unit: Unit;
  readonly markers: readonly Marker[];
  /** In place of the plot: loading, nothing there, or what went wrong. */
  readonly instead?: ReactNode;
  readonly onMarker: (marker: Marker) => void;
  /** A stretch was dragged over. */
  readonly onStretch: (aMs: number, bMs: number) => void;
  /** Where a line leads that can be looked into. */
  readonly onLine?: ((line: Line) => void) | undefined;
}

/** Pixels that are no drag yet. */
const SLACK_PX = 4;

/** One figure over time: lines, what happened as marks that open, one cursor for all charts of a page, zoom by drag. */
export function Chart(props: ChartProps) {
  const { title, span, unit, markers, instead, onMarker, onStretch, onLine } = props;
  const t = useTranslations("charts");
  const [pointed, setPointed] = useState<string>();
  const lines = useMemo(() => topLines(props.lines), [props.lines]);
  const groups = useMemo(
    () => groupMarks(markers, { fromMs: span.fromMs, toMs: span.untilMs }),
    [markers, span],
  );
  const markedMs = useMemo(() => groups.map(({ atMs }) => atMs), [groups]);
  const hidden = props.lines.length - lines.length;
  return (
    <figure className="min-w-0" data-chart={title}>
      <figcaption className="flex items-baseline gap-2">
        <h3 className="font-medium text-13">{title}</h3>
        {hidden > 0 && (
          <span className="text-12 text-ink-3">{t("more", { count: hidden, shown: MOST_LINES })}</span>
        )}
      </figcaption>
      <Marks groups={groups} span={span} onMarker={onMarker} onStretch={onStretch} />
      <div className="relative" style={{ height: PLOT_PX.height }}>
        {instead ?? (
          <>
            <Suspense fallback={<p className="skeleton h-full" />}>
              <Plot lines={lines} span={span} unit={unit} pointed={pointed} markedMs={markedMs} />
            </Suspense>
            <Surface span={span} onStretch={onStretch} />
          </>
        )}
      </div>
      {instead === undefined && (
        <Legend lines={lines} span={span} unit={unit} onPoint={setPointed} onLine={onLine} />
      )}
    </figure>
  );
}

/** Over the plot: the cursor, and what is being dragged. Drawn by itself, so that no line is drawn anew for it. */
function Surface({ span, onStretch }: Pick<ChartProps, "span" | "onStretch">) {
  const format = useFormatter();
  const cursor = useCursor();
  const surface = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly fromMs: number; readonly fromX: number }>();
  const momentAt = ({ clientX }: PointerEvent): number => {
    const box = surface.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return span.fromMs;
    const part = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    return span.fromMs + part * (span.untilMs - span.fromMs);
  };
  const onDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ fromMs: momentAt(event), fromX: event.clientX });
  };
  const onUp = (event: PointerEvent) => {
    if (drag !== undefined && Math.abs(event.clientX - drag.fromX) > SLACK_PX)
      onStretch(drag.fromMs, momentAt(event));
    setDrag(undefined);
  };
  const part = (atMs: number): number => Math.min(1, Math.max(0, placeOf(atMs, span)));
  const isIn = cursor !== undefined && cursor >= span.fromMs && cursor <= span.untilMs;
  const [low, high] =
    drag === undefined || cursor === undefined
      ? [0, 0]
      : [part(Math.min(drag.fromMs, cursor)), part(Math.max(drag.fromMs, cursor))];
  return (
    <div
      ref={surface}
      data-testid="surface"
      className="absolute cursor-crosshair touch-pan-y select-none"
      style={{ left: PLOT_PX.left, right: PLOT_PX.right, top: PLOT_PX.top, bottom: PLOT_PX.bottom }}
      onPointerDown={onDown}
      onPointerMove={(event) => setCursor(momentAt(event))}
      onPointerUp={onUp}
      onPointerCancel={() => setDrag(undefined)}
      onPointerLeave={() => drag === undefined && setCursor(undefined)}
    >
      {isIn && (
        <span
          aria-hidden
          className="pointer-events-none absolute inset-y-0 w-px bg-ink-2"
          style={{ left: `${part(cursor) * 100}%` }}
        >
          <span
            className={`absolute top-0 whitespace-nowrap bg-surface-0 px-1 text-12 text-ink-2 ${part(cursor) > 0.8 ? "right-1" : "left-1"}`}
          >
            {format.dateTime(new Date(cursor), {
              hour: "2-digit",
              minute: "2-digit",
              second: "2-digit",
              hourCycle: "h23",
            })}
          </span>
        </span>
      )}
      {high > low && (
        <span
          aria-hidden
          className="pointer-events-none absolute inset-y-0 border-ink-2 border-x bg-ink/10"
          style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%` }}
        />
      )}
    </div>
  );
}
