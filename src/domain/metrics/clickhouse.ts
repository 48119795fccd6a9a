import { conditionsOf, type Match, type MetricQuery, type PlainFigure, type Windows } from "./query.ts";

/** A statement with ClickHouse's typed parameters. */
export interface Statement {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A row of the answer: window `k` counted from 0, the labels in the order of `by`, and a value or a histogram. */
export interface FigureRow {
  readonly k: number;
  readonly labels: readonly string[];
  /** Undefined for quantiles. */
  readonly value?: number | null;
  /** Of quantiles: how often a second at most `le` (null is infinite), by rising `le`. */
  readonly buckets?: readonly (readonly [le: number | null, rate: number])[];
}

/**
 * The statement for one plain figure over the tables of the OpenTelemetry Collector's exporter (contrib,
 * clickhouseexporter) with our column `Environment`. Rates are Prometheus' own arithmetic (promql/functions.go,
 * `extrapolatedRate` of v2.42): the same samples give the same numbers, resets and extrapolation included. Deltas of
 * OTLP are summed. Windows are open at their start. Throws INVALID for names that can't be asked.
 */
export function toClickhouse(query: MetricQuery, figure: PlainFigure, windows: Windows): Statement {
  const params: Record<string, unknown> = {
    env: query.env,
    from: windows.fromMs,
    step: windows.stepMs,
    steps: windows.steps,
    window: windows.windowMs,
  };
  const param = (value: string): string => {
    const name = `p${Object.keys(params).length}`;
    params[name] = value;
    return `{${name}:String}`;
  };
  const conditions = conditionsOf(query, figure);
  const label = (name: string): string => {
    const resource = RESOURCE_LABELS[name];
    if (resource === "") return "ServiceName";
    return resource === undefined ? `Attributes[${param(name)}]` : `ResourceAttributes['${resource}']`;
  };
  const where = conditions.map(([name, match]) => conditionOf(label(name), match, param));
  const labels = `[${query.by.map((name) => `toString(${label(name)})`).join(", ")}]::Array(String)`;
  const source = (
    read: Read,
  ): string => `SELECT ${labels} AS labels, ${read.key} AS series, ${read.bounds} AS bounds,
    ${read.delta} AS delta, toUnixTimestamp64Milli(TimeUnix) AS t, ${read.value} AS v
  FROM ${read.table}
  WHERE MetricName = ${param(read.metric)} AND Environment = {env:String}
    AND TimeUnix > fromUnixTimestamp64Milli(toInt64({from:Int64} - {window:Int64}))
    AND TimeUnix <= fromUnixTimestamp64Milli(toInt64({from:Int64} + {step:Int64} * ({steps:Int64} - 1)))${where.map((one) => `\n    AND ${one}`).join("")}`;
  const samples = readsOf(figure).map(source).join("\n  UNION ALL ");
  const sql = figure.kind === "gauge" ? gaugeSql(samples, figure.by) : rateSql(samples, figure.kind);
  return { sql, params };
}

const RESOURCE_LABELS: Readonly<Record<string, string>> = {
  service: "",
  instance: "service.instance.id",
  zone: "cloud.availability_zone",
};

interface Read {
  readonly table: string;
  readonly metric: string;
  /** Cumulative for counters; an array, so that a histogram is many counters at once. */
  readonly value: string;
  readonly bounds: string;
  readonly delta: string;
  readonly key: string;
}

const KEY =
  "cityHash64(ServiceName, ResourceAttributes['service.instance.id'], mapKeys(Attributes), mapValues(Attributes))";
const NO_BOUNDS = "emptyArrayFloat64()";

function readsOf(figure: PlainFigure): readonly Read[] {
  const { metric, kind } = figure;
  const delta = "AggregationTemporality = 1";
  const plain = (table: string, isDelta: string): Read => ({
    table,
    metric,
    value: "[toFloat64(Value)]",
    bounds: NO_BOUNDS,
    delta: isDelta,
    key: KEY,
  });
  const histogram = (name: string, value: string, bounds: string): Read => ({
    table: "otel_metrics_histogram",
    metric: name,
    value,
    bounds,
    delta,
    key: `cityHash64(${KEY}, ExplicitBounds)`,
  });
  if (kind === "gauge") return [plain("otel_metrics_gauge", "false"), plain("otel_metrics_sum", "false")];
  if (kind === "quantile") {
    const buckets = "arrayMap(each -> toFloat64(each), arrayCumSum(BucketCounts))";
    return [histogram(metric, buckets, "arrayMap(each -> toFloat64(each), ExplicitBounds)")];
  }
  const counter = plain("otel_metrics_sum", delta);
  const part = /^(.+)_(count|sum)$/.exec(metric);
  if (part?.[1] === undefined) return [counter];
  const value = part[2] === "count" ? "[toFloat64(Count)]" : "[toFloat64(Sum)]";
  return [counter, histogram(part[1], value, NO_BOUNDS)];
}

function conditionOf(expression: string, match: Match, param: (value: string) => string): string {
  if ("is" in match) return `${expression} = ${param(match.is)}`;
  if ("not" in match) return `${expression} != ${param(match.not)}`;
  return `match(${expression}, ${param(`^(?:${match.matches})$`)})`;
}

/** The windows that a sample at `t` is in: those that end at or after it, and start before it. */
const WINDOW_OF_SAMPLE = `arrayJoin(range(
      toUInt32(greatest(0, toInt64(ceil((t - {from:Int64}) / {step:Int64})))),
      toUInt32(least({steps:Int64}, greatest(0, toInt64(ceil((t - {from:Int64} + {window:Int64}) / {step:Int64})))))
    )) AS k`;

function gaugeSql(samples: string, by: "avg" | "max" | "min" | "sum"): string {
  const each = by === "sum" ? "argMax(v[1], t)" : `${by}(v[1])`;
  return `SELECT k, labels, ${by}(each) AS value FROM (
  SELECT labels, series, ${WINDOW_OF_SAMPLE}, ${each} AS each FROM (${samples}) GROUP BY labels, series, k
) GROUP BY k, labels ORDER BY labels, k`;
}

/** Prometheus' `extrapolatedRate`: what rose between the first and last sample, stretched towards the window's ends. */
const RATE_OF_WINDOW = `arrayMap((first, rise, begin) ->
      rise * (sampled + if(begin < mean * 1.1, begin, mean / 2) + if(toEnd < mean * 1.1, toEnd, mean / 2)) / sampled / seconds,
      firsts, rises,
      arrayMap((first, rise) -> if(rise > 0 AND first >= 0, least(toStart, sampled * first / rise), toStart), firsts, rises))`;

function rateSql(samples: string, kind: "rate" | "quantile"): string {
  const rates = `SELECT labels, k, bounds, if(delta, arrayMap(each -> each / seconds, totals), ${RATE_OF_WINDOW}) AS rates
  FROM (
    SELECT labels, series, bounds, delta, k, firsts, totals, {window:Int64} / 1000 AS seconds,
      (t1 - t0) / 1000 AS sampled, sampled / (n - 1) AS mean,
      (t0 - ({from:Int64} + k * {step:Int64} - {window:Int64})) / 1000 AS toStart,
      ({from:Int64} + k * {step:Int64} - t1) / 1000 AS toEnd,
      arrayMap((first, last, resets, before) -> last - first + resets - before, firsts, lasts, allResets, resetsBefore) AS rises
    FROM (
      SELECT labels, series, bounds, delta, ${WINDOW_OF_SAMPLE},
        min(t) AS t0, max(t) AS t1, count() AS n, argMin(v, t) AS firsts, argMax(v, t) AS lasts,
        sumForEach(resets) AS allResets, argMin(resets, t) AS resetsBefore, sumForEach(v) AS totals
      FROM (
        SELECT labels, series, bounds, delta, t, v, arrayMap((now, before) -> if(now < before, before, 0), v, earlier) AS resets
        FROM (
          SELECT *, lagInFrame(v, 1, v) OVER (PARTITION BY series ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS earlier
          FROM (${samples})
        )
      )
      GROUP BY labels, series, bounds, delta, k
    )
    WHERE delta OR (n > 1 AND t1 > t0)
  )`;
  if (kind === "rate") {
    return `SELECT k, labels, sum(rates[1]) AS value FROM (${rates}) GROUP BY k, labels ORDER BY labels, k`;
  }
  return `SELECT k, labels, arraySort(groupArray((le, rate))) AS buckets FROM (
  SELECT k, labels, le, sum(each) AS rate FROM (${rates})
  ARRAY JOIN arrayConcat(bounds, [inf]) AS le, rates AS each
  GROUP BY k, labels, le
) GROUP BY k, labels ORDER BY labels, k`;
}
