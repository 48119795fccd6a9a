import type { Fault, FaultKind } from "./faults.ts";
import { type Shifts, shiftOf } from "./skew.ts";
import type { Span, TraceData } from "./span.ts";

/** A span in its place. Indices are of `Trace.rows`. */
export interface Row<Of extends Span = Span> {
  readonly span: Of;
  /** 0: a root. */
  readonly depth: number;
  /** The row above it in the tree; -1: a root. */
  readonly parent: number;
  /** The first row after all that are below it. */
  readonly end: number;
  readonly children: number;
  /** As drawn, ns after `startNs` of the trace: clocks that differ are shifted. */
  readonly fromNs: number;
  readonly toNs: number;
  readonly faults: readonly Fault[];
  /** How many at and below it failed. */
  readonly errors: number;
}

/** A trace in order: parents before their children, siblings by their beginning. */
export interface Trace<Of extends Span = Span> {
  readonly traceId: string;
  readonly baseMs: number;
  /** When its first span begins, ns after `baseMs`. */
  readonly startNs: number;
  readonly durationNs: number;
  readonly rows: readonly Row<Of>[];
  /** By kind, how many spans are concerned. */
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** No span says that it has no parent. */
  readonly rootless: boolean;
  readonly cut: boolean;
}

/**
 * Orders a trace, whatever is wrong with it: every span that came is in it once, each fault is on the span that has it,
 * and nothing recurses, so that depth is bounded by memory alone. O(n log n). Pure.
 */
export function arrange<Of extends Span>(data: TraceData<Of>): Trace<Of> {
  const { spans } = data;
  const faults = spans.map((span): Fault[] =>
    span.durationNs < 0 ? [{ kind: "negative duration", byNs: -span.durationNs }] : [],
  );
  const parents = parentsOf(spans, faults);
  const children = childrenOf(spans, parents);
  const rows = rowsOf(spans, children, faults);
  const startNs = rows.reduce((least, { fromNs }) => Math.min(least, fromNs), Number.POSITIVE_INFINITY);
  const endNs = rows.reduce((most, { toNs }) => Math.max(most, toNs), Number.NEGATIVE_INFINITY);
  const counts = new Map<FaultKind, number>();
  for (const row of rows) {
    row.fromNs -= startNs;
    row.toNs -= startNs;
    for (const { kind } of row.faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return {
    traceId: data.traceId,
    baseMs: data.baseMs,
    startNs: rows.length === 0 ? 0 : startNs,
    durationNs: rows.length === 0 ? 0 : endNs - startNs,
    rows,
    faults: counts,
    rootless: spans.length > 0 && !spans.some(({ parentId }) => parentId === ""),
    cut: data.cut,
  };
}

type Draft<Of extends Span> = { -readonly [Key in keyof Row<Of>]: Row<Of>[Key] };

/** The index of each span's parent, -1 for roots; what can't be followed is cut and said. */
function parentsOf(spans: readonly Span[], faults: Fault[][]): Int32Array {
  const byId = new Map<string, number>();
  for (const [index, { id }] of spans.entries()) {
    if (byId.has(id)) faults[index]?.push({ kind: "same id" });
    else byId.set(id, index);
  }
  const parents = new Int32Array(spans.length).fill(-1);
  for (const [index, { parentId }] of spans.entries()) {
    if (parentId === "") continue;
    const parent = byId.get(parentId);
    if (parent === undefined) faults[index]?.push({ kind: "missing parent", parentId });
    else parents[index] = parent;
  }
  cutCycles(spans, parents, faults);
  return parents;
}

/** Each ring of parents is cut at the span of it that begins first. */
function cutCycles(spans: readonly Span[], parents: Int32Array, faults: Fault[][]): void {
  /** 0: not looked at; n: seen on the n-th walk. */
  const seen = new Int32Array(spans.length);
  for (let from = 0; from < spans.length; from += 1) {
    let at = from;
    while (at !== -1 && seen[at] === 0) {
      seen[at] = from + 1;
      at = parents[at] ?? -1;
    }
    if (at === -1 || seen[at] !== from + 1) continue;
    let earliest = at;
    for (let one = parents[at] ?? at; one !== at; one = parents[one] ?? at) {
      if (startOf(spans, one) < startOf(spans, earliest)) earliest = one;
    }
    parents[earliest] = -1;
    faults[earliest]?.push({ kind: "cycle", parentId: spans[earliest]?.parentId ?? "" });
  }
}

const startOf = (spans: readonly Span[], index: number): number => spans[index]?.startNs ?? 0;

/** Children by parent in the order of their beginning; those of -1 are the roots. */
function childrenOf(spans: readonly Span[], parents: Int32Array): ReadonlyMap<number, readonly number[]> {
  const order = Array.from(spans.keys()).sort((a, b) => startOf(spans, a) - startOf(spans, b) || a - b);
  const children = new Map<number, number[]>();
  for (const index of order) {
    const parent = parents[index] ?? -1;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [index]);
    else siblings.push(index);
  }
  return children;
}

function rowsOf<Of extends Span>(
  spans: readonly Of[],
  children: ReadonlyMap<number, readonly number[]>,
  faults: readonly Fault[][],
): Draft<Of>[] {
  const rows: Draft<Of>[] = [];
  const shifts: Shifts = new Map();
  /** What is still to be placed, the next on top: the span, and the row of its parent with its shift. */
  const stack = (children.get(-1) ?? []).toReversed().map((index) => ({ index, parent: -1, shiftNs: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const span = spans[next.index];
    if (span === undefined) continue;
    const above = rows[next.parent];
    const own = faults[next.index] ?? [];
    const { shiftNs, fault } = shiftOf(span, above, next.shiftNs, shifts);
    if (fault !== undefined) own.push(fault);
    const below = children.get(next.index) ?? [];
    const at = rows.length;
    rows.push({
      span,
      depth: above === undefined ? 0 : above.depth + 1,
      parent: next.parent,
      end: at + 1,
      children: below.length,
      fromNs: span.startNs + shiftNs,
      toNs: span.startNs + shiftNs + Math.max(0, span.durationNs),
      faults: own,
      errors: span.status === "Error" ? 1 : 0,
    });
    for (const index of below.toReversed()) stack.push({ index, parent: at, shiftNs });
  }
  for (let at = rows.length - 1; at > 0; at -= 1) {
    const row = rows[at];
    const above = row && rows[row.parent];
    if (row === undefined || above === undefined) continue;
    above.end = Math.max(above.end, row.end);
    above.errors += row.errors;
  }
  return rows;
}
