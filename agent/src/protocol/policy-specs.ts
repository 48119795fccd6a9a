import * as z from "zod";
import { resourceName } from "./names.ts";
import { HOUR_MS, wholeNumber } from "./numbers.ts";
import type { Objects } from "./objects.ts";

/**
 * The bodies of what `agent.call` goes by, and of the rules that degrade by themselves. Fields that came later are
 * optional: a body without them means what it always meant, and an agent that does not know one passes over it.
 */
export const retrySpec = ({ object }: Objects) =>
  object({
    maxAttempts: wholeNumber(1, 10),
    backoff: z.enum(["FIXED", "EXPONENTIAL"]),
    waitDurationMs: wholeNumber(0, 60_000),
    multiplier: z.number().min(1, { error: "must be at least 1" }).max(10, { error: "must be at most 10" }),
    maxWaitDurationMs: wholeNumber(0, 60_000),
    jitter: z.enum(["NONE", "FULL"]),
    /** Retries as a share of calls; above it none is made. */
    budgetPercent: z
      .number()
      .min(0, { error: "must be at least 0 %" })
      .max(100, { error: "must be at most 100 %" }),
    retryOn: z.array(z.string().min(1).max(64)).max(50).optional(),
  }).superRefine((spec, context) => {
    if (spec.maxWaitDurationMs < spec.waitDurationMs) {
      context.addIssue({
        code: "custom",
        path: ["maxWaitDurationMs"],
        message: `must be at least waitDurationMs (${spec.waitDurationMs})`,
      });
    }
  });

export const timeoutSpec = ({ object }: Objects) =>
  object({
    /** Of the whole call, its retries and their waits among it. */
    timeoutMs: wholeNumber(1, HOUR_MS),
    /** Of each attempt: what leaves time for another one. */
    attemptTimeoutMs: wholeNumber(1, HOUR_MS).optional(),
  }).superRefine((spec, context) => {
    if (spec.attemptTimeoutMs !== undefined && spec.attemptTimeoutMs > spec.timeoutMs) {
      context.addIssue({
        code: "custom",
        path: ["attemptTimeoutMs"],
        message: `must be at most timeoutMs (${spec.timeoutMs}), which ends the call before`,
      });
    }
  });

const RATE_FIELDS = [
  "permitsPerSecond",
  "burst",
  "warmUpSeconds",
  "hotKey",
  "hotPermitsPerSecond",
  "hotOverrides",
] as const;
const CONCURRENCY_FIELDS = ["maxConcurrentCalls", "adaptation", "minConcurrentCalls"] as const;
export const ADAPTATIONS = ["FIXED", "GRADIENT"] as const;

export const limitSpec = ({ object }: Objects) =>
  object({
    type: z.enum(["RATE", "CONCURRENCY"]),
    permitsPerSecond: wholeNumber(1, 1_000_000).optional(),
    /** Permits that a quiet time saves up; one second's worth where none is given. 1 paces calls evenly. */
    burst: wholeNumber(1, 1_000_000).optional(),
    /** A cold limit begins at a third of its rate and is whole after so long (Sentinel's cold factor); calls are paced evenly. */
    warmUpSeconds: wholeNumber(1, 3_600).optional(),
    /** The context key whose every value has a limit of its own beside the whole one. */
    hotKey: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/, { error: "must be 1 to 63 of A-Z, a-z, 0-9, '.', '_' and -" })
      .optional(),
    hotPermitsPerSecond: wholeNumber(1, 1_000_000).optional(),
    /** Value of the hot key → its own permits a second; 0 lets none through. */
    hotOverrides: z.record(z.string().min(1).max(128), wholeNumber(0, 1_000_000)).optional(),
    maxConcurrentCalls: wholeNumber(1, 100_000).optional(),
    /** GRADIENT: between `minConcurrentCalls` and `maxConcurrentCalls`, by how latency grows. */
    adaptation: z.enum(ADAPTATIONS, { error: `must be one of ${ADAPTATIONS.join(", ")}` }).optional(),
    minConcurrentCalls: wholeNumber(1, 100_000).optional(),
    maxQueueDurationMs: wholeNumber(0, 60_000),
    /** Calls that wait at once; 1,000 where none is given. */
    maxQueuedCalls: wholeNumber(0, 100_000).optional(),
  }).superRefine((spec, context) => {
    const fault = (field: string, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    const needed = spec.type === "RATE" ? "permitsPerSecond" : "maxConcurrentCalls";
    if (spec[needed] === undefined) fault(needed, `is needed by a ${spec.type} limit`);
    for (const foreign of spec.type === "RATE" ? CONCURRENCY_FIELDS : RATE_FIELDS) {
      if (spec[foreign] !== undefined) fault(foreign, `means nothing for a ${spec.type} limit`);
    }
    if (spec.type === "RATE") {
      if (spec.burst !== undefined && spec.warmUpSeconds !== undefined)
        fault("burst", "means nothing beside warmUpSeconds, which paces calls evenly");
      if (spec.hotKey !== undefined && spec.hotPermitsPerSecond === undefined)
        fault("hotPermitsPerSecond", "is needed by a hotKey: what each of its values may have");
      for (const field of ["hotPermitsPerSecond", "hotOverrides"] as const) {
        if (spec[field] !== undefined && spec.hotKey === undefined)
          fault("hotKey", `is needed by ${field}: the context key whose values are limited`);
      }
      return;
    }
    const { minConcurrentCalls: least, maxConcurrentCalls: most } = spec;
    if (least !== undefined && spec.adaptation !== "GRADIENT")
      fault("adaptation", "must be GRADIENT where minConcurrentCalls is given");
    if (least !== undefined && most !== undefined && least > most)
      fault("minConcurrentCalls", `must be at most maxConcurrentCalls (${most})`);
  });

/**
 * What a rule of automatic degradation looks at. Rates are percent of the calls of the last 10 s; `breakerOpen` is 100
 * while the breaker is not closed, else 0; `limitReached` counts the calls that a limit refused; `retryFailureRate`,
 * of the calls that were retried, those that failed all the same.
 */
export const SIGNALS = [
  "failureRate",
  "slowCallRate",
  "breakerOpen",
  "retryFailureRate",
  "limitReached",
  "cpuPercent",
  "eventLoopDelayMs",
] as const;
const PERCENT_SIGNALS: ReadonlySet<string> = new Set(SIGNALS.slice(0, 5));

export const degradeSpec = ({ object }: Objects) =>
  object({
    /** The switch that it degrades, at the instance where the signal is seen. */
    switch: resourceName.optional(),
    /** The breaker that it trips, in place of degrading a switch. */
    breaker: resourceName.optional(),
    signal: z.enum(SIGNALS, { error: `must be one of ${SIGNALS.join(", ")}` }),
    /** The call or breaker whose signal it is; the worst of the instance where none is given. */
    of: resourceName.optional(),
    above: z
      .number()
      .positive({ error: "must be above 0" })
      .max(HOUR_MS, { error: `must be at most ${HOUR_MS}` }),
    forMs: wholeNumber(0, HOUR_MS),
    recoverBelow: z
      .number()
      .min(0, { error: "must be at least 0" })
      .max(HOUR_MS, { error: `must be at most ${HOUR_MS}` }),
    recoverForMs: wholeNumber(0, HOUR_MS),
    /** Steps of the gradual recovery, in basis points still degraded. */
    recoverStepsBp: z.array(wholeNumber(0, 10_000)).max(20).optional(),
  }).superRefine((spec, context) => {
    const fault = (field: string, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    if (spec.recoverBelow >= spec.above) fault("recoverBelow", `must be below above (${spec.above})`);
    if ((spec.switch === undefined) === (spec.breaker === undefined))
      fault("switch", "give either the switch to degrade or the breaker to trip, and not both");
    if (PERCENT_SIGNALS.has(spec.signal) && spec.above >= 100)
      fault("above", `must be below 100 for ${spec.signal}, or it is never passed`);
    if (spec.of !== undefined && (spec.signal === "cpuPercent" || spec.signal === "eventLoopDelayMs"))
      fault("of", `means nothing for ${spec.signal}, which is the whole process's`);
  });

export type RetrySpec = z.infer<ReturnType<typeof retrySpec>>;
export type TimeoutSpec = z.infer<ReturnType<typeof timeoutSpec>>;
export type LimitSpec = z.infer<ReturnType<typeof limitSpec>>;
export type DegradeSpec = z.infer<ReturnType<typeof degradeSpec>>;
export type Signal = (typeof SIGNALS)[number];

/** What a call's retries are where the code asks for them and says no more (PROTOCOLS.md). */
export const DEFAULT_RETRY: RetrySpec = {
  maxAttempts: 3,
  backoff: "EXPONENTIAL",
  waitDurationMs: 200,
  multiplier: 2,
  maxWaitDurationMs: 5_000,
  jitter: "FULL",
  budgetPercent: 20,
};

/** A service's timeout where the code asks for one and says no more (PROTOCOLS.md). */
export const DEFAULT_TIMEOUT: TimeoutSpec = { timeoutMs: 3_000 };
