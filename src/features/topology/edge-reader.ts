import type { DurationBucket, Graph } from "../../domain/topology/graph.ts";

export interface EdgeSpan {
  readonly env: string;
  /** Wall time, ms since 1970; included. */
  readonly fromMs: number;
  /** Not included. At most `MOST_SPAN_MS` after `fromMs`. */
  readonly toMs: number;
}

/** 31 days: as long as edges are kept, and a bit. */
export const MOST_SPAN_MS = 31 * 86_400_000;

/** What one route of an edge did. */
export interface RouteFigures {
  /** The method's path or the name of the call, as the caller counts it. */
  readonly route: string;
  readonly calls: number;
  readonly errors: number;
  readonly refused: number;
  readonly seconds: number;
  readonly durations: readonly DurationBucket[];
}

/** What was called in one step of time. */
export interface CallStep {
  readonly atMs: number;
  readonly calls: number;
  readonly errors: number;
  readonly refused: number;
}

/**
 * Who called whom, by what agents count of every call (and by the spans of services without one of our agents). A count is
 * where its period of 5 s ended. Each rejects with a `DomainError`: INVALID for a span that can't be asked, UNAVAILABLE
 * while the telemetry store is away or off.
 */
export interface EdgeReader {
  /** Whole minutes come from the edges of each minute, what is before and after them from the counts as they came. */
  edges(span: EdgeSpan): Promise<Graph>;
  /** Of one edge: its routes with the most calls, 50 at most. */
  routes(
    span: EdgeSpan & { readonly caller: string; readonly callee: string },
  ): Promise<readonly RouteFigures[]>;
  /**
   * All calls of an environment by steps of whole minutes, for a time line: at most 1,500 steps, those without a call
   * left out, the last one whole minutes old.
   */
  totals(span: EdgeSpan & { readonly stepMs: number }): Promise<readonly CallStep[]>;
  /** When the newest count of an environment came in, if that is less than 5 minutes before `nowMs`. */
  newestMs(env: string, nowMs: number): Promise<number | undefined>;
}
