/** How long five-minute rollups are kept. */
export const ROLLUP_DAYS = 366;

/**
 * Samples of five minutes in one row a series, kept for a year. Of a gauge: `Samples`, `Sum`, `Min`, `Max`, `Last`. Of a
 * counter: its `First` and `Last` standing (it began anew where `Max` is above `Last`); with delta temporality, `Sum`.
 * Of a histogram the same for its count, and `FirstSum`, `LastSum`, `FirstBuckets`, `LastBuckets` by `Bounds`.
 * Read states with their `-Merge`: `argMaxMerge(Last)`.
 */
const TABLE = `CREATE TABLE IF NOT EXISTS leverframe_metrics_5m (
    Environment LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    Kind LowCardinality(String) CODEC(ZSTD(1)),
    Time DateTime CODEC(Delta(4), ZSTD(1)),
    InstanceId LowCardinality(String) CODEC(ZSTD(1)),
    Zone LowCardinality(String) CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Samples SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    Sum SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
    Min SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)),
    Max SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)),
    First AggregateFunction(argMin, Float64, DateTime64(9)) CODEC(ZSTD(1)),
    Last AggregateFunction(argMax, Float64, DateTime64(9)) CODEC(ZSTD(1)),
    FirstSum AggregateFunction(argMin, Float64, DateTime64(9)) CODEC(ZSTD(1)),
    LastSum AggregateFunction(argMax, Float64, DateTime64(9)) CODEC(ZSTD(1)),
    FirstBuckets AggregateFunction(argMin, Array(UInt64), DateTime64(9)) CODEC(ZSTD(1)),
    LastBuckets AggregateFunction(argMax, Array(UInt64), DateTime64(9)) CODEC(ZSTD(1)),
    Bounds SimpleAggregateFunction(anyLast, Array(Float64)) CODEC(ZSTD(1))
  ) ENGINE = AggregatingMergeTree
  PARTITION BY toYYYYMM(Time)
  ORDER BY (Environment, ServiceName, MetricName, Kind, Time, InstanceId, Zone, Attributes)
  TTL Time + toIntervalDay(${ROLLUP_DAYS})
  SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`;

const SERIES = `ResourceAttributes['deployment.environment.name'] AS Environment, ServiceName, MetricName,
    toDateTime(toStartOfInterval(TimeUnix, INTERVAL 5 MINUTE)) AS Time,
    ResourceAttributes['service.instance.id'] AS InstanceId,
    ResourceAttributes['cloud.availability_zone'] AS Zone, Attributes`;
const BY = "GROUP BY Environment, ServiceName, MetricName, Kind, Time, InstanceId, Zone, Attributes";

const ofValues = (kind: string): string =>
  `CREATE MATERIALIZED VIEW IF NOT EXISTS leverframe_metrics_5m_${kind}_mv TO leverframe_metrics_5m AS
  ${valuesOf(kind, "")}`;

const valuesOf = (kind: string, where: string): string =>
  `SELECT ${SERIES}, '${kind}' AS Kind,
    count() AS Samples, sum(Value) AS Sum, min(Value) AS Min, max(Value) AS Max,
    argMinState(Value, toDateTime64(TimeUnix, 9)) AS First, argMaxState(Value, toDateTime64(TimeUnix, 9)) AS Last
  FROM otel_metrics_${kind} ${where}${BY}`;

const SUMS_BUT_CALL_LOGS = valuesOf("sum", "WHERE MetricName != 'leverframe.breaker.calls' ");

const OF_HISTOGRAMS = `CREATE MATERIALIZED VIEW IF NOT EXISTS leverframe_metrics_5m_histogram_mv TO leverframe_metrics_5m AS
  SELECT ${SERIES}, 'histogram' AS Kind,
    count() AS Samples, sum(toFloat64(Count)) AS Sum, min(toFloat64(Count)) AS Min, max(toFloat64(Count)) AS Max,
    argMinState(toFloat64(Count), toDateTime64(TimeUnix, 9)) AS First,
    argMaxState(toFloat64(Count), toDateTime64(TimeUnix, 9)) AS Last,
    argMinState(otel_metrics_histogram.Sum, toDateTime64(TimeUnix, 9)) AS FirstSum,
    argMaxState(otel_metrics_histogram.Sum, toDateTime64(TimeUnix, 9)) AS LastSum,
    argMinState(BucketCounts, toDateTime64(TimeUnix, 9)) AS FirstBuckets,
    argMaxState(BucketCounts, toDateTime64(TimeUnix, 9)) AS LastBuckets,
    anyLast(ExplicitBounds) AS Bounds
  FROM otel_metrics_histogram WHERE MetricName != 'leverframe.client.duration' ${BY}`;

/** The year-long memory of metrics, fed as samples come in. Who calls whom has a table of its own. */
export const ROLLUPS: readonly string[] = [TABLE, ofValues("gauge"), ofValues("sum"), OF_HISTOGRAMS];

/** What breakers saw is kept as it came, and summed up by nobody: each of its rows is a series of its own. */
export const WITHOUT_CALL_LOGS: readonly string[] = [
  `ALTER TABLE leverframe_metrics_5m_sum_mv MODIFY QUERY ${SUMS_BUT_CALL_LOGS}`,
];
