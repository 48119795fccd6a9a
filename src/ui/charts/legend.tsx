"use client";

import { useCursor } from "./cursor.ts";
import { lookOf } from "./look.ts";
import { type Line, valueAt } from "./series.ts";
import type { Span } from "./span.ts";
import { type Unit, useUnitWords } from "./unit.ts";

interface LegendProps {
  readonly lines: readonly Line[];
  readonly span: Span;
  readonly unit: Unit;
  readonly onPoint: (key: string | undefined) => void;
  readonly onLine?: ((line: Line) => void) | undefined;
}

/** Each line by name, with its value under the cursor, or its last one. */
export function Legend({ lines, span, unit, onPoint, onLine }: LegendProps) {
  const cursor = useCursor();
  const write = useUnitWords();
  const atMs = cursor === undefined ? span.toMs : Math.min(cursor, span.toMs);
  return (
    <ul className="flex flex-wrap gap-x-4 ps-14 text-12">
      {lines.map((line, index) => {
        const value = valueAt(line, atMs, span.stepMs);
        const { stroke, dash } = lookOf(index);
        const words = (
          <>
            <svg width="16" height="4" aria-hidden className="shrink-0">
              <line x1="0" x2="16" y1="2" y2="2" stroke={stroke} strokeWidth="2" strokeDasharray={dash} />
            </svg>
            <span className="max-w-48 truncate">{line.label}</span>
            <span className="font-mono text-ink">{value === undefined ? "–" : write(value, unit)}</span>
          </>
        );
        const look = "inline-flex min-h-6 items-center gap-1.5 text-ink-2 max-md:min-h-11";
        const point = { onPointerEnter: () => onPoint(line.key), onPointerLeave: () => onPoint(undefined) };
        return (
          <li key={line.key} {...point}>
            {onLine === undefined ? (
              <span className={look}>{words}</span>
            ) : (
              <button
                type="button"
                className={`${look} rounded-4 hover:text-accent`}
                onClick={() => onLine(line)}
                onFocus={() => onPoint(line.key)}
                onBlur={() => onPoint(undefined)}
              >
                {words}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
