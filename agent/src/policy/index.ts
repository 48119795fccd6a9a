export type { Attempt, CallFunction } from "./attempt.ts";
export type { PolicyCallOptions, PolicyDefaults } from "./call-options.ts";
export { CallPolicy } from "./call-policy.ts";
export { type CallOutcome, CallStats, type DegradationReason, type RetryRefusal } from "./call-stats.ts";
export {
  DEGRADATION_CHANNEL,
  type Degradation,
  type DegradedCall,
  type Fallback,
  type OnDegraded,
} from "./degradation.ts";
export { DegradeRules, type NamedRule } from "./degrade-rules.ts";
export {
  CallDegradedError,
  CallTimeoutError,
  DeadlineExceededError,
  HttpStatusError,
  type LimitCause,
  LimitReachedError,
} from "./errors.ts";
export { RETRY_HEADER } from "./failure.ts";
export type { Limiter } from "./limiter.ts";
export { bindLogLevel, type LeveledLogger } from "./log-level.ts";
export { Policies, type PoliciesOptions } from "./policies.ts";
export { ProcessLoad } from "./process-load.ts";
export { isSpent, markSpent } from "./retry-marks.ts";
export { readSignal } from "./signals.ts";
