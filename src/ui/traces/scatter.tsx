"use client";

import { useFormatter, useTranslations } from "next-intl";
import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import type { FoundTrace, MinuteFigures } from "../api/contract.ts";
import { type Span, ticksOf } from "../charts/span.ts";
import { nearest, type Place, placesOf, rungsOf } from "./scatter-places.ts";
import { useDurationWords } from "./words.ts";

interface ScatterProps {
  readonly traces: readonly FoundTrace[];
  /** The p95 of the searched service, by minute. */
  readonly figures: readonly MinuteFigures[];
  readonly span: Span;
  readonly pointed: string | undefined;
  readonly onPoint: (traceId: string | undefined) => void;
  readonly onOpen: (trace: FoundTrace) => void;
  readonly onStretch: (aMs: number, bMs: number) => void;
}

const HEIGHT = 168;
const PAD = { left: 60, right: 12, top: 8, bottom: 20 } as const;
const SLACK_PX = 4;

/**
 * Each trace as a point: when, and how long. Crosses failed. A click opens the nearest, a drag narrows the time. The same is in
 * the list below it, so that nobody needs the picture.
 */
export function Scatter({ traces, figures, span, pointed, onPoint, onOpen, onStretch }: ScatterProps) {
  const t = useTranslations("traces");
  const format = useFormatter();
  const write = useDurationWords();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>();
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const frame = useMemo(
    () => ({
      left: PAD.left,
      top: PAD.top,
      width: Math.max(1, width - PAD.left - PAD.right),
      height: HEIGHT - PAD.top - PAD.bottom,
    }),
    [width],
  );
  const { places, rungs, yOf } = useMemo(() => {
    const most = Math.max(0.001, ...traces.map(({ durationMs }) => durationMs));
    const least = Math.min(most, ...traces.map(({ durationMs }) => durationMs).filter((ms) => ms > 0));
    const scale = rungsOf(least, most);
    return {
      rungs: scale.rungs,
      yOf: (ms: number) => frame.top + frame.height * (1 - scale.partOf(ms)),
      places: placesOf(traces, span, scale, frame),
    };
  }, [traces, span, frame]);
  const xOf = (atMs: number): number =>
    frame.left + ((atMs - span.fromMs) / (span.toMs - span.fromMs)) * frame.width;
  const momentOf = (x: number): number =>
    span.fromMs + Math.min(1, Math.max(0, (x - frame.left) / frame.width)) * (span.toMs - span.fromMs);
  const at = (event: PointerEvent): readonly [x: number, y: number] => {
    const from = box.current?.getBoundingClientRect();
    return [event.clientX - (from?.left ?? 0), event.clientY - (from?.top ?? 0)];
  };
  const onMove = (event: PointerEvent): void => {
    const [x, y] = at(event);
    if (drag !== undefined) setDrag({ ...drag, to: x });
    else onPoint(nearest(places, x, y)?.trace.traceId);
  };
  const onUp = (event: PointerEvent): void => {
    const [x, y] = at(event);
    setDrag(undefined);
    if (drag !== undefined && Math.abs(x - drag.from) > SLACK_PX) {
      onStretch(momentOf(drag.from), momentOf(x));
      return;
    }
    const found = nearest(places, x, y);
    if (found !== undefined) onOpen(found.trace);
  };
  const shown = places.find(({ trace }) => trace.traceId === pointed);
  const ticks = ticksOf(
    span,
    Math.max(2, Math.floor(frame.width / 110)),
    -new Date(span.toMs).getTimezoneOffset() * 60_000,
  );
  const line = figures
    .filter(({ minuteMs }) => minuteMs + 30_000 > span.fromMs && minuteMs + 30_000 < span.toMs)
    .map(({ minuteMs, p95Ms }) => `${xOf(minuteMs + 30_000)},${yOf(p95Ms)}`)
    .join(" ");
  return (
    <figure aria-label={t("scatter")} className="min-w-0">
      <div
        ref={box}
        data-testid="scatter"
        className="relative touch-pan-y select-none"
        style={{ height: HEIGHT, cursor: shown === undefined ? "crosshair" : "pointer" }}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.pointerType === "touch") return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const [x] = at(event);
          setDrag({ from: x, to: x });
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerLeave={() => drag === undefined && onPoint(undefined)}
        onPointerCancel={() => setDrag(undefined)}
      >
        {width > 0 && (
          <svg width={width} height={HEIGHT} aria-hidden className="block text-12">
            {rungs.map((ms) => (
              <g key={ms}>
                <line
                  x1={frame.left}
                  x2={frame.left + frame.width}
                  y1={yOf(ms)}
                  y2={yOf(ms)}
                  stroke="var(--line)"
                />
                <text x={frame.left - 8} y={yOf(ms) + 4} textAnchor="end" fill="var(--ink-3)">
                  {write(ms * 1e6)}
                </text>
              </g>
            ))}
            {ticks.map((tick) => (
              <text key={tick} x={xOf(tick)} y={HEIGHT - 4} textAnchor="middle" fill="var(--ink-3)">
                {format.dateTime(new Date(tick), {
                  hour: "2-digit",
                  minute: "2-digit",
                  ...(span.toMs - span.fromMs < 240_000 ? { second: "2-digit" } : {}),
                  hourCycle: "h23",
                })}
              </text>
            ))}
            {line !== "" && (
              <polyline points={line} fill="none" stroke="var(--ink-3)" strokeDasharray="4 3" />
            )}
            <Points places={places} />
            {drag !== undefined && Math.abs(drag.to - drag.from) > SLACK_PX && (
              <rect
                x={Math.min(drag.from, drag.to)}
                width={Math.abs(drag.to - drag.from)}
                y={frame.top}
                height={frame.height}
                fill="var(--ink)"
                fillOpacity={0.1}
                stroke="var(--ink-2)"
              />
            )}
            {shown !== undefined && (
              <circle cx={shown.x} cy={shown.y} r={7} fill="none" stroke="var(--ink)" strokeWidth={1.5} />
            )}
          </svg>
        )}
        {shown !== undefined && drag === undefined && <Tip place={shown} width={width} />}
      </div>
      {line !== "" && <figcaption className="ps-[60px] text-12 text-ink-3">{t("p95Line")}</figcaption>}
    </figure>
  );
}

/** Not drawn anew while the pointer moves. */
function Points({ places }: { places: readonly Place[] }) {
  return useMemo(
    () =>
      places.map(({ trace, x, y }) =>
        trace.failed ? (
          <path
            key={trace.traceId}
            d={`M${x - 3.5} ${y - 3.5}l7 7m0-7l-7 7`}
            stroke="var(--failed)"
            strokeWidth={2}
            fill="none"
          />
        ) : (
          <circle key={trace.traceId} cx={x} cy={y} r={3} fill="var(--ink-3)" fillOpacity={0.55} />
        ),
      ),
    [places],
  );
}

function Tip({ place, width }: { place: Place; width: number }) {
  const write = useDurationWords();
  const { trace, x, y } = place;
  return (
    <div
      className="pointer-events-none absolute z-10 max-w-72 rounded-4 border border-line bg-surface-1 px-2 py-1 text-12 shadow-overlay"
      style={{
        top: y > HEIGHT / 2 ? y - 56 : y + 12,
        ...(x > width / 2 ? { right: width - x + 8 } : { left: x + 8 }),
      }}
    >
      <p className="truncate font-medium">
        {trace.service} <span className="font-normal text-ink-2">{trace.name}</span>
      </p>
      <p className="font-mono">{write(trace.durationMs * 1e6)}</p>
    </div>
  );
}
