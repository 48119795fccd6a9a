import { type FigureRow, toClickhouse } from "../../domain/metrics/clickhouse.ts";
import { quantileOf } from "../../domain/metrics/histogram.ts";
import type { Figure, MetricQuery, PlainFigure, Windows } from "../../domain/metrics/query.ts";
import type { TelemetryStore } from "../telemetry/store.ts";
import type { MetricsReader, Point, Series } from "./metrics-reader.ts";
import { windowsOf } from "./windows.ts";

/** What windows hold, by label values: a point for each window that has one. */
type Table = ReadonlyMap<
  string,
  { readonly labels: readonly string[]; readonly points: Map<number, number> }
>;

/** Answers from the samples in the telemetry store. */
export function createStoreReader(store: TelemetryStore): MetricsReader {
  async function tableOf(query: MetricQuery, figure: Figure, windows: Windows): Promise<Table> {
    if (figure.kind !== "ratio") return plain(query, figure, windows);
    const [of, to] = await Promise.all([
      tableOf(query, figure.of, windows),
      tableOf(query, figure.to, windows),
    ]);
    return ratio(of, to, figure.of.kind === "rate");
  }

  async function plain(query: MetricQuery, figure: PlainFigure, windows: Windows): Promise<Table> {
    const { sql, params } = toClickhouse(query, figure, windows);
    const rows = await store.query<FigureRow>(sql, params);
    const table = new Map<string, { labels: readonly string[]; points: Map<number, number> }>();
    for (const { k, labels, value, buckets } of rows) {
      const number = figure.kind === "quantile" ? quantileOf(figure.q, buckets ?? []) : value;
      if (number === undefined || number === null || !Number.isFinite(number)) continue;
      const key = JSON.stringify(labels);
      const series = table.get(key) ?? { labels, points: new Map<number, number>() };
      table.set(key, series);
      series.points.set(k, number);
    }
    return table;
  }

  const named = (query: MetricQuery, values: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(query.by.map((name, index) => [name, values[index] ?? ""]));

  return {
    async range(query, span): Promise<readonly Series[]> {
      const windows = windowsOf(span);
      const table = await tableOf(query, query.figure, windows);
      return [...table.values()].map(({ labels, points }) => ({
        labels: named(query, labels),
        points: [...points]
          .toSorted(([a], [b]) => a - b)
          .map(([k, value]) => [windows.fromMs + k * windows.stepMs, value] as const),
      }));
    },
    async instant(query, { atMs, windowMs }): Promise<readonly Point[]> {
      const windows = { fromMs: Math.round(atMs), stepMs: 1_000, steps: 1, windowMs };
      const table = await tableOf(query, query.figure, windows);
      return [...table.values()].flatMap(({ labels, points }) =>
        [...points.values()].map((value) => ({ labels: named(query, labels), value })),
      );
    },
  };
}

function ratio(of: Table, to: Table, missingIsZero: boolean): Table {
  const table = new Map<string, { labels: readonly string[]; points: Map<number, number> }>();
  for (const [key, { labels, points }] of to) {
    const above = of.get(key)?.points;
    const quotients = new Map<number, number>();
    for (const [k, divisor] of points) {
      const dividend = above?.get(k) ?? (missingIsZero ? 0 : undefined);
      if (dividend !== undefined && divisor > 0) quotients.set(k, dividend / divisor);
    }
    if (quotients.size > 0) table.set(key, { labels, points: quotients });
  }
  return table;
}
