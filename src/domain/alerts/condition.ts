import * as z from "zod";
import type { Figure, Labels } from "../metrics/query.ts";
import { labelName } from "./matching.ts";

const metricName = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,127}$/, {
  error: "a metric's name is as Prometheus writes it, such as http_requests_total",
});
const text = z.string().max(200);
const labels: z.ZodType<Labels, Labels> = z.record(
  labelName,
  z.union([z.strictObject({ is: text }), z.strictObject({ not: text }), z.strictObject({ matches: text })]),
);

const plain = [
  z.strictObject({ kind: z.literal("rate"), metric: metricName, where: z.exactOptional(labels) }),
  z.strictObject({
    kind: z.literal("quantile"),
    q: z.number().gt(0, { error: "q must be between 0 and 1" }).lt(1, { error: "q must be between 0 and 1" }),
    metric: metricName,
    where: z.exactOptional(labels),
  }),
  z.strictObject({
    kind: z.literal("gauge"),
    metric: metricName,
    by: z.enum(["avg", "max", "min", "sum"], { error: "by must be avg, max, min or sum" }),
    where: z.exactOptional(labels),
  }),
] as const;

/** What is measured. A ratio is of two figures that are no ratios themselves. */
const figure: z.ZodType<Figure, Figure> = z.discriminatedUnion("kind", [
  ...plain,
  z.strictObject({
    kind: z.literal("ratio"),
    of: z.discriminatedUnion("kind", plain),
    to: z.discriminatedUnion("kind", plain),
  }),
]);

/** When a rule fires: a figure, for each group of labels, over a window, above or below a threshold. */
export const condition = z.strictObject({
  figure,
  by: z.array(labelName).max(5, { error: "at most 5 labels to group by" }),
  /** The figure is taken over so many seconds before each look. */
  windowSeconds: z.number().int().min(5).max(86_400),
  op: z.enum([">", "<", ">=", "<="], { error: "op must be >, <, >= or <=" }),
  threshold: z.number({ error: "threshold must be a number" }),
  /** Whether the factor of a sale day raises the threshold (or lowers it, where the rule watches for too little). */
  scales: z.boolean().default(false),
});
export type Condition = z.infer<typeof condition>;

/** The threshold under a factor; a lower bound shrinks as an upper one grows. */
export const thresholdAt = ({ threshold, op, scales }: Condition, factor: number): number =>
  scales ? (op.startsWith(">") ? threshold * factor : threshold / factor) : threshold;

export function exceeds(op: Condition["op"], value: number, threshold: number): boolean {
  if (op === ">") return value > threshold;
  if (op === ">=") return value >= threshold;
  return op === "<" ? value < threshold : value <= threshold;
}
