export {
  type BreakerState,
  type Cause,
  dueAt,
  IllegalTransitionError,
  nextState,
  type Outcome,
  type Rates,
  type StateName,
  TRANSITIONS,
} from "./breaker-state.ts";
export { type CallCounts, NO_CALLS } from "./call-window.ts";
export { Machine, type OnMove } from "./machine.ts";
