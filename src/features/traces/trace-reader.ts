import type { SpanKind, SpanStatus } from "../../domain/traces/span.ts";

/** A stretch of wall time, ms since 1970: from included, to not. At most `MOST_SPAN_MS`. */
export interface TimeSpan {
  readonly env: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Spans are kept for 7 days. */
export const MOST_SPAN_MS = 8 * 86_400_000;
/** A search answers with this many traces at most. */
export const MOST_TRACES = 400;
/** So many traces are summed up at once. */
export const MOST_SUMMARIES = 40;
/** Full spans of one answer. */
export const SPANS_A_PAGE = 2_000;

/** An attribute of the span or of its resource. */
export interface AttributeMatch {
  readonly key: string;
  /** Left out: any value. */
  readonly value?: string | undefined;
}

/** Which traces: those with a span that meets every condition. */
export interface TraceSearch extends TimeSpan {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly leastMs?: number | undefined;
  readonly mostMs?: number | undefined;
  readonly status?: "error" | "ok" | undefined;
  readonly attributes?: readonly AttributeMatch[] | undefined;
  /** The revision of the service's own levers, or of the shared ones, that was in force. */
  readonly revision?: number | undefined;
  /** A lever that acted: `switch/comments`. */
  readonly lever?: string | undefined;
  readonly order: "slowest" | "newest";
}

/** A trace by the span that was found of it: the longest of those that meet the search. */
export interface FoundTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  /** Spans that meet the search, among those that were looked at. */
  readonly matches: number;
}

export interface FoundTraces {
  readonly traces: readonly FoundTrace[];
  /** There are more: narrow the time or the search. */
  readonly cut: boolean;
}

/** A trace as a whole. */
export interface TraceSummary {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly spans: number;
  readonly errors: number;
  readonly rootService: string;
  readonly rootName: string;
  /** The span with which it began is there. */
  readonly rooted: boolean;
  readonly services: readonly { readonly service: string; readonly spans: number; readonly errors: number }[];
}

/**
 * The spans of a trace by columns, each as JSON text of a list: 50,000 spans go from the store to the browser without
 * being made into objects on the way, since that would hold up what moves levers.
 */
export interface TraceColumns {
  readonly traceId: string;
  /** Milliseconds since 1970 of the first span. */
  readonly baseMs: number;
  readonly spans: number;
  readonly cut: boolean;
  readonly ids: string;
  readonly parents: string;
  readonly services: string;
  readonly names: string;
  readonly kinds: string;
  readonly statuses: string;
  /** Ns after `baseMs`. */
  readonly starts: string;
  readonly durations: string;
  readonly peers: string;
  readonly levers: string;
  readonly partials: string;
}

type Pairs = readonly (readonly [key: string, value: string])[];

/** A span with all that it bears; ns after `baseMs`. */
export interface StoredSpan {
  readonly id: string;
  readonly parentId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly startNs: number;
  readonly durationNs: number;
  readonly scope: string;
  readonly attributes: Pairs;
  readonly resource: Pairs;
  readonly events: readonly { readonly name: string; readonly atNs: number; readonly attributes: Pairs }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Pairs;
  }[];
}

/** Calls of a database that took long, those that differ only in their literals as one. */
export interface Statement {
  readonly service: string;
  readonly system: string;
  readonly statement: string;
  readonly calls: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly mostMs: number;
  readonly totalMs: number;
  /** The trace with the longest of them. */
  readonly traceId: string;
  readonly spanId: string;
  readonly lastMs: number;
}

/** What a service's spans took in one minute: those with which it was entered. */
export interface MinuteFigures {
  readonly service: string;
  readonly minuteMs: number;
  readonly spans: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** A name, and how many spans bear it. */
export interface Named {
  readonly name: string;
  readonly spans: number;
}

/**
 * Reads traces of one environment; another's are as if they were not. Each rejects with a `DomainError`: INVALID for
 * what can't be asked, NOT_FOUND for a trace that is not there, UNAVAILABLE while the telemetry store is away or off.
 */
export interface TraceReader {
  search(asked: TraceSearch): Promise<FoundTraces>;
  /** In the order in which they were asked for; those that are not there are left out. `aroundMs`: when they were. */
  summaries(
    env: string,
    traceIds: readonly string[],
    around: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly TraceSummary[]>;
  trace(env: string, traceId: string): Promise<TraceColumns>;
  /** Full spans in the order of their beginning, a page from `offset` on; of one alone where `spanId` is given. */
  spans(
    env: string,
    traceId: string,
    which:
      | { readonly baseMs: number; readonly offset: number }
      | { readonly baseMs: number; readonly spanId: string },
  ): Promise<readonly StoredSpan[]>;
  /** Services with spans, or a service's operations; 500 at most, the busiest first. */
  names(asked: TimeSpan & { readonly service?: string | undefined }): Promise<readonly Named[]>;
  /** 200 at most, those that took most time together first. */
  statements(
    asked: TimeSpan & { readonly service?: string | undefined; readonly leastMs: number },
  ): Promise<readonly Statement[]>;
  percentiles(asked: TimeSpan & { readonly service?: string | undefined }): Promise<readonly MinuteFigures[]>;
}
