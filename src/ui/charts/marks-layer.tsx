"use client";

import type { Marker } from "../api/contract.ts";
import { MarkGlyph, useMarkWords } from "./mark-words.tsx";
import { type MarkGroup, markKey } from "./marks.ts";
import { PLOT_PX, placeOf } from "./place.ts";
import type { Span } from "./span.ts";

interface MarksProps {
  readonly groups: readonly MarkGroup[];
  readonly span: Span;
  readonly onMarker: (marker: Marker) => void;
  readonly onStretch: (aMs: number, bMs: number) => void;
}

/** Several in one place open as a stretch, until they stand apart; closer than this they can't. */
const APART_MS = 60_000;

/** What happened, above the plot, each at its moment. */
export function Marks({ groups, span, onMarker, onStretch }: MarksProps) {
  const words = useMarkWords();
  const open = ({ markers }: MarkGroup) => {
    const [first, last] = [markers[0], markers.at(-1)];
    if (first === undefined || last === undefined) return;
    if (markers.length > 1 && span.toMs - span.fromMs > 2 * APART_MS && last.atMs - first.atMs > 2_000) {
      const margin = Math.max(last.atMs - first.atMs, APART_MS) / 2;
      onStretch(first.atMs - margin, last.atMs + margin);
    } else onMarker(first);
  };
  return (
    <div className="relative h-6" style={{ marginLeft: PLOT_PX.left, marginRight: PLOT_PX.right }}>
      {groups.map((group) => {
        const [first] = group.markers;
        if (first === undefined) return null;
        const label = group.markers.map(words).join("; ");
        return (
          <button
            key={markKey(first)}
            type="button"
            data-mark={group.markers.map(markKey).join(" ")}
            aria-label={label}
            title={label}
            onClick={() => open(group)}
            className="absolute top-0 flex h-6 min-w-6 -translate-x-1/2 items-center justify-center rounded-4 text-ink-2 hover:bg-surface-2 hover:text-accent"
            style={{ left: `${placeOf(group.atMs, span) * 100}%` }}
          >
            <MarkGlyph kind={first.kind} />
            {group.markers.length > 1 && (
              <span className="ps-0.5 font-mono text-12">{group.markers.length}</span>
            )}
          </button>
        );
      })}
    </div>
  );
}
