import { METRIC_DAYS } from "./metrics.ts";

/** A call that takes this long counts as slow, s. */
export const SLOW_SECONDS = 1;

/** Upper bounds of a call's duration, s, where spans say it. Counts from agents keep the bounds that they came with. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Who called whom, a row a minute: calls, errors, slow ones, and durations as counts by upper bound in seconds (not
 * cumulative, the last bound is infinite). Sum what you read: rows of one minute merge in the background.
 */
const TABLE = `CREATE TABLE IF NOT EXISTS leverframe_edges (
    Environment LowCardinality(String) CODEC(ZSTD(1)),
    Minute DateTime CODEC(Delta(4), ZSTD(1)),
    Caller LowCardinality(String) CODEC(ZSTD(1)),
    Callee LowCardinality(String) CODEC(ZSTD(1)),
    CalleeKind LowCardinality(String) CODEC(ZSTD(1)),
    Route LowCardinality(String) CODEC(ZSTD(1)),
    Calls SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    Errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    Slow SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    Seconds SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
    Durations SimpleAggregateFunction(sumMap, Tuple(Array(Float64), Array(UInt64))) CODEC(ZSTD(1))
  ) ENGINE = AggregatingMergeTree
  PARTITION BY toDate(Minute)
  ORDER BY (Environment, Minute, Caller, Callee, CalleeKind, Route)
  TTL Minute + toIntervalDay(${METRIC_DAYS})
  SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`;

const ENVIRONMENT = "ResourceAttributes['deployment.environment.name']";
const BY = "GROUP BY Environment, Minute, Caller, Callee, CalleeKind, Route";

/** From what agents count of every call, sampled or not: a histogram of 5 s each (delta temporality is 1). */
const FROM_CALLS = `CREATE MATERIALIZED VIEW IF NOT EXISTS leverframe_edges_calls_mv TO leverframe_edges AS
  SELECT ${ENVIRONMENT} AS Environment,
    toStartOfMinute(toDateTime(TimeUnix)) AS Minute,
    ServiceName AS Caller,
    Attributes['peer.service'] AS Callee,
    if(Attributes['leverframe.peer.kind'] = '', 'service', Attributes['leverframe.peer.kind']) AS CalleeKind,
    Attributes['leverframe.operation'] AS Route,
    sum(Count) AS Calls,
    sumIf(Count, Attributes['leverframe.outcome'] != 'ok') AS Errors,
    sum(arraySum(arrayMap((bound, calls) -> if(bound > ${SLOW_SECONDS}, calls, 0), Uppers, Counts))) AS Slow,
    sum(Sum) AS Seconds,
    sumMap((Uppers, Counts)) AS Durations
  FROM (
    SELECT *, length(BucketCounts) = length(ExplicitBounds) + 1 AS Whole,
      if(Whole, arrayPushBack(ExplicitBounds, inf), [inf]) AS Uppers,
      if(Whole, BucketCounts, [Count]) AS Counts
    FROM otel_metrics_histogram
    WHERE MetricName = 'leverframe.client.duration' AND AggregationTemporality = 1 AND Attributes['peer.service'] != ''
  ) ${BY}`;

const firstOf = (...names: string[]): string =>
  `coalesce(${names.map((name) => `nullIf(SpanAttributes['${name}'], '')`).join(", ")}, '')`;

/**
 * From callers' spans, only where their resource does not say that it counts its calls itself: those of a plain
 * OpenTelemetry SDK, which counts what was sampled.
 */
const fromSpans = (more: string): string => `SELECT ${ENVIRONMENT} AS Environment,
    toStartOfMinute(toDateTime(Timestamp)) AS Minute,
    ServiceName AS Caller,
    Callee,
    multiIf(System IN ('redis', 'memcached'), 'cache', System != '', 'database', Queue != '', 'queue',
      SpanAttributes['peer.service'] != '', 'service', 'external') AS CalleeKind,
    SpanName AS Route,
    count() AS Calls,
    countIf(StatusCode = 'Error') AS Errors,
    countIf(Took > ${SLOW_SECONDS}) AS Slow,
    sum(Took) AS Seconds,
    sumMap(([Upper], [toUInt64(1)])) AS Durations
  FROM (
    SELECT *, Duration / 1e9 AS Took,
      arrayFirst(bound -> bound >= Took, [${BOUNDS.join(", ")}, inf]) AS Upper,
      ${firstOf("db.system.name", "db.system")} AS System,
      ${firstOf("messaging.system")} AS Queue,
      ${firstOf("peer.service", "messaging.destination.name", "db.namespace", "db.system.name", "db.system", "server.address", "net.peer.name")} AS Callee
    FROM otel_traces
    WHERE SpanKind IN ('Client', 'Producer') AND ResourceAttributes['leverframe.edges'] = ''${more}
  )
  WHERE Callee != '' ${BY}`;

const FROM_SPANS = `CREATE MATERIALIZED VIEW IF NOT EXISTS leverframe_edges_spans_mv TO leverframe_edges AS
  ${fromSpans("")}`;

/** Service edges, fed as calls and spans come in. */
export const EDGES: readonly string[] = [TABLE, FROM_CALLS, FROM_SPANS];

/** Counts of calls that were made, and of those that were not: a breaker's no is neither quick nor an error of the callee. */
const fromCallsMade = (more: string): string => `SELECT ${ENVIRONMENT} AS Environment,
    toStartOfMinute(toDateTime(TimeUnix)) AS Minute,
    ServiceName AS Caller,
    Attributes['peer.service'] AS Callee,
    if(Attributes['leverframe.peer.kind'] = '', 'service', Attributes['leverframe.peer.kind']) AS CalleeKind,
    Attributes['leverframe.operation'] AS Route,
    sumIf(Count, Made) AS Calls,
    sumIf(Count, Made AND Attributes['leverframe.outcome'] != 'ok') AS Errors,
    sumIf(arraySum(arrayMap((bound, calls) -> if(bound > ${SLOW_SECONDS}, calls, 0), Uppers, Counts)), Made) AS Slow,
    sumIf(Sum, Made) AS Seconds,
    sumMapIf(Uppers, Counts, Made) AS Durations,
    sumIf(Count, NOT Made) AS Refused
  FROM (
    SELECT *, Attributes['leverframe.outcome'] != 'refused' AS Made,
      length(BucketCounts) = length(ExplicitBounds) + 1 AS Whole,
      if(Whole, arrayPushBack(ExplicitBounds, inf), [inf]) AS Uppers,
      if(Whole, BucketCounts, [Count]) AS Counts
    FROM otel_metrics_histogram
    WHERE MetricName = 'leverframe.client.duration' AND AggregationTemporality = 1 AND Attributes['peer.service'] != ''${more}
  ) ${BY}`;

/** Tells calls that were never made (`Refused`) from those that were. */
export const REFUSED_CALLS: readonly string[] = [
  "ALTER TABLE leverframe_edges ADD COLUMN IF NOT EXISTS Refused SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))",
  `ALTER TABLE leverframe_edges_calls_mv MODIFY QUERY ${fromCallsMade("")}`,
];

/** As the columns of `leverframe_edges`, from the counts and spans of less than a minute: between two moments in ms. */
export const newestEdges = (from: string, to: string): string => {
  const between = (column: string): string =>
    ` AND Environment = {env:String} AND ${column} >= fromUnixTimestamp64Milli({${from}:Int64}) AND ${column} < fromUnixTimestamp64Milli({${to}:Int64})`;
  return `SELECT ${COLUMNS} FROM (${fromCallsMade(between("TimeUnix"))})
  UNION ALL
  SELECT ${COLUMNS} FROM (SELECT *, toUInt64(0) AS Refused FROM (${fromSpans(between("Timestamp"))}))`;
};

/** Of `leverframe_edges`, but for environment and minute. */
export const COLUMNS = "Caller, Callee, CalleeKind, Route, Calls, Errors, Slow, Seconds, Durations, Refused";
