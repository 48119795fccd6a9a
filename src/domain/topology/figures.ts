import { quantileOf } from "../metrics/histogram.ts";
import type { DurationBucket, Graph, GraphEdge } from "./graph.ts";

/** An edge as it is shown: figures over the span of its graph. */
export interface EdgeFigures {
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  readonly errors: number;
  readonly refused: number;
  readonly slow: number;
  /** s; undefined where nothing was called. */
  readonly mean?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/** From this share of errors on, of at least `FAILING_CALLS` calls, an edge is failing. */
export const FAILING_SHARE = 0.05;
export const FAILING_CALLS = 5;

/** Whether so many calls fail that it must be seen. */
export const isFailing = ({ calls, errors }: Pick<EdgeFigures, "calls" | "errors">): boolean =>
  calls >= FAILING_CALLS && errors / calls >= FAILING_SHARE;

/**
 * Bounds of the histograms that edges are made of, s (`agent/src/dependencies`). The store leaves out a bound at which
 * nothing was counted; without it, what lies between its neighbours would be spread over both.
 */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The duration that a share `q` of calls stays below, s; undefined where nothing was counted. Pure. */
export function durationAt(q: number, durations: readonly DurationBucket[]): number | undefined {
  const counts = new Map<number | null, number>([
    ...BOUNDS.map((bound) => [bound, 0] as const),
    [null, 0] as const,
    ...durations,
  ]);
  let sum = 0;
  const cumulative = [...counts]
    .toSorted(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))
    .map(([upper, count]) => {
      sum += count;
      return [upper, sum] as const;
    });
  return quantileOf(q, cumulative);
}

/** The figures of an edge. Pure. */
export function figuresOf(edge: GraphEdge): EdgeFigures {
  const { from, to, calls, errors, refused, slow, seconds, durations } = edge;
  return { from, to, calls, errors, refused, slow, ...durationFigures(calls, seconds, durations) };
}

/** Mean and quantiles of calls; nothing where there are none. Pure. */
export function durationFigures(
  calls: number,
  seconds: number,
  durations: readonly DurationBucket[],
): Pick<EdgeFigures, "mean" | "p50" | "p95" | "p99"> {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => durationAt(q, durations));
  return {
    ...(calls > 0 ? { mean: seconds / calls } : {}),
    ...(p50 === undefined ? {} : { p50 }),
    ...(p95 === undefined ? {} : { p95 }),
    ...(p99 === undefined ? {} : { p99 }),
  };
}

/**
 * The edges of `now`, and those of `before` that were quiet since, with figures of 0: so that a picture does not come and
 * go with single calls. By caller and callee. Pure.
 */
export function withQuietEdges(now: Graph, before: Graph): readonly EdgeFigures[] {
  const edges = now.edges.map(figuresOf);
  const known = new Set(edges.map(({ from, to }) => `${from}\n${to}`));
  for (const { from, to } of before.edges) {
    if (known.has(`${from}\n${to}`)) continue;
    edges.push({ from, to, calls: 0, errors: 0, refused: 0, slow: 0 });
  }
  return edges.toSorted((a, b) => (a.from === b.from ? (a.to < b.to ? -1 : 1) : a.from < b.from ? -1 : 1));
}
