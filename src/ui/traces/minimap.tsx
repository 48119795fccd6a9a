"use client";

import { useTranslations } from "next-intl";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import type { Trace } from "../../domain/traces/tree.ts";
import type { Window } from "./waterfall-rows.ts";

interface MinimapProps {
  readonly trace: Trace;
  readonly window: Window | undefined;
  readonly onWindow: (window: Window | undefined) => void;
}

const HEIGHT = 48;
const SLACK_PX = 4;

/** The whole trace in small; a drag takes a part of its time, a double click takes all again. */
export function Minimap({ trace, window: shown, onWindow }: MinimapProps) {
  const t = useTranslations("traces");
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>();
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const look = () => draw(element, trace);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    const theme = new MutationObserver(look);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
    return () => {
      observer.disconnect();
      theme.disconnect();
    };
  }, [trace]);
  const partAt = ({ clientX, currentTarget }: PointerEvent<HTMLElement>): number => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left) / width));
  };
  const [low, high] =
    drag !== undefined
      ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)]
      : shown === undefined
        ? [0, 1]
        : [shown.fromNs / trace.durationNs, shown.toNs / trace.durationNs];
  return (
    <div
      aria-hidden
      title={t("waterfall.minimap")}
      data-testid="minimap"
      className="relative cursor-crosshair touch-pan-y select-none overflow-hidden rounded-4 bg-surface-2"
      style={{ height: HEIGHT }}
      onPointerDown={(event) => {
        if (event.button !== 0 || event.pointerType === "touch") return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: partAt(event), to: partAt(event) });
      }}
      onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, to: partAt(event) })}
      onPointerUp={(event) => {
        if (drag === undefined) return;
        const to = partAt(event);
        setDrag(undefined);
        if (Math.abs(to - drag.from) * event.currentTarget.clientWidth <= SLACK_PX) return;
        onWindow({
          fromNs: Math.min(drag.from, to) * trace.durationNs,
          toNs: Math.max(drag.from, to) * trace.durationNs,
        });
      }}
      onPointerCancel={() => setDrag(undefined)}
      onDoubleClick={() => onWindow(undefined)}
    >
      <canvas ref={canvas} className="block h-full w-full" />
      {(low > 0 || high < 1) && (
        <>
          <span className="absolute inset-y-0 left-0 bg-surface-0/70" style={{ width: `${low * 100}%` }} />
          <span
            className="absolute inset-y-0 right-0 bg-surface-0/70"
            style={{ width: `${(1 - high) * 100}%` }}
          />
          <span
            className="absolute inset-y-0 border-ink-2 border-x"
            style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%` }}
          />
        </>
      )}
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, trace: Trace): void {
  const scale = globalThis.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (width === 0 || height === 0) return;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const style = getComputedStyle(document.documentElement);
  const colours = {
    plain: style.getPropertyValue("--ink-3"),
    lever: style.getPropertyValue("--degraded"),
    failed: style.getPropertyValue("--failed"),
  };
  const { rows } = trace;
  const line = Math.max(scale, Math.min(4 * scale, height / Math.max(1, rows.length)));
  const passes = [
    { colour: colours.plain, alpha: 0.6, of: "plain" },
    { colour: colours.lever, alpha: 1, of: "lever" },
    { colour: colours.failed, alpha: 1, of: "failed" },
  ] as const;
  for (const { colour, alpha, of } of passes) {
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    for (const [at, { span, fromNs, toNs }] of rows.entries()) {
      const kind = span.status === "Error" ? "failed" : span.levers.length > 0 ? "lever" : "plain";
      if (kind !== of) continue;
      const x = (fromNs / Math.max(1, trace.durationNs)) * width;
      const length = ((toNs - fromNs) / Math.max(1, trace.durationNs)) * width;
      const y = (at / rows.length) * (height - line);
      context.fillRect(x, y, Math.max(scale, length), Math.max(scale, line * 0.7));
    }
  }
}
