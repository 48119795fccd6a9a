import { type AlertLabels, type Matcher, matches } from "../../domain/alerts/index.ts";
import { groupBy } from "../../domain/group-by.ts";
import type { Labels, MetricQuery } from "../../domain/metrics/query.ts";
import type { MetricsReader, Point } from "../metrics/metrics-reader.ts";

/** One value of a gauge as the control plane itself counts it. */
export interface OwnSample {
  readonly labels: AlertLabels;
  readonly value: number;
}

/**
 * The present values of one of our own gauges; undefined where there is none of that name. Throws a `DomainError`
 * UNAVAILABLE where they can't be told now: what fires then fires on.
 */
export type OwnGauges = (name: string, env: string) => Promise<readonly OwnSample[] | undefined>;

/**
 * Answers for gauges of the control plane from its own memory, and hands on all else: that the history is late, or an
 * instance unproved, is told of without a telemetry store.
 */
export const withOwnMetrics = (own: OwnGauges, others: MetricsReader): MetricsReader => ({
  range: (query, span) => others.range(query, span),
  async instant(query, span) {
    const { figure } = query;
    const samples = figure.kind === "gauge" ? await own(figure.metric, query.env) : undefined;
    if (samples === undefined || figure.kind !== "gauge") return others.instant(query, span);
    return gaugePoints(query, samples, figure.by, figure.where);
  },
});

function gaugePoints(
  query: MetricQuery,
  samples: readonly OwnSample[],
  by: "avg" | "max" | "min" | "sum",
  where: Labels | undefined,
): Point[] {
  const wanted = matchersOf({ ...query.where, ...where, env: { is: query.env } });
  const standing = samples.filter(({ labels }) => matches(wanted, labels));
  const groups = groupBy(standing, ({ labels }) =>
    JSON.stringify(query.by.map((name) => labels[name] ?? "")),
  );
  return [...groups].map(([key, members]) => {
    const values: string[] = JSON.parse(key) as string[];
    return {
      labels: Object.fromEntries(query.by.map((name, index) => [name, values[index] ?? ""])),
      value: joined(
        members.map(({ value }) => value),
        by,
      ),
    };
  });
}

const matchersOf = (labels: Labels): Matcher[] =>
  Object.entries(labels).map(([label, match]) => {
    if ("is" in match) return { label, op: "=", value: match.is };
    return "not" in match ? { label, op: "!=", value: match.not } : { label, op: "=~", value: match.matches };
  });

function joined(values: readonly number[], by: "avg" | "max" | "min" | "sum"): number {
  if (by === "max") return Math.max(...values);
  if (by === "min") return Math.min(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return by === "sum" ? sum : sum / values.length;
}
