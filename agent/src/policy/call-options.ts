import type { PeerKind } from "../dependencies/index.ts";
import type { SwitchHandle } from "../levers/index.ts";
import type { BreakerSpec, LimitSpec, RetrySpec, TimeoutSpec } from "../protocol/index.ts";
import type { Context } from "../rules/index.ts";
import type { Fallback, OnDegraded } from "./degradation.ts";

/**
 * What a call goes by where no lever says otherwise. A part that is neither here nor a lever does not act, but for the
 * breaker, which always does.
 */
export interface PolicyDefaults {
  /** Milliseconds, or the spec; missing fields: 3 s. */
  readonly timeout?: Partial<TimeoutSpec> | number;
  /** Missing fields: 3 attempts, from 200 ms × 2 up to 5 s, full jitter, a budget of 20 %. */
  readonly retry?: Partial<RetrySpec>;
  readonly limit?: LimitSpec;
  /** `false`: none, whatever a lever says. */
  readonly breaker?: Partial<BreakerSpec> | false;
  /** Whom the call goes to: calls of the same callee share one retry budget. Default: the call's name. */
  readonly callee?: string;
  /**
   * What the callee is, in figures and traces; `own`: the work is this process's own, and no dependency. Default: a service
   * where one of its name is followed, else `external`.
   */
  readonly kind?: PeerKind | "own";
  /** Limits that the call passes beside its own, by name: others may pass them too. */
  readonly limits?: readonly string[];
}

/** What one call is given. */
export interface PolicyCallOptions<T> {
  /** Whom the call is for: what the switch is asked with, and where a hot key's value is found. */
  readonly context?: Context;
  /** Making it twice does it once. Only such a call is made again after an error that leaves it open whether it was done. */
  readonly idempotent?: boolean;
  /** Passed on with each attempt, which makes the call idempotent; `true`: the request's own, else a new one. */
  readonly idempotencyKey?: string | true;
  /** Narrows the live timeout. */
  readonly timeoutMs?: number;
  /** Ends the call when nobody waits for it any more. */
  readonly signal?: AbortSignal;
  /** Makes an answer a failure: the error to go on with, or undefined where it is none. */
  readonly failed?: (answer: T) => unknown;
  /** Whether an error is the callee's fault, and so counts for the breaker and is answered by the fallback. */
  readonly isFailure?: (error: unknown) => boolean;
  /** While it is degraded the call is not made: the fallback answers, else its payload. */
  readonly degrade?: SwitchHandle;
  /** Answers in the call's place, in the same shape. */
  readonly fallback?: Fallback<T>;
  /** Records work for later compensation; what it throws is logged. */
  readonly onDegraded?: OnDegraded;
  /** Handed to `onDegraded`. */
  readonly args?: unknown;
}
