import type { BreakerSpec } from "../../protocol/index.ts";
import { type AnyWindow, newWindow } from "./call-window.ts";

/** Percent of a window's calls. */
export interface Rates {
  readonly failureRate: number;
  readonly slowCallRate: number;
}

/** The states of a breaker, each with its own data. The identity of a state tells whose a late result is. */
export interface ClosedState {
  readonly name: "CLOSED";
  readonly sinceMs: number;
  window: AnyWindow;
}
export interface OpenState {
  readonly name: "OPEN";
  readonly sinceMs: number;
  /** What opened it; undefined where nothing that was counted did. */
  readonly tripped?: Rates | undefined;
}
export interface HalfOpenState {
  readonly name: "HALF_OPEN";
  readonly sinceMs: number;
  /** When the first trial was let through; undefined as long as nobody came. */
  firstTrialAtMs: number | undefined;
  issued: number;
  successes: number;
  failures: number;
}
export type BreakerState = ClosedState | OpenState | HalfOpenState;
export type StateName = BreakerState["name"];

/** What came of a call. */
export type Outcome = "succeeded" | "failed" | "released";

/** What moves a breaker. */
export type Cause =
  | "failure-rate"
  | "slow-call-rate"
  | "wait-over"
  | "trials-succeeded"
  | "trials-failed"
  | "trials-overdue"
  | "tripped"
  | "forced-open"
  | "let-through";

/**
 * Every legal move; all others are errors. `tripped` is another's word (a retry policy's, the host's), `forced-open` is the mode FORCED_OPEN, `let-through` the modes DISABLED and
 * METRICS_ONLY, in which the breaker counts as closed.
 */
export const TRANSITIONS: Readonly<Record<StateName, Readonly<Partial<Record<Cause, StateName>>>>> = {
  CLOSED: {
    "failure-rate": "OPEN",
    "slow-call-rate": "OPEN",
    tripped: "OPEN",
    "forced-open": "OPEN",
    "let-through": "CLOSED",
  },
  OPEN: { "wait-over": "HALF_OPEN", "forced-open": "OPEN", "let-through": "CLOSED" },
  HALF_OPEN: {
    "trials-succeeded": "CLOSED",
    "trials-failed": "OPEN",
    "trials-overdue": "OPEN",
    tripped: "OPEN",
    "forced-open": "OPEN",
    "let-through": "CLOSED",
  },
};

/** A move that the table does not have: a fault of the breaker itself. */
export class IllegalTransitionError extends Error {
  override readonly name = "IllegalTransitionError";
  constructor(from: StateName, cause: Cause) {
    super(`a breaker that is ${from} does not move by ${cause}`);
  }
}

/** The state that a cause leads to. Throws `IllegalTransitionError`. */
export function nextState(from: StateName, cause: Cause): StateName {
  const to = TRANSITIONS[from][cause];
  if (to === undefined) throw new IllegalTransitionError(from, cause);
  return to;
}

/** A state as it begins. */
export function enterState(
  name: StateName,
  sinceMs: number,
  spec: BreakerSpec,
  tripped?: Rates,
): BreakerState {
  switch (name) {
    case "CLOSED":
      return { name, sinceMs, window: newWindow(spec) };
    case "OPEN":
      return { name, sinceMs, tripped };
    case "HALF_OPEN":
      return { name, sinceMs, firstTrialAtMs: undefined, issued: 0, successes: 0, failures: 0 };
  }
}

/** When a state ends by itself; undefined where it does not. */
export function dueAt(state: BreakerState, spec: BreakerSpec): number | undefined {
  if (state.name === "OPEN") return state.sinceMs + spec.waitDurationInOpenStateMs;
  if (state.name === "CLOSED" || state.firstTrialAtMs === undefined) return undefined;
  const mostMs = spec.maxWaitDurationInHalfOpenStateMs;
  return mostMs === 0 ? undefined : state.firstTrialAtMs + mostMs;
}
