/** How long a span is kept. */
export const TRACE_DAYS = 7;

const STRING = "String CODEC(ZSTD(1))";
const NAME = "LowCardinality(String) CODEC(ZSTD(1))";
const ATTRIBUTES = "Map(LowCardinality(String), String)";

/**
 * Where a row belongs, read from its resource: an addition of ours, which the Collector's own inserts do not see.
 * A table that a Collector made gets it too.
 */
export const environmentColumn = (table: string): string =>
  `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS Environment LowCardinality(String) MATERIALIZED ResourceAttributes['deployment.environment.name']`;

/**
 * Spans, and where in time each trace is: the tables of the OpenTelemetry Collector's ClickHouse exporter, column by
 * column (opentelemetry-collector-contrib, exporter/clickhouseexporter/internal/sqltemplates).
 */
export const TRACE_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS otel_traces (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId ${STRING},
    SpanId ${STRING},
    ParentSpanId ${STRING},
    TraceState ${STRING},
    SpanName ${NAME},
    SpanKind ${NAME},
    ServiceName ${NAME},
    ResourceAttributes ${ATTRIBUTES} CODEC(ZSTD(1)),
    ScopeName ${STRING},
    ScopeVersion ${STRING},
    SpanAttributes ${ATTRIBUTES} CODEC(ZSTD(1)),
    Duration UInt64 CODEC(T64, ZSTD(1)),
    StatusCode ${NAME},
    StatusMessage ${STRING},
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes ${ATTRIBUTES}) CODEC(ZSTD(1)),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes ${ATTRIBUTES}) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
  ) ENGINE = MergeTree
  PARTITION BY toDate(Timestamp)
  ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)
  TTL toDateTime(Timestamp) + toIntervalDay(${TRACE_DAYS})
  SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`,
  environmentColumn("otel_traces"),
  `CREATE TABLE IF NOT EXISTS otel_traces_trace_id_ts (
    TraceId ${STRING},
    Start SimpleAggregateFunction(min, DateTime) CODEC(ZSTD(1)),
    End SimpleAggregateFunction(max, DateTime) CODEC(ZSTD(1))
  ) ENGINE = AggregatingMergeTree
  PARTITION BY toStartOfWeek(Start)
  ORDER BY (TraceId)
  TTL toDateTime(Start) + toIntervalDay(${TRACE_DAYS})
  SETTINGS index_granularity = 8192`,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_trace_id_ts_mv TO otel_traces_trace_id_ts AS
  SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End FROM otel_traces WHERE TraceId != '' GROUP BY TraceId`,
];
