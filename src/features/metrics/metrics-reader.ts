import type { MetricQuery } from "../../domain/metrics/query.ts";

/** One figure for one value of the labels asked by. */
export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Points in the order of time, at whole steps; a step without data has no point. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

export interface RangeSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** At most 1,100 steps fit into a span. */
  readonly stepMs: number;
  /** How much of the past each point tells of; default: a step, and at least a minute. */
  readonly windowMs?: number | undefined;
}

/**
 * Answers metric queries, from the telemetry store or from a Prometheus: the same question gets the same answer up to how
 * samples fall. Throws INVALID for a query that can't be asked, and UNAVAILABLE while nobody answers it.
 */
export interface MetricsReader {
  /** The point at each step is the figure over the window that ends there. */
  range(query: MetricQuery, span: RangeSpan): Promise<readonly Series[]>;
  /** The figure over the window that ends at `atMs`. */
  instant(
    query: MetricQuery,
    span: { readonly atMs: number; readonly windowMs: number },
  ): Promise<readonly Point[]>;
}
