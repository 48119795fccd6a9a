import type { Trace } from "./tree.ts";

/** How long each row worked itself, ns: its time in which no child of it was under way. O(n log n). Pure. */
export function selfTimesOf({ rows }: Pick<Trace, "rows">): Float64Array {
  const selves = new Float64Array(rows.length);
  for (const [at, row] of rows.entries()) {
    let covered = 0;
    let untilNs = row.fromNs;
    // Siblings stand in the order of their beginning, but for those whose clock was shifted.
    const children: { readonly fromNs: number; readonly toNs: number }[] = [];
    for (let child = at + 1; child < row.end; child = rows[child]?.end ?? row.end) {
      const below = rows[child];
      if (below !== undefined) children.push(below);
    }
    children.sort((a, b) => a.fromNs - b.fromNs);
    for (const { fromNs, toNs } of children) {
      const from = Math.max(fromNs, untilNs);
      const to = Math.min(toNs, row.toNs);
      if (to <= from) continue;
      covered += to - from;
      untilNs = to;
    }
    selves[at] = row.toNs - row.fromNs - covered;
  }
  return selves;
}
