import * as z from "zod";
import { constraintSchema } from "./constraint.ts";
import { flagSchema } from "./flag.ts";
import type { Kind } from "./names.ts";
import { HOUR_MS, percent, wholeNumber } from "./numbers.ts";
import type { Objects } from "./objects.ts";
import { degradeSpec, limitSpec, retrySpec, timeoutSpec } from "./policy-specs.ts";

/**
 * The body of each kind of resource, at its newest schema version. Names and defaults: Resilience4j, Sentinel,
 * Unleash (PROTOCOLS.md, *Names and defaults*). Cross-field checks name the field that should change.
 */
const configSpec = (objects: Objects) => {
  const flag = flagSchema(objects);
  return objects
    .object({
      /** `flag` is JSON, too: a feature flag (see `flagSchema`), whose value depends on who asks. */
      format: z.enum(["json", "yaml", "properties", "text", "flag"]),
      value: z.string().optional(),
      secret: objects.object({ kid: z.string(), iv: z.string(), ct: z.string(), tag: z.string() }).optional(),
    })
    .superRefine((spec, context) => {
      if ((spec.value === undefined) === (spec.secret === undefined)) {
        context.addIssue({
          code: "custom",
          path: ["value"],
          message: "give either value or secret, and not both",
        });
      }
      if (spec.format === "flag" && spec.secret !== undefined) {
        context.addIssue({ code: "custom", path: ["secret"], message: "a flag can't be secret" });
      }
      if ((spec.format === "json" || spec.format === "flag") && spec.value !== undefined) {
        try {
          const value: unknown = JSON.parse(spec.value);
          if (spec.format === "flag") checkFlag(flag.safeParse(value), context);
        } catch (error) {
          context.addIssue({
            code: "custom",
            path: ["value"],
            message: `is not JSON: ${(error as Error).message}`,
          });
        }
      }
    });
};

function checkFlag(result: z.ZodSafeParseResult<unknown>, context: z.RefinementCtx): void {
  for (const issue of result.error?.issues ?? []) {
    context.addIssue({ code: "custom", path: ["value", ...issue.path], message: issue.message });
  }
}

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

export const BALANCERS = ["ROUND_ROBIN", "WEIGHTED", "P2C", "LATENCY_EWMA", "CPU_AWARE"] as const;
export const LOCALITIES = ["NONE", "ZONE_FIRST"] as const;

/**
 * How callers choose among instances. Names and bounds: Envoy's and Istio's outlier detection and slow start. A registration
 * says the same to callers.
 */
export const balancingFields = {
  balancer: z.enum(BALANCERS),
  /** ZONE_FIRST: calls stay in the caller's zone as far as enough of it is well. */
  locality: z.enum(LOCALITIES).optional(),
  /** Percent of the zone's weight that must take calls, so that none leave it; below, the missing part does. 70. */
  localityMinHealthyPercent: wholeNumber(1, 100).optional(),
  /** So many failed calls in a row eject an instance for a while; none do where it is not given. */
  consecutiveFailures: wholeNumber(1, 1_000).optional(),
  /** So many percent of at least 20 calls within an interval eject it; none do where it is not given. */
  failurePercentThreshold: percent.optional(),
  /** Over which failures are counted, and after which a good instance's past ejections begin to be forgotten. 10,000. */
  outlierIntervalMs: wholeNumber(1_000, HOUR_MS).optional(),
  /** An ejection lasts so long, times how often it was ejected; 5 minutes at most. 30,000. */
  baseEjectionTimeMs: wholeNumber(1_000, 300_000).optional(),
  /** Ejected at once at most, and never the last one. 50. */
  maxEjectionPercent: wholeNumber(0, 100).optional(),
  /** For so long after its start an instance's weight rises from a tenth to its own. 0. */
  slowStartMs: wholeNumber(0, HOUR_MS).optional(),
};

const trafficSpec = ({ object }: Objects) =>
  object({
    ...balancingFields,
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
