import { DomainError } from "../../domain/errors.ts";
import { MOST_SPANS } from "../../domain/traces/span.ts";
import type { TelemetryStore } from "../telemetry/store.ts";
import { conditionsOf, within } from "./conditions.ts";
import {
  DATABASE_SAID,
  ENTERED,
  OF_DATABASES,
  STATEMENT,
  SYSTEM,
  TRACE_TIME,
  WITH_TIME,
} from "./expressions.ts";
import { COLUMNS, SPAN_COLUMNS, type SpanRow, spanOf } from "./span-rows.ts";
import {
  type FoundTrace,
  type MinuteFigures,
  MOST_TRACES,
  type Named,
  SPANS_A_PAGE,
  type Statement,
  type TraceColumns,
  type TraceReader,
  type TraceSummary,
} from "./trace-reader.ts";

/** Spans that a search looks at beyond its order: of one trace many may meet it. */
const LOOKED_AT = MOST_TRACES * 10;
const NAMES = 500;
const STATEMENTS = 200;
/** A trace is summed up as far as it is this near to what was found of it. */
const AROUND_MS = 15 * 60_000;

/** Answers from the spans in the telemetry store. */
export function createTraceReader(store: TelemetryStore): TraceReader {
  return {
    async search(asked) {
      const { sql, params } = conditionsOf(asked);
      const order = asked.order === "slowest" ? "Duration DESC" : "Timestamp DESC";
      const rows = await store.query<FoundTrace & { readonly looked: number }>(
        `SELECT TraceId AS traceId, argMax(SpanId, Duration) AS spanId, argMax(ServiceName, Duration) AS service,
          argMax(SpanName, Duration) AS name, toUnixTimestamp64Milli(argMax(Timestamp, Duration)) AS atMs,
          max(Duration) / 1e6 AS durationMs, toBool(max(StatusCode = 'Error')) AS failed, count() AS matches,
          sum(matches) OVER () AS looked
        FROM (
          SELECT TraceId, SpanId, ServiceName, SpanName, Timestamp, Duration, StatusCode
          FROM otel_traces WHERE ${sql}
          ORDER BY ${order} LIMIT ${LOOKED_AT}
        ) GROUP BY TraceId
        ORDER BY ${asked.order === "slowest" ? "durationMs" : "atMs"} DESC LIMIT ${MOST_TRACES + 1}`,
        params,
      );
      const traces = rows.slice(0, MOST_TRACES).map(({ looked: _, ...trace }) => trace);
      return { traces, cut: rows.length > MOST_TRACES || (rows[0]?.looked ?? 0) >= LOOKED_AT };
    },

    async summaries(env, traceIds, { fromMs, toMs }) {
      if (traceIds.length === 0) return [];
      const time = within({ env, fromMs: fromMs - AROUND_MS, toMs: toMs + AROUND_MS });
      const rows = await store.query<TraceSummary>(
        `SELECT TraceId AS traceId, toUnixTimestamp64Micro(min(Timestamp)) / 1000 AS startMs,
          (max(toUnixTimestamp64Nano(Timestamp) + Duration) - min(toUnixTimestamp64Nano(Timestamp))) / 1e6 AS durationMs,
          count() AS spans, countIf(StatusCode = 'Error') AS errors,
          argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS rootService,
          argMin(SpanName, (ParentSpanId != '', Timestamp)) AS rootName,
          toBool(countIf(ParentSpanId = '') > 0) AS rooted,
          arrayMap(one -> CAST((one, bySpans[one], byErrors[one]), 'Tuple(service String, spans UInt64, errors UInt64)'),
            mapKeys(bySpans)) AS services,
          sumMap(map(toString(ServiceName), toUInt64(1))) AS bySpans,
          sumMap(map(toString(ServiceName), toUInt64(StatusCode = 'Error'))) AS byErrors
        FROM otel_traces PREWHERE TraceId IN {traceIds:Array(String)} WHERE ${time.sql}
        GROUP BY TraceId`,
        { ...time.params, traceIds },
      );
      const byId = new Map(rows.map((row) => [row.traceId, row]));
      return traceIds.flatMap((traceId) => byId.get(traceId) ?? []);
    },

    async trace(env, traceId) {
      const [row] = await store.query<TraceColumns>(
        `${WITH_TIME}
        SELECT {traceId:String} AS traceId, intDiv(base, 1000000) AS baseMs, length(list) AS spans, more AS cut, ${COLUMNS}
        FROM (
          SELECT arraySlice(groupArray(span), 1, ${MOST_SPANS}) AS list, toBool(count() > ${MOST_SPANS}) AS more,
            min(span.7) AS base
          FROM (
            SELECT (${SPAN_COLUMNS}) AS span FROM otel_traces
            PREWHERE TraceId = {traceId:String}
            WHERE ${TRACE_TIME} AND Environment = {env:String} ORDER BY Timestamp LIMIT ${MOST_SPANS + 1}
          )
        )`,
        { env, traceId },
      );
      if (row === undefined || row.spans === 0) {
        throw new DomainError(
          "NOT_FOUND",
          `There is no trace ${traceId} in ${env}. Spans are kept for 7 days, and come some seconds after they end.`,
        );
      }
      return row;
    },

    async spans(env, traceId, which) {
      const one = "spanId" in which;
      const rows = await store.query<SpanRow>(
        `${WITH_TIME}
        SELECT * FROM otel_traces PREWHERE TraceId = {traceId:String} WHERE ${TRACE_TIME} AND Environment = {env:String}
          ${one ? "AND SpanId = {spanId:String}" : ""}
        ORDER BY Timestamp, SpanId LIMIT ${SPANS_A_PAGE} OFFSET {offset:UInt32}`,
        { env, traceId, ...(one ? { spanId: which.spanId, offset: 0 } : { offset: which.offset }) },
      );
      return rows.map((row) => spanOf(row, which.baseMs));
    },

    async names({ service, ...asked }) {
      const time = within(asked);
      const name = service === undefined ? "ServiceName" : "SpanName";
      return store.query<Named>(
        `SELECT ${name} AS name, count() AS spans FROM otel_traces
        WHERE ${time.sql} ${service === undefined ? "" : "AND ServiceName = {service:String}"}
        GROUP BY name ORDER BY spans DESC, name LIMIT ${NAMES}`,
        { ...time.params, ...(service === undefined ? {} : { service }) },
      );
    },

    async statements({ service, leastMs, ...asked }) {
      const time = within(asked);
      return store.query<Statement>(
        `SELECT ServiceName AS service, system, statement, count() AS calls, countIf(StatusCode = 'Error') AS errors,
          quantile(0.5)(Duration) / 1e6 AS p50Ms, quantile(0.95)(Duration) / 1e6 AS p95Ms, max(Duration) / 1e6 AS mostMs,
          sum(Duration) / 1e6 AS totalMs, argMax(TraceId, Duration) AS traceId, argMax(SpanId, Duration) AS spanId,
          toUnixTimestamp64Milli(max(Timestamp)) AS lastMs
        FROM (
          SELECT ServiceName, ${SYSTEM} AS system, ${STATEMENT} AS statement, StatusCode, Duration, TraceId, SpanId, Timestamp
          FROM (
            SELECT ServiceName, SpanName, ${DATABASE_SAID} AS said, StatusCode, Duration, TraceId, SpanId, Timestamp
            FROM otel_traces
            WHERE ${time.sql} ${service === undefined ? "" : "AND ServiceName = {service:String}"}
              AND SpanKind = 'Client' AND Duration >= {leastNs:UInt64} AND ${OF_DATABASES}
          )
        ) WHERE system != ''
        GROUP BY service, system, statement ORDER BY totalMs DESC LIMIT ${STATEMENTS}`,
        {
          ...time.params,
          ...(service === undefined ? {} : { service }),
          leastNs: Math.round(leastMs * 1e6),
        },
      );
    },

    async percentiles({ service, ...asked }) {
      const time = within(asked);
      return store.query<MinuteFigures>(
        `SELECT ServiceName AS service, toUnixTimestamp(toStartOfMinute(toDateTime(Timestamp))) * 1000 AS minuteMs,
          count() AS spans, quantiles(0.5, 0.95, 0.99)(Duration) AS q,
          q[1] / 1e6 AS p50Ms, q[2] / 1e6 AS p95Ms, q[3] / 1e6 AS p99Ms
        FROM otel_traces WHERE ${time.sql} AND ${ENTERED}
          ${service === undefined ? "" : "AND ServiceName = {service:String}"}
        GROUP BY service, minuteMs ORDER BY service, minuteMs LIMIT 200000`,
        { ...time.params, ...(service === undefined ? {} : { service }) },
      );
    },
  };
}
