import type { RetrySpec } from "../protocol/index.ts";

/** Without a deadline nobody waits longer than this for another try, whatever the callee asks for. */
export const MOST_PUSHBACK_MS = 60_000;

/**
 * Milliseconds to wait before the retry number `retry`, from 1. `random` is 0 … 1. FULL takes the whole wait as the upper
 * end of an even draw (AWS, *Exponential Backoff and Jitter*), which spreads callers best.
 */
export function backoffMs(spec: RetrySpec, retry: number, random: number): number {
  const wholeMs =
    spec.backoff === "FIXED" ? spec.waitDurationMs : spec.waitDurationMs * spec.multiplier ** (retry - 1);
  const cappedMs = Math.min(wholeMs, spec.maxWaitDurationMs);
  return spec.jitter === "FULL" ? cappedMs * random : cappedMs;
}
