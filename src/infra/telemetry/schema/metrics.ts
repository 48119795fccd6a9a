import { environmentColumn } from "./traces.ts";

/** How long a sample is kept as it came. */
export const METRIC_DAYS = 30;

const ATTRIBUTES = "Map(LowCardinality(String), String)";

/** What the columns of each kind of metric are beside those that all have. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  gauge: ["Value Float64 CODEC(ZSTD(1))", "Flags UInt32 CODEC(ZSTD(1))", "@exemplars"],
  sum: [
    "Value Float64 CODEC(ZSTD(1))",
    "Flags UInt32 CODEC(ZSTD(1))",
    "@exemplars",
    "AggregationTemporality Int32 CODEC(ZSTD(1))",
    "IsMonotonic Boolean CODEC(Delta, ZSTD(1))",
  ],
  histogram: [
    "Count UInt64 CODEC(Delta, ZSTD(1))",
    "Sum Float64 CODEC(ZSTD(1))",
    "BucketCounts Array(UInt64) CODEC(ZSTD(1))",
    "ExplicitBounds Array(Float64) CODEC(ZSTD(1))",
    "@exemplars",
    "Flags UInt32 CODEC(ZSTD(1))",
    "Min Float64 CODEC(ZSTD(1))",
    "Max Float64 CODEC(ZSTD(1))",
    "AggregationTemporality Int32 CODEC(ZSTD(1))",
  ],
  exponential_histogram: [
    "Count UInt64 CODEC(Delta, ZSTD(1))",
    "Sum Float64 CODEC(ZSTD(1))",
    "Scale Int32 CODEC(ZSTD(1))",
    "ZeroCount UInt64 CODEC(ZSTD(1))",
    "PositiveOffset Int32 CODEC(ZSTD(1))",
    "PositiveBucketCounts Array(UInt64) CODEC(ZSTD(1))",
    "NegativeOffset Int32 CODEC(ZSTD(1))",
    "NegativeBucketCounts Array(UInt64) CODEC(ZSTD(1))",
    "@exemplars",
    "Flags UInt32 CODEC(ZSTD(1))",
    "Min Float64 CODEC(ZSTD(1))",
    "Max Float64 CODEC(ZSTD(1))",
    "AggregationTemporality Int32 CODEC(ZSTD(1))",
  ],
  summary: [
    "Count UInt64 CODEC(Delta, ZSTD(1))",
    "Sum Float64 CODEC(ZSTD(1))",
    "ValueAtQuantiles Nested (Quantile Float64, Value Float64) CODEC(ZSTD(1))",
    "Flags UInt32 CODEC(ZSTD(1))",
  ],
};

const EXEMPLARS = `Exemplars Nested (
      FilteredAttributes ${ATTRIBUTES}, TimeUnix DateTime64(9), Value Float64, SpanId String, TraceId String
    ) CODEC(ZSTD(1))`;

const tableOf = (kind: string, own: readonly string[]): string =>
  `CREATE TABLE IF NOT EXISTS otel_metrics_${kind} (
    ResourceAttributes ${ATTRIBUTES} CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes ${ATTRIBUTES} CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes ${ATTRIBUTES} CODEC(ZSTD(1)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    ${own.map((column) => (column === "@exemplars" ? EXEMPLARS : column)).join(",\n    ")},
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_attr_key mapKeys(Attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_attr_value mapValues(Attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_time_minmax TimeUnix TYPE minmax GRANULARITY 1
  ) ENGINE = MergeTree
  PARTITION BY toDate(TimeUnix)
  ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix)
  TTL toDateTime(TimeUnix) + toIntervalDay(${METRIC_DAYS})
  SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`;

/** Samples: the Collector's five tables, one for each kind of metric. */
export const METRIC_TABLES: readonly string[] = Object.entries(OWN).flatMap(([kind, own]) => [
  tableOf(kind, own),
  environmentColumn(`otel_metrics_${kind}`),
]);
