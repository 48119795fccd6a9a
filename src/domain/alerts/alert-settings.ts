import { changeSetId, describeIssues, LIMITS, serviceName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { DomainError } from "../errors.ts";
import { condition } from "./condition.ts";
import { labelName, matchers } from "./matching.ts";
import { receiver } from "./receivers.ts";

export const SEVERITIES = ["critical", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

const ruleName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, {
  error: "a rule's name is letters, digits and _, such as BreakerOpen",
});
const seconds = (most: number) => z.number().int().min(0).max(most);
const words = z.string().trim().max(1_000);
const instant = z.iso.datetime({ error: "must be a time such as 2026-11-23T03:00:00Z" });

/** A rule: when its condition has held for a while, each group of labels that it holds for is an alert. */
export const alertRule = z.strictObject({
  name: ruleName,
  severity: z.enum(SEVERITIES, { error: `severity must be one of ${SEVERITIES.join(", ")}` }),
  condition,
  /** Only past this does it fire. */
  forSeconds: seconds(86_400),
  /** Still fires for so long after the condition ended: no mail for each blink. */
  keepFiringSeconds: seconds(86_400).default(0),
  /** `{{ service }}` and the like are filled with the alert's labels, `{{ value }}` with what was measured. */
  summary: words.min(1, { error: "summary must not be empty: say what whoever is woken should know" }),
  description: words.default(""),
  runbook: z.union([z.url({ error: "runbook must be a URL" }), z.literal("")]).default(""),
  enabled: z.boolean().default(true),
});
export type AlertRule = z.infer<typeof alertRule>;

/** A time in which thresholds that scale are others: a sale day. */
export const saleDay = z
  .strictObject({
    from: instant,
    to: instant,
    factor: z.number().gt(0, { error: "factor must be above 0" }).max(1_000),
    /** Left out: every service. */
    services: z.array(serviceName).min(1).max(100).optional(),
    reason: z.string().trim().min(1, { error: "reason must not be empty" }).max(LIMITS.reasonLength),
  })
  .refine((day) => Date.parse(day.from) < Date.parse(day.to), { error: "to must be after from" });
export type SaleDay = z.infer<typeof saleDay>;

/** Where alerts go: the first route that matches takes them, and the next ones too where it says `continue`. */
export const route = z.strictObject({
  match: matchers,
  receiver: z.string(),
  /** Alerts with equal values of these labels go out as one message. */
  groupBy: z.array(labelName).max(5).default(["alertname"]),
  groupWaitSeconds: seconds(3_600).default(10),
  groupIntervalSeconds: z.number().int().min(5).max(86_400).default(60),
  repeatSeconds: z.number().int().min(60).max(604_800).default(14_400),
  continue: z.boolean().default(false),
});
export type Route = z.infer<typeof route>;

/** While an alert of `source` fires, those of `target` with equal values of `equal` are not sent. */
export const inhibition = z.strictObject({
  source: matchers.min(1, { error: "source must match by at least one label" }),
  target: matchers.min(1, { error: "target must match by at least one label" }),
  equal: z.array(labelName).max(5),
});
export type Inhibition = z.infer<typeof inhibition>;

export const silence = z
  .strictObject({
    id: changeSetId,
    match: matchers.min(1, { error: "a silence must match by at least one label" }),
    from: instant,
    to: instant,
    author: z.string().max(200),
    reason: z
      .string()
      .trim()
      .min(1, { error: "reason must not be empty: say why nobody is told" })
      .max(LIMITS.reasonLength),
  })
  .refine((one) => Date.parse(one.from) < Date.parse(one.to), { error: "to must be after from" });
export type Silence = z.infer<typeof silence>;

const named =
  <Item>(what: string, nameOf: (item: Item) => string) =>
  (items: readonly Item[], context: z.RefinementCtx) => {
    const seen = new Set<string>();
    items.forEach((item, index) => {
      const name = nameOf(item);
      if (seen.has(name))
        context.addIssue({ code: "custom", path: [index], message: `there are two ${what} ${name}` });
      seen.add(name);
    });
  };

const byName = (item: { readonly name: string }): string => item.name;

/** Everything that an environment's alerts are set by. */
export const alertSettings = z
  .strictObject({
    schema: z.literal(1),
    rules: z.array(alertRule).max(200, { error: "at most 200 rules" }).superRefine(named("rules", byName)),
    receivers: z
      .array(receiver)
      .max(50, { error: "at most 50 receivers" })
      .superRefine(named("receivers", byName)),
    routes: z.array(route).max(100, { error: "at most 100 routes" }),
    inhibitions: z.array(inhibition).max(50, { error: "at most 50 inhibitions" }),
    saleDays: z.array(saleDay).max(100, { error: "at most 100 sale days: drop old ones" }),
    silences: z.array(silence).max(500, { error: "at most 500 silences: drop old ones" }),
  })
  .superRefine(({ routes, receivers }, context) => {
    const known = new Set(receivers.map(byName));
    routes.forEach((one, index) => {
      if (known.has(one.receiver)) return;
      context.addIssue({
        code: "custom",
        path: ["routes", index, "receiver"],
        message: `there is no receiver ${one.receiver}`,
      });
    });
  });
export type AlertSettings = z.infer<typeof alertSettings>;

/** Throws INVALID that names each field at fault. */
export function parseAlertSettings(input: unknown): AlertSettings {
  const read = alertSettings.safeParse(input);
  if (read.success) return read.data;
  throw new DomainError("INVALID", describeIssues(read.error));
}

/** What thresholds that scale are multiplied by now: of several days that overlap, the largest. */
export function factorAt(days: readonly SaleDay[], service: string | undefined, nowMs: number): number {
  const standing = days.filter(
    ({ from, to, services }) =>
      Date.parse(from) <= nowMs &&
      nowMs < Date.parse(to) &&
      (services === undefined || (service !== undefined && services.includes(service))),
  );
  return standing.length === 0 ? 1 : Math.max(...standing.map(({ factor }) => factor));
}
