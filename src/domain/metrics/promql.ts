import { conditionsOf, type Figure, type Match, type MetricQuery, type PlainFigure } from "./query.ts";

/**
 * The query in PromQL, for Prometheus 2.26 and later: evaluated at a moment it is the figure over the `windowMs` before
 * it. Usable in rule files as it stands. Throws INVALID for names that Prometheus does not take.
 */
export function toPromql(query: MetricQuery, windowMs: number): string {
  return textOf(query, query.figure, `[${durationOf(windowMs)}]`);
}

function textOf(query: MetricQuery, figure: Figure, window: string): string {
  if (figure.kind !== "ratio") return plain(query, figure, window);
  const to = textOf(query, figure.to, window);
  const of = textOf(query, figure.of, window);
  const dividend = figure.of.kind === "rate" ? `(${of} or ${to} * 0)` : of;
  return `${dividend} / (${to} > 0)`;
}

function plain(query: MetricQuery, figure: PlainFigure, window: string): string {
  const where = [["env", { is: query.env }] as const, ...conditionsOf(query, figure)].map(
    ([label, match]) => label + matcherOf(match),
  );
  const of = (suffix = ""): string => `${figure.metric}${suffix}{${where.join(", ")}}${window}`;
  const by = query.by.join(", ");
  switch (figure.kind) {
    case "rate":
      return `sum by (${by}) (rate(${of()}))`;
    case "quantile":
      return `histogram_quantile(${figure.q}, sum by (${["le", ...query.by].join(", ")}) (rate(${of("_bucket")})))`;
    case "gauge":
      return figure.by === "sum"
        ? `sum by (${by}) (last_over_time(${of()}))`
        : `${figure.by} by (${by}) (${figure.by}_over_time(${of()}))`;
  }
}

function matcherOf(match: Match): string {
  if ("is" in match) return `=${quoted(match.is)}`;
  return "not" in match ? `!=${quoted(match.not)}` : `=~${quoted(match.matches)}`;
}

/** Go's escapes, of which JSON's are a part but for `\/`, which JSON.stringify does not write. */
const quoted = (text: string): string => JSON.stringify(text);

const durationOf = (ms: number): string => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${Math.round(ms)}ms`);
