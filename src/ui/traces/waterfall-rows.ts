import type { Segment } from "../../domain/traces/critical-path.ts";
import type { Row, Trace } from "../../domain/traces/tree.ts";

/** The rows that are not within a collapsed one, by index. O(n). Pure. */
export function openRows({ rows }: Trace, collapsed: ReadonlySet<number>): readonly number[] {
  const open: number[] = [];
  for (let at = 0; at < rows.length; ) {
    const row = rows[at];
    if (row === undefined) break;
    open.push(at);
    at = collapsed.has(at) ? row.end : at + 1;
  }
  return open;
}

/** A part of a trace's time, ns after its beginning. */
export interface Window {
  readonly fromNs: number;
  readonly toNs: number;
}

/** Where a stretch lies in a window, in percent: at least a sliver wide; undefined where it is outside. Pure. */
export function barOf(
  stretch: { readonly fromNs: number; readonly toNs: number },
  window: Window,
): { readonly left: number; readonly width: number } | undefined {
  if (stretch.toNs < window.fromNs || stretch.fromNs > window.toNs) return undefined;
  const length = Math.max(1, window.toNs - window.fromNs);
  const left = Math.max(0, (stretch.fromNs - window.fromNs) / length);
  const right = Math.min(1, (stretch.toNs - window.fromNs) / length);
  return { left: left * 100, width: Math.max(0, right - left) * 100 };
}

/** The critical path by row. Pure. */
export function segmentsByRow(path: readonly Segment[]): ReadonlyMap<number, readonly Segment[]> {
  const byRow = new Map<number, Segment[]>();
  for (const segment of path) {
    const known = byRow.get(segment.row);
    if (known === undefined) byRow.set(segment.row, [segment]);
    else known.push(segment);
  }
  return byRow;
}

/** Round moments within a window, ns after the trace's beginning. Pure. */
export function windowTicks({ fromNs, toNs }: Window, most: number): readonly number[] {
  const length = Math.max(1, toNs - fromNs);
  const power = 10 ** Math.floor(Math.log10(length / most));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => length / one <= most) ?? length;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromNs / step) * step; at <= toNs; at += step) ticks.push(at);
  return ticks;
}

/** The rows above one that hide it, to be opened. Pure. */
export function hidersOf(
  rows: readonly Row[],
  at: number,
  collapsed: ReadonlySet<number>,
): readonly number[] {
  const hiders: number[] = [];
  for (let above = rows[at]?.parent ?? -1; above >= 0; above = rows[above]?.parent ?? -1) {
    if (collapsed.has(above)) hiders.push(above);
  }
  return hiders;
}
