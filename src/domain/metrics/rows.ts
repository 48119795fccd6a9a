import type { Exposition, Family } from "./exposition.ts";

/** Whom samples are of. */
export interface SampleSource {
  readonly env: string;
  readonly service: string;
  readonly instance: string;
  readonly version: string;
  readonly zone: string;
}

export type MetricsTable = "otel_metrics_sum" | "otel_metrics_gauge" | "otel_metrics_histogram";
export type MetricsRows = Readonly<Record<MetricsTable, readonly object[]>>;

/** Of the labels that say whose a series is; a metric's own ones of these names are kept as `exported_…`, as Prometheus does. */
const TARGET_LABELS: ReadonlySet<string> = new Set(["service", "instance", "env", "zone"]);

const CUMULATIVE = 2;

/** The resource attributes by which every row names its source. */
export const resourceOf = (source: SampleSource): Readonly<Record<string, string>> => ({
  "service.name": source.service,
  "service.instance.id": source.instance,
  "deployment.environment.name": source.env,
  ...(source.version === "" ? {} : { "service.version": source.version }),
  ...(source.zone === "" ? {} : { "cloud.availability_zone": source.zone }),
});

/** Milliseconds since 1970 as ClickHouse reads a moment, whatever its time zone. */
export const momentOf = (atMs: number): string => (atMs / 1_000).toFixed(3);

/** What was scraped at a moment as rows of the Collector's tables. Pure. */
export function rowsOf(source: SampleSource, { families }: Exposition, atMs: number): MetricsRows {
  const resource = resourceOf(source);
  const rows = {
    otel_metrics_sum: [] as object[],
    otel_metrics_gauge: [] as object[],
    otel_metrics_histogram: [] as object[],
  };
  const time = momentOf(atMs);
  for (const family of families) {
    const shared = {
      ResourceAttributes: resource,
      ServiceName: source.service,
      MetricName: family.name,
      MetricDescription: family.help,
      TimeUnix: time,
    };
    rows[TABLES[family.kind]].push(...samplesOf(family).map((sample) => ({ ...shared, ...sample })));
  }
  return rows;
}

const TABLES = {
  counter: "otel_metrics_sum",
  gauge: "otel_metrics_gauge",
  histogram: "otel_metrics_histogram",
} as const satisfies Record<Family["kind"], MetricsTable>;

function samplesOf(family: Family): readonly object[] {
  switch (family.kind) {
    case "counter":
      return family.samples.map(({ labels, value }) => ({
        Attributes: attributesOf(labels),
        Value: value,
        AggregationTemporality: CUMULATIVE,
        IsMonotonic: true,
      }));
    case "gauge":
      return family.samples.map(({ labels, value }) => ({ Attributes: attributesOf(labels), Value: value }));
    case "histogram":
      return family.samples.map(({ labels, count, sum, bounds, buckets }) => ({
        Attributes: attributesOf(labels),
        Count: count,
        Sum: sum,
        BucketCounts: buckets,
        ExplicitBounds: bounds,
        AggregationTemporality: CUMULATIVE,
      }));
  }
}

const attributesOf = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(labels)
      .map(([name, value]) => [TARGET_LABELS.has(name) ? `exported_${name}` : name, value] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
