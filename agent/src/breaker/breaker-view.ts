import type { BreakerSpec } from "../protocol/index.ts";
import type { CallCounts, Cause, StateName } from "../rules/index.ts";

/** A move of a breaker, told after it happened. */
export interface Transition {
  readonly breaker: string;
  readonly from: StateName;
  readonly to: StateName;
  readonly cause: Cause;
}

/**
 * What `call` rejects with where the breaker lets nothing through. Each breaker has one, made beforehand and without a
 * stack: refusing must stay cheap just when there is trouble. Don't change it.
 */
export class BreakerOpenError extends Error {
  override readonly name = "BreakerOpenError";
  readonly code = "BREAKER_OPEN";
  readonly breaker: string;
  constructor(breaker: string) {
    super(`breaker ${breaker} lets no call through`);
    this.breaker = breaker;
    this.stack = `${this.name}: ${this.message}`;
  }
}

export interface BreakerStats extends CallCounts {
  readonly state: StateName;
  readonly mode: BreakerSpec["mode"];
  /** Percent of the calls in the window; undefined below the least number of calls, and while not closed. */
  readonly failureRate: number | undefined;
  readonly slowCallRate: number | undefined;
}

/** How a breaker stands, for whoever tells of it. Times are monotonic, in milliseconds. */
export interface Standing {
  readonly state: StateName;
  readonly mode: BreakerSpec["mode"];
  readonly sinceMs: number;
  /** When time alone ends the state, or the one where it would stand; undefined where it does not. */
  readonly dueMs: number | undefined;
  /** HALF_OPEN: trials that are over, of those that are let through. */
  readonly trials: { readonly done: number; readonly of: number } | undefined;
  /** Percent; of an open breaker, what opened it. */
  readonly failureRate: number | undefined;
  readonly slowCallRate: number | undefined;
  /** METRICS_ONLY: where it would stand now, were it NORMAL. */
  readonly wouldBe: StateName | undefined;
}

/** Since the start; they only rise. */
export interface BreakerTotals {
  readonly succeeded: number;
  readonly failed: number;
  readonly slow: number;
  readonly permitted: number;
  readonly refused: number;
  /** METRICS_ONLY: calls that were let through and would not have been. */
  readonly wouldRefuse: number;
  /** How often it opened. */
  readonly opened: number;
}

/** What a breaker makes of what comes of a call. */
export interface CallOptions<T = unknown> {
  /** Errors for which the callee is not to blame: they count as no call. Default: none. */
  readonly ignore?: ((error: unknown) => boolean) | undefined;
  /** Answers that count as failures all the same, such as a 503. Default: none. */
  readonly fails?: ((answer: T) => boolean) | undefined;
}
