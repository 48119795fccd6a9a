export {
  Breaker,
  BreakerOpenError,
  type BreakerStats,
  type BreakerTotals,
  type CallOptions,
  type Permit,
  type Transition,
} from "./breaker.ts";
export { type Cause, IllegalTransitionError, type StateName } from "./breaker-state.ts";
