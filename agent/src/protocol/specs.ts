import * as z from "zod";
import { constraintSchema } from "./constraint.ts";
import { type Kind, resourceName } from "./names.ts";
import type { Objects } from "./objects.ts";

/**
 * The body of each kind of resource, at its newest schema version. Names and defaults: Resilience4j, Sentinel,
 * Unleash (PROTOCOLS.md, *Names and defaults*). Cross-field checks name the field that should change.
 */
const wholeNumber = (least: number, most: number) =>
  z
    .int({ error: "must be a whole number" })
    .min(least, { error: `must be at least ${least}` })
    .max(most, { error: `must be at most ${most}` });
const percent = z
  .number({ error: "must be a number" })
  .gt(0, { error: "must be above 0 %" })
  .max(100, { error: "must be at most 100 %" });
const HOUR_MS = 3_600_000;

const configSpec = ({ object }: Objects) =>
  object({
    format: z.enum(["json", "yaml", "properties", "text"]),
    value: z.string().optional(),
    secret: object({ kid: z.string(), iv: z.string(), ct: z.string(), tag: z.string() }).optional(),
  }).superRefine((spec, context) => {
    if ((spec.value === undefined) === (spec.secret === undefined)) {
      context.addIssue({
        code: "custom",
        path: ["value"],
        message: "give either value or secret, and not both",
      });
    }
    if (spec.format === "json" && spec.value !== undefined) {
      try {
        JSON.parse(spec.value);
      } catch (error) {
        context.addIssue({
          code: "custom",
          path: ["value"],
          message: `is not JSON: ${(error as Error).message}`,
        });
      }
    }
  });

export const LEVELS = ["core", "secondary", "non-core"] as const;
export const STRATEGIES = ["cached", "static", "placeholder", "simplified", "custom"] as const;
export const POSITIONS = ["NORMAL", "DEGRADED"] as const;

const switchSpec = (objects: Objects) =>
  objects
    .object({
      position: z.enum(POSITIONS, { error: "must be NORMAL or DEGRADED" }),
      level: z.enum(LEVELS, { error: `must be one of ${LEVELS.join(", ")}` }),
      strategy: z.enum(STRATEGIES, { error: `must be one of ${STRATEGIES.join(", ")}` }),
      payload: z.json().optional(),
      audience: z
        .array(constraintSchema(objects))
        .max(20, { error: "must hold at most 20 constraints" })
        .optional(),
    })
    .superRefine((spec, context) => {
      if (spec.strategy === "static" && spec.payload === undefined) {
        context.addIssue({
          code: "custom",
          path: ["payload"],
          message: "is what a static strategy serves: give one",
        });
      }
    });

export const BREAKER_MODES = ["NORMAL", "FORCED_OPEN", "DISABLED", "METRICS_ONLY"] as const;

const breakerSpec = ({ object }: Objects) =>
  object({
    slidingWindowType: z.enum(["COUNT_BASED", "TIME_BASED"]),
    /** Calls when COUNT_BASED, seconds when TIME_BASED. */
    slidingWindowSize: wholeNumber(1, 10_000),
    minimumNumberOfCalls: wholeNumber(1, 10_000),
    failureRateThreshold: percent,
    slowCallRateThreshold: percent,
    slowCallDurationThresholdMs: wholeNumber(1, HOUR_MS),
    waitDurationInOpenStateMs: wholeNumber(100, HOUR_MS),
    permittedNumberOfCallsInHalfOpenState: wholeNumber(1, 1_000),
    successesToClose: wholeNumber(1, 1_000),
    /** 0: a half-open breaker waits for its permitted calls without a limit. */
    maxWaitDurationInHalfOpenStateMs: wholeNumber(0, HOUR_MS),
    mode: z.enum(BREAKER_MODES),
  }).superRefine((spec, context) => {
    if (spec.slidingWindowType === "COUNT_BASED" && spec.minimumNumberOfCalls > spec.slidingWindowSize) {
      context.addIssue({
        code: "custom",
        path: ["minimumNumberOfCalls"],
        message: `must be at most slidingWindowSize (${spec.slidingWindowSize}), or the breaker never opens`,
      });
    }
    if (spec.slidingWindowType === "TIME_BASED" && spec.slidingWindowSize > 3_600) {
      context.addIssue({
        code: "custom",
        path: ["slidingWindowSize"],
        message: "must be at most 3600 seconds",
      });
    }
    if (spec.successesToClose > spec.permittedNumberOfCallsInHalfOpenState) {
      context.addIssue({
        code: "custom",
        path: ["successesToClose"],
        message: `must be at most permittedNumberOfCallsInHalfOpenState (${spec.permittedNumberOfCallsInHalfOpenState})`,
      });
    }
  });

const retrySpec = ({ object }: Objects) =>
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

const timeoutSpec = ({ object }: Objects) => object({ timeoutMs: wholeNumber(1, HOUR_MS) });

const limitSpec = ({ object }: Objects) =>
  object({
    type: z.enum(["RATE", "CONCURRENCY"]),
    permitsPerSecond: wholeNumber(1, 1_000_000).optional(),
    burst: wholeNumber(1, 1_000_000).optional(),
    maxConcurrentCalls: wholeNumber(1, 100_000).optional(),
    maxQueueDurationMs: wholeNumber(0, 60_000),
  }).superRefine((spec, context) => {
    const needed = spec.type === "RATE" ? "permitsPerSecond" : "maxConcurrentCalls";
    if (spec[needed] === undefined) {
      context.addIssue({ code: "custom", path: [needed], message: `is needed by a ${spec.type} limit` });
    }
    const foreign = spec.type === "RATE" ? "maxConcurrentCalls" : "permitsPerSecond";
    if (spec[foreign] !== undefined) {
      context.addIssue({
        code: "custom",
        path: [foreign],
        message: `means nothing for a ${spec.type} limit`,
      });
    }
  });

const trafficSpec = ({ object }: Objects) =>
  object({
    balancer: z.enum(["ROUND_ROBIN", "WEIGHTED", "P2C", "LATENCY_EWMA", "CPU_AWARE"]),
    /** Instance id → weight; 100 where none is given. */
    weights: z.record(z.string(), wholeNumber(0, 1_000)).optional(),
    /** Instances that get no new calls while others can take them; calls under way end by themselves. */
    drain: z.array(z.string().min(1).max(128)).max(1_000).optional(),
    /** Instances that get no new calls, whatever becomes of the others. */
    isolate: z.array(z.string().min(1).max(128)).max(1_000).optional(),
  });

const samplingSpec = ({ object }: Objects) =>
  object({
    /** Share of traces kept, in basis points. */
    rateBp: wholeNumber(0, 10_000),
    routes: z.record(z.string().min(1).max(256), wholeNumber(0, 10_000)).optional(),
  });

const degradeSpec = ({ object }: Objects) =>
  object({
    switch: resourceName,
    signal: z.enum(["failureRate", "slowCallRate", "cpuPercent", "eventLoopDelayMs"]),
    above: z.number().positive({ error: "must be above 0" }),
    forMs: wholeNumber(0, HOUR_MS),
    recoverBelow: z.number().min(0, { error: "must be at least 0" }),
    recoverForMs: wholeNumber(0, HOUR_MS),
    /** Steps of the gradual recovery, in basis points still degraded. */
    recoverStepsBp: z.array(wholeNumber(0, 10_000)).max(20).optional(),
  }).superRefine((spec, context) => {
    if (spec.recoverBelow >= spec.above) {
      context.addIssue({
        code: "custom",
        path: ["recoverBelow"],
        message: `must be below above (${spec.above})`,
      });
    }
  });

const build = (objects: Objects) =>
  ({
    config: configSpec(objects),
    switch: switchSpec(objects),
    breaker: breakerSpec(objects),
    retry: retrySpec(objects),
    timeout: timeoutSpec(objects),
    limit: limitSpec(objects),
    traffic: trafficSpec(objects),
    sampling: samplingSpec(objects),
    degrade: degradeSpec(objects),
  }) satisfies Record<Kind, z.ZodType>;

export const specSchemas = build;

type Specs = ReturnType<typeof build>;
export type SpecOf<K extends Kind> = z.infer<Specs[K]>;
export type ConfigSpec = SpecOf<"config">;
export type SwitchSpec = SpecOf<"switch">;
export type BreakerSpec = SpecOf<"breaker">;
export type TrafficSpec = SpecOf<"traffic">;
export type Level = (typeof LEVELS)[number];
export type Position = (typeof POSITIONS)[number];

/** What a breaker does where no resource says otherwise (PROTOCOLS.md). */
export const DEFAULT_BREAKER: BreakerSpec = {
  slidingWindowType: "TIME_BASED",
  slidingWindowSize: 10,
  minimumNumberOfCalls: 20,
  failureRateThreshold: 50,
  slowCallRateThreshold: 100,
  slowCallDurationThresholdMs: 60_000,
  waitDurationInOpenStateMs: 5_000,
  permittedNumberOfCallsInHalfOpenState: 5,
  successesToClose: 3,
  maxWaitDurationInHalfOpenStateMs: 0,
  mode: "NORMAL",
};
