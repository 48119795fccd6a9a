export { type Cause, IllegalTransitionError, type StateName } from "../rules/index.ts";
export { Breaker, type BreakerClocks } from "./breaker.ts";
export {
  BreakerOpenError,
  type BreakerStats,
  type BreakerTotals,
  type CallOptions,
  type Standing,
  type Transition,
} from "./breaker-view.ts";
export { BreakerWatch } from "./breaker-watch.ts";
export { CallRecording } from "./call-log.ts";
export type { Permit } from "./permit.ts";
