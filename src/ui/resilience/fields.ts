import { SIGNALS } from "@leverframe/agent/protocol";
import type { ResilienceKind, Spec } from "./kinds.ts";

/** Keys of `leverFields.unit` in the messages; the empty one is no unit. */
export type Unit = "" | "calls" | "seconds" | "ms" | "percent" | "times" | "perSecond";

/** How a value is typed. `min` and `max` are those of the protocol's schema, which alone decides. */
export type Shape =
  | {
      readonly as: "whole" | "number" | "share";
      readonly min: number;
      readonly max: number;
      /** `min` itself is too small. */
      readonly above?: true;
      readonly unit: Unit | ((spec: Spec) => Unit);
    }
  | { readonly as: "choice"; readonly choices: readonly string[] }
  /** Names, by line or comma. */
  | { readonly as: "list" }
  /** One word. */
  | { readonly as: "text" }
  /** Shares in percent, by line or comma. */
  | { readonly as: "steps" }
  /** `name = number`, a line each. */
  | { readonly as: "numbers" }
  /** `name = share`, a line each; shares in percent. */
  | { readonly as: "shares" }
  /** Shown here, changed on the service's own page. */
  | { readonly as: "elsewhere" };

/** One field of a kind's form; its words are `leverFields.label` and `.hint` under `{kind}-{key}`. */
export interface FieldRow {
  readonly key: string;
  readonly shape: Shape;
  /** Key of `leverFields.group`; fields of one group stand together. */
  readonly group: string;
  readonly optional?: true;
  /** Where it means nothing, it is neither shown nor published. */
  readonly only?: (spec: Spec) => boolean;
}

const HOUR_MS = 3_600_000;
const whole = (min: number, max: number, unit: Unit | ((spec: Spec) => Unit)): Shape => ({
  as: "whole",
  min,
  max,
  unit,
});
const ms = (min: number, max = HOUR_MS): Shape => whole(min, max, "ms");
const percent = { as: "number", min: 0, max: 100, above: true, unit: "percent" } as const satisfies Shape;
const choice = (...choices: string[]): Shape => ({ as: "choice", choices });
const isRate = (spec: Spec): boolean => spec["type"] === "RATE";
const has = (spec: Spec, key: string): boolean => spec[key] !== undefined && spec[key] !== "";
const isOfCalls = (spec: Spec): boolean =>
  spec["signal"] !== "cpuPercent" && spec["signal"] !== "eventLoopDelayMs";
const amount = (o: { readonly above?: true }): Shape => ({
  as: "number",
  min: 0,
  max: HOUR_MS,
  ...o,
  unit: (spec) => (spec["signal"] === "eventLoopDelayMs" ? "ms" : "percent"),
});
const isHot = (spec: Spec): boolean => isRate(spec) && has(spec, "hotKey");

/** Every field of every kind, in the order in which it is asked. A breaker's mode has a control of its own. */
export const FIELDS: Readonly<Record<ResilienceKind, readonly FieldRow[]>> = {
  breaker: [
    { key: "slidingWindowType", group: "window", shape: choice("TIME_BASED", "COUNT_BASED") },
    {
      key: "slidingWindowSize",
      group: "window",
      shape: whole(1, 10_000, (spec) => (spec["slidingWindowType"] === "TIME_BASED" ? "seconds" : "calls")),
    },
    { key: "minimumNumberOfCalls", group: "window", shape: whole(1, 10_000, "calls") },
    { key: "failureRateThreshold", group: "opens", shape: percent },
    { key: "slowCallRateThreshold", group: "opens", shape: percent },
    { key: "slowCallDurationThresholdMs", group: "opens", shape: ms(1) },
    { key: "waitDurationInOpenStateMs", group: "closes", shape: ms(100) },
    { key: "permittedNumberOfCallsInHalfOpenState", group: "closes", shape: whole(1, 1_000, "calls") },
    { key: "successesToClose", group: "closes", shape: whole(1, 1_000, "calls") },
    { key: "maxWaitDurationInHalfOpenStateMs", group: "closes", shape: ms(0) },
  ],
  retry: [
    { key: "maxAttempts", group: "attempts", shape: whole(1, 10, "times") },
    { key: "budgetPercent", group: "attempts", shape: { as: "number", min: 0, max: 100, unit: "percent" } },
    { key: "retryOn", group: "attempts", optional: true, shape: { as: "list" } },
    { key: "backoff", group: "waits", shape: choice("EXPONENTIAL", "FIXED") },
    { key: "waitDurationMs", group: "waits", shape: ms(0, 60_000) },
    { key: "multiplier", group: "waits", shape: { as: "number", min: 1, max: 10, unit: "" } },
    { key: "maxWaitDurationMs", group: "waits", shape: ms(0, 60_000) },
    { key: "jitter", group: "waits", shape: choice("FULL", "NONE") },
  ],
  timeout: [
    { key: "timeoutMs", group: "values", shape: ms(1) },
    { key: "attemptTimeoutMs", group: "values", optional: true, shape: ms(1) },
  ],
  limit: [
    { key: "type", group: "values", shape: choice("RATE", "CONCURRENCY") },
    { key: "permitsPerSecond", group: "values", only: isRate, shape: whole(1, 1_000_000, "perSecond") },
    {
      key: "burst",
      group: "values",
      only: (spec) => isRate(spec) && !has(spec, "warmUpSeconds"),
      optional: true,
      shape: whole(1, 1_000_000, "calls"),
    },
    {
      key: "warmUpSeconds",
      group: "values",
      only: isRate,
      optional: true,
      shape: whole(1, 3_600, "seconds"),
    },
    {
      key: "maxConcurrentCalls",
      group: "values",
      only: (spec) => !isRate(spec),
      shape: whole(1, 100_000, "calls"),
    },
    {
      key: "adaptation",
      group: "values",
      only: (spec) => !isRate(spec),
      optional: true,
      shape: choice("FIXED", "GRADIENT"),
    },
    {
      key: "minConcurrentCalls",
      group: "values",
      only: (spec) => !isRate(spec) && spec["adaptation"] === "GRADIENT",
      optional: true,
      shape: whole(1, 100_000, "calls"),
    },
    { key: "maxQueueDurationMs", group: "queue", shape: ms(0, 60_000) },
    { key: "maxQueuedCalls", group: "queue", optional: true, shape: whole(0, 100_000, "calls") },
    { key: "hotKey", group: "hot", only: isRate, optional: true, shape: { as: "text" } },
    {
      key: "hotPermitsPerSecond",
      group: "hot",
      only: isHot,
      optional: true,
      shape: whole(1, 1_000_000, "perSecond"),
    },
    { key: "hotOverrides", group: "hot", only: isHot, optional: true, shape: { as: "numbers" } },
  ],
  traffic: [
    {
      key: "balancer",
      group: "values",
      shape: choice("ROUND_ROBIN", "WEIGHTED", "P2C", "LATENCY_EWMA", "CPU_AWARE"),
    },
    { key: "locality", group: "zones", optional: true, shape: choice("NONE", "ZONE_FIRST") },
    {
      key: "localityMinHealthyPercent",
      group: "zones",
      optional: true,
      only: (spec) => spec["locality"] === "ZONE_FIRST",
      shape: whole(1, 100, "percent"),
    },
    { key: "consecutiveFailures", group: "outliers", optional: true, shape: whole(1, 1_000, "calls") },
    { key: "failurePercentThreshold", group: "outliers", optional: true, shape: percent },
    { key: "outlierIntervalMs", group: "outliers", optional: true, shape: ms(1_000) },
    { key: "baseEjectionTimeMs", group: "outliers", optional: true, shape: ms(1_000, 300_000) },
    { key: "maxEjectionPercent", group: "outliers", optional: true, shape: whole(0, 100, "percent") },
    { key: "slowStartMs", group: "starts", optional: true, shape: ms(0) },
    { key: "weights", group: "byInstance", optional: true, shape: { as: "elsewhere" } },
    { key: "drain", group: "byInstance", optional: true, shape: { as: "elsewhere" } },
    { key: "isolate", group: "byInstance", optional: true, shape: { as: "elsewhere" } },
  ],
  degrade: [
    {
      key: "switch",
      group: "acts",
      only: (spec) => !has(spec, "breaker"),
      optional: true,
      shape: { as: "text" },
    },
    {
      key: "breaker",
      group: "acts",
      only: (spec) => !has(spec, "switch"),
      optional: true,
      shape: { as: "text" },
    },
    { key: "signal", group: "sees", shape: choice(...SIGNALS) },
    { key: "of", group: "sees", only: isOfCalls, optional: true, shape: { as: "text" } },
    { key: "above", group: "sees", shape: amount({ above: true }) },
    { key: "forMs", group: "sees", shape: ms(0) },
    { key: "recoverBelow", group: "recovers", shape: amount({}) },
    { key: "recoverForMs", group: "recovers", shape: ms(0) },
    { key: "recoverStepsBp", group: "recovers", optional: true, shape: { as: "steps" } },
  ],
  sampling: [
    { key: "rateBp", group: "values", shape: { as: "share", min: 0, max: 100, unit: "percent" } },
    { key: "routes", group: "values", optional: true, shape: { as: "shares" } },
  ],
};

/** Fields that mean something beside the others' values. */
export const fieldsOf = (kind: ResilienceKind, spec: Spec): readonly FieldRow[] =>
  FIELDS[kind].filter(({ only }) => only?.(spec) ?? true);
