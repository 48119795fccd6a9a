import type { Trace } from "./tree.ts";

/** A stretch of time in which a trace waited for one span itself. Ns after the trace's beginning. */
export interface Segment {
  /** Index of `Trace.rows`. */
  readonly row: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/**
 * What made the first root last as long as it did, the last stretch first: going back from its end, time belongs to the
 * child that finished last before, and to the span itself where none was under way. What a span's child did after the
 * span was over is not on it. (Zhang et al., CRISP, USENIX ATC 2022; Jaeger's own is the same.) Stretches don't overlap,
 * and together they are as long as the root. Of several roots the longest is taken. O(n log n), no recursion. Pure.
 */
export function criticalPathOf({ rows }: Trace): readonly Segment[] {
  let root = -1;
  for (let at = 0; at < rows.length; at = rows[at]?.end ?? rows.length) {
    const [one, best] = [rows[at], rows[root]];
    if (one && (best === undefined || one.toNs - one.fromNs > best.toNs - best.fromNs)) root = at;
  }
  const top = rows[root];
  if (top === undefined) return [];
  const segments: Segment[] = [];
  const add = (row: number, fromNs: number, toNs: number): void => {
    if (toNs > fromNs) segments.push({ row, fromNs, toNs });
  };
  /** Where the walk stands in each span that it is in: before which moment, and which children are left. */
  const open = [{ row: root, floorNs: top.fromNs, beforeNs: top.toNs, left: lastFirst(rows, root) }];
  for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
    const child = at.left.pop();
    const below = child === undefined ? undefined : rows[child];
    if (child === undefined || below === undefined) {
      add(at.row, at.floorNs, at.beforeNs);
      open.pop();
      continue;
    }
    const spanEndNs = rows[at.row]?.toNs ?? 0;
    const endNs = Math.min(below.toNs, spanEndNs);
    const fromNs = Math.max(below.fromNs, at.floorNs);
    // It was still under way when what came after it began: it was not waited for.
    if (endNs > at.beforeNs || fromNs >= endNs) continue;
    add(at.row, endNs, at.beforeNs);
    at.beforeNs = fromNs;
    open.push({ row: child, floorNs: fromNs, beforeNs: endNs, left: lastFirst(rows, child) });
  }
  return segments;
}

/** A span's children by their end, the last on top of the stack. */
function lastFirst(rows: Trace["rows"], of: number): number[] {
  const above = rows[of];
  const children: number[] = [];
  if (above === undefined) return children;
  for (let at = of + 1; at < above.end; at = rows[at]?.end ?? above.end) children.push(at);
  const endOf = (at: number): number => Math.min(rows[at]?.toNs ?? 0, above.toNs);
  return children.sort((a, b) => endOf(a) - endOf(b) || b - a);
}
