import { BreakerOpenError, type Permit } from "../breaker/index.ts";
import type { DependencyOutcome } from "../dependencies/index.ts";
import { saysOutOfTime } from "./attempt.ts";
import { CallTimeoutError, DeadlineExceededError, LimitReachedError } from "./errors.ts";
import type { Slot } from "./limiter.ts";

/** What an attempt's error is in the figures of its callee; `faulty`: by the callee's fault. */
export const outcomeOf = (error: unknown, faulty: boolean): DependencyOutcome =>
  saysOutOfTime(error) ? "timeout" : faulty ? "error" : "ok";

/** Whether an error is a call's own word, so that making it again changes nothing. */
export const isOwnRefusal = (error: unknown): boolean =>
  error instanceof BreakerOpenError ||
  error instanceof LimitReachedError ||
  error instanceof DeadlineExceededError ||
  (error instanceof CallTimeoutError && error.code === "CALL_TIMEOUT");

/** Gives back the places of an attempt that is over. */
export function leaveAll(slots: readonly Slot[], dropped: boolean): void {
  for (const slot of slots) slot.leave(dropped);
}

/** Settles the permit of an attempt that failed. */
export function settle(permit: Permit, failed: boolean): void {
  if (failed) permit.failure();
  else permit.release();
}
