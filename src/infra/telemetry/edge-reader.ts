import { DomainError } from "../../domain/errors.ts";
import { type DurationBucket, graphOf, MOST_EDGES } from "../../domain/topology/graph.ts";
import type { TelemetryStore } from "../../features/telemetry/store.ts";
import {
  type CallStep,
  type EdgeReader,
  type EdgeSpan,
  MOST_SPAN_MS,
  type RouteFigures,
} from "../../features/topology/edge-reader.ts";
import { COLUMNS, newestEdges } from "./schema/edges.ts";

const MINUTE_MS = 60_000;
const MOST_ROUTES = 50;
const MOST_STEPS = 1_500;
const NEWEST_WITHIN_MS = 5 * MINUTE_MS;

interface Figures {
  readonly calls: number | string;
  readonly errors: number | string;
  readonly slow: number | string;
  readonly refused: number | string;
  readonly seconds: number;
  /** An infinite bound comes as null. */
  readonly durations: readonly [uppers: readonly (number | null)[], counts: readonly (number | string)[]];
}

const FIGURES = `toFloat64(sum(Calls)) AS calls, toFloat64(sum(Errors)) AS errors, toFloat64(sum(Slow)) AS slow,
  toFloat64(sum(Refused)) AS refused, sum(Seconds) AS seconds, sumMap(Durations) AS durations`;

/** Reads edges from the telemetry store's tables: `leverframe_edges` by minutes, and what it is made of for less. */
export function createEdgeReader(store: TelemetryStore): EdgeReader {
  return {
    async edges(span) {
      const rows = await store.query<Figures & { from: string; to: string; kinds: readonly string[] }>(
        `SELECT Caller AS from, Callee AS to, groupUniqArray(CalleeKind) AS kinds, ${FIGURES}
        FROM (${sourceOf(span)}) GROUP BY Caller, Callee
        ORDER BY sum(Calls) + sum(Refused) DESC, Caller, Callee LIMIT ${MOST_EDGES + 1}`,
        paramsOf(span),
      );
      return graphOf(
        rows.map(({ from, to, kinds, ...figures }) => ({ from, to, kinds, ...figuresOf(figures) })),
        span,
      );
    },
    async routes({ caller, callee, ...span }) {
      const rows = await store.query<Figures & { route: string }>(
        `SELECT Route AS route, ${FIGURES}
        FROM (${sourceOf(span)}) WHERE Caller = {caller:String} AND Callee = {callee:String}
        GROUP BY Route ORDER BY sum(Calls) + sum(Refused) DESC, Route LIMIT ${MOST_ROUTES}`,
        { ...paramsOf(span), caller, callee },
      );
      return rows.map(({ route, ...figures }): RouteFigures => {
        const { slow: _, ...rest } = figuresOf(figures);
        return { route, ...rest };
      });
    },
    async totals({ stepMs, ...span }) {
      check(span);
      const step = Math.max(1, Math.round(stepMs / MINUTE_MS)) * MINUTE_MS;
      if ((span.toMs - span.fromMs) / step > MOST_STEPS)
        throw new DomainError(
          "INVALID",
          `A time line has at most ${MOST_STEPS} steps: ask for longer ones, or for less.`,
        );
      const rows = await store.query<{ at: number; calls: number; errors: number; refused: number }>(
        `SELECT intDiv(toUnixTimestamp(Minute), {step:UInt32}) * {step:UInt32} AS at,
          toFloat64(sum(Calls)) AS calls, toFloat64(sum(Errors)) AS errors, toFloat64(sum(Refused)) AS refused
        FROM leverframe_edges
        WHERE Environment = {env:String} AND Minute >= toDateTime({from:UInt32}) AND Minute < toDateTime({to:UInt32})
        GROUP BY at ORDER BY at LIMIT ${MOST_STEPS + 1}`,
        {
          env: span.env,
          step: step / 1_000,
          from: Math.floor(span.fromMs / 1_000),
          to: Math.ceil(span.toMs / 1_000),
        },
      );
      return rows.map(
        ({ at, calls, errors, refused }): CallStep => ({
          atMs: at * 1_000,
          calls,
          errors,
          refused,
        }),
      );
    },
    async newestMs(env, nowMs) {
      const rows = await store.query<{ newest: number | string; rows: number | string }>(
        `SELECT toUnixTimestamp64Milli(max(TimeUnix)) AS newest, count() AS rows FROM otel_metrics_histogram
        WHERE MetricName = 'leverframe.client.duration' AND Environment = {env:String}
          AND TimeUnix >= fromUnixTimestamp64Milli({from:Int64}) AND TimeUnix <= fromUnixTimestamp64Milli({now:Int64})`,
        { env, from: Math.floor(nowMs - NEWEST_WITHIN_MS), now: Math.ceil(nowMs) },
      );
      const [row] = rows;
      return row === undefined || Number(row.rows) === 0 ? undefined : Number(row.newest);
    },
  };
}

function check({ fromMs, toMs }: EdgeSpan): void {
  if (!(toMs > fromMs) || toMs - fromMs > MOST_SPAN_MS)
    throw new DomainError(
      "INVALID",
      "A graph is of a span of time that ends after it begins, 31 days at most.",
    );
}

/** Where whole minutes begin and end in a span; the same moment where there is none. */
function wholeMinutes({ fromMs, toMs }: EdgeSpan): { readonly firstMs: number; readonly lastMs: number } {
  const firstMs = Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS;
  const lastMs = Math.floor(toMs / MINUTE_MS) * MINUTE_MS;
  return firstMs < lastMs ? { firstMs, lastMs } : { firstMs: Math.ceil(toMs), lastMs: Math.ceil(toMs) };
}

/** Every row of a span once: whole minutes as they are summed, the rest as it came. */
function sourceOf(span: EdgeSpan): string {
  check(span);
  const { firstMs, lastMs } = wholeMinutes(span);
  const parts = [
    ...(firstMs < lastMs
      ? [
          `SELECT ${COLUMNS} FROM leverframe_edges
          WHERE Environment = {env:String} AND Minute >= toDateTime({firstMinute:UInt32}) AND Minute < toDateTime({lastMinute:UInt32})`,
        ]
      : []),
    ...(span.fromMs < firstMs ? [newestEdges("from", "first")] : []),
    ...(lastMs < span.toMs ? [newestEdges("last", "to")] : []),
  ];
  return parts.join("\n  UNION ALL ");
}

function paramsOf(span: EdgeSpan): Readonly<Record<string, unknown>> {
  const { firstMs, lastMs } = wholeMinutes(span);
  return {
    env: span.env,
    from: Math.floor(span.fromMs),
    first: firstMs,
    last: lastMs,
    to: Math.ceil(span.toMs),
    firstMinute: firstMs / 1_000,
    lastMinute: lastMs / 1_000,
  };
}

function figuresOf({ calls, errors, slow, refused, seconds, durations: [uppers, counts] }: Figures) {
  return {
    calls: Number(calls),
    errors: Number(errors),
    slow: Number(slow),
    refused: Number(refused),
    seconds,
    durations: uppers
      .map((upper, index): DurationBucket => [upper, Number(counts[index] ?? 0)])
      .toSorted(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY)),
  };
}
