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
 * `ratio` is one figure over another, label by label; where the divisor is 0 or missing there is no point.
 */
export type Figure =
  | { readonly kind: "rate"; readonly metric: string; readonly where?: Labels }
  | { readonly kind: "quantile"; readonly q: number; readonly metric: string; readonly where?: Labels }
  | {
      readonly kind: "gauge";
      readonly metric: string;
      readonly by: "avg" | "max" | "min" | "sum";
      readonly where?: Labels;
    }
  | { readonly kind: "ratio"; readonly of: Figure; readonly to: Figure };

/**
 * A figure in an environment, one series for each value of the labels `by`. Labels are `service`, `instance`, `zone`
 * and the metric's own (`route`, `method`, `status`, `name`, …).
 */
export interface MetricQuery {
  readonly env: string;
  readonly figure: Figure;
  readonly by: readonly string[];
  readonly where?: Labels;
}
