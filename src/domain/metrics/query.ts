import { DomainError } from "../errors.ts";

/** What a label must be: exactly this, not this, or matched by an expression of RE2 that is anchored at both ends. */
export type Match = { readonly is: string } | { readonly not: string } | { readonly matches: string };

/** By label name; all of them must hold. A label that a series lacks counts as empty, as in Prometheus. */
export type Labels = Readonly<Record<string, Match>>;

/**
 * One number over time, said without a query language, so that ClickHouse and Prometheus can both be asked for it.
 *
 * `rate` is the rise a second of a counter (of `x_count` and `x_sum`: of the histogram `x`); resets are seen. `quantile`
 * reads a histogram, in its unit, by linear interpolation as `histogram_quantile` does. `gauge` takes each series' mean
 * (`avg`), highest (`max`), lowest (`min`) or newest value (`sum`) in the window, and joins the series likewise.
 * `ratio` is one figure over another, label by label; where the divisor is 0 or missing there is no point, and a rate
 * that is missing above it counts as 0.
 */
export type Figure =
  | { readonly kind: "rate"; readonly metric: string; readonly where?: Labels | undefined }
  | {
      readonly kind: "quantile";
      readonly q: number;
      readonly metric: string;
      readonly where?: Labels | undefined;
    }
  | {
      readonly kind: "gauge";
      readonly metric: string;
      readonly by: "avg" | "max" | "min" | "sum";
      readonly where?: Labels | undefined;
    }
  | { readonly kind: "ratio"; readonly of: Figure; readonly to: Figure };

/** A figure that one read answers. */
export type PlainFigure = Exclude<Figure, { readonly kind: "ratio" }>;

/**
 * A figure in an environment, one series for each value of the labels `by`. Labels are `service`, `instance`, `zone`
 * and the metric's own (`route`, `method`, `status`, `name`, …).
 */
export interface MetricQuery {
  readonly env: string;
  readonly figure: Figure;
  readonly by: readonly string[];
  readonly where?: Labels | undefined;
}

/** The points of an answer: `steps` windows of `windowMs`, the first ending at `fromMs`, each `stepMs` after the one before. */
export interface Windows {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly steps: number;
  readonly windowMs: number;
}

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/;
export const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/;

/** The conditions of a query on one figure in it. A label named in both must hold both. Throws INVALID for bad names. */
export function conditionsOf(query: MetricQuery, figure: PlainFigure): readonly (readonly [string, Match])[] {
  if (!METRIC_NAME.test(figure.metric)) throw new DomainError("INVALID", `${figure.metric} names no metric.`);
  if (figure.kind === "quantile" && !(figure.q > 0 && figure.q < 1))
    throw new DomainError("INVALID", "A quantile lies between 0 and 1.");
  const conditions = [...Object.entries(query.where ?? {}), ...Object.entries(figure.where ?? {})];
  for (const name of [...query.by, ...conditions.map(([label]) => label)])
    if (!LABEL_NAME.test(name) || name === "le" || name === "env")
      throw new DomainError("INVALID", `${name} is no label to ask by.`);
  return conditions;
}
