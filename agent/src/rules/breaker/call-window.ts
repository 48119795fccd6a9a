import type { BreakerSpec } from "../../protocol/index.ts";

/** What a window holds. `slow` counts calls longer than the threshold, failed or not. */
export interface CallCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

export const NO_CALLS: CallCounts = { calls: 0, failures: 0, slow: 0 };

/** The part of the spec that shapes a window. */
export type WindowSpec = Pick<
  BreakerSpec,
  "slidingWindowType" | "slidingWindowSize" | "slowCallDurationThresholdMs"
>;

/** The recent calls of a breaker, in memory that does not grow. Times are monotonic; one that falls counts as the latest. */
export interface CallWindow {
  /** The counts as of the last call or question, to be read without making an object. */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  record(nowMs: number, durationMs: number, failed: boolean): void;
  /** Drops what time has made too old. */
  turn(nowMs: number): void;
  counts(nowMs: number): CallCounts;
}

const isSlow = (durationMs: number, spec: WindowSpec): boolean =>
  durationMs > spec.slowCallDurationThresholdMs;

/** The last N calls, one slot each: O(1) a call. Durations are kept, so that a new threshold judges the old calls too. */
export class CountWindow implements CallWindow {
  readonly #spec: WindowSpec;
  readonly #durations: Float64Array;
  readonly #failed: Uint8Array;
  #next = 0;
  calls = 0;
  failures = 0;
  slow = 0;

  constructor(spec: WindowSpec) {
    this.#spec = spec;
    this.#durations = new Float64Array(spec.slidingWindowSize);
    this.#failed = new Uint8Array(spec.slidingWindowSize);
  }

  record(_nowMs: number, durationMs: number, failed: boolean): void {
    const slot = this.#next;
    if (this.calls === this.#failed.length) {
      this.failures -= this.#failed[slot] ?? 0;
      this.slow -= isSlow(this.#durations[slot] ?? 0, this.#spec) ? 1 : 0;
    } else {
      this.calls++;
    }
    this.#durations[slot] = durationMs;
    this.#failed[slot] = failed ? 1 : 0;
    this.failures += failed ? 1 : 0;
    this.slow += isSlow(durationMs, this.#spec) ? 1 : 0;
    this.#next = slot + 1 === this.#failed.length ? 0 : slot + 1;
  }

  turn(): void {}

  counts(): CallCounts {
    return { calls: this.calls, failures: this.failures, slow: this.slow };
  }

  /** The newest of its calls that fit, judged by the new threshold. */
  reshaped(spec: WindowSpec): CountWindow {
    const next = new CountWindow(spec);
    const size = this.#failed.length;
    for (let age = Math.min(this.calls, spec.slidingWindowSize); age >= 1; age--) {
      const slot = (this.#next - age + size) % size;
      next.record(0, this.#durations[slot] ?? 0, this.#failed[slot] === 1);
    }
    return next;
  }
}

const BUCKET_MS = 1_000;

/**
 * The calls of the last N seconds, one bucket a second, the current second counted as the first (as Resilience4j's).
 * O(1) a call, at most N steps after silence.
 */
export class TimeWindow implements CallWindow {
  readonly #spec: WindowSpec;
  readonly #calls: Float64Array;
  readonly #failures: Float64Array;
  readonly #slow: Float64Array;
  #second = Number.NEGATIVE_INFINITY;
  /** When the second after that begins. */
  #untilMs = Number.NEGATIVE_INFINITY;
  #slot = 0;
  calls = 0;
  failures = 0;
  slow = 0;

  constructor(spec: WindowSpec) {
    this.#spec = spec;
    this.#calls = new Float64Array(spec.slidingWindowSize);
    this.#failures = new Float64Array(spec.slidingWindowSize);
    this.#slow = new Float64Array(spec.slidingWindowSize);
  }

  record(nowMs: number, durationMs: number, failed: boolean): void {
    this.turn(nowMs);
    this.#add(this.#slot, 1, failed ? 1 : 0, isSlow(durationMs, this.#spec) ? 1 : 0);
  }

  counts(nowMs: number): CallCounts {
    this.turn(nowMs);
    return { calls: this.calls, failures: this.failures, slow: this.slow };
  }

  /**
   * Its seconds that still count. Under another slow-call threshold its slow calls count as calls only: how long each
   * took is not kept.
   */
  reshaped(spec: WindowSpec, nowMs: number): TimeWindow {
    this.turn(nowMs);
    const next = new TimeWindow(spec);
    next.turn(nowMs);
    const sameThreshold = spec.slowCallDurationThresholdMs === this.#spec.slowCallDurationThresholdMs;
    const kept = Math.min(this.#calls.length, spec.slidingWindowSize);
    for (let second = this.#second - kept + 1; second <= this.#second; second++) {
      const slot = slotOf(second, this.#calls.length);
      const slow = sameThreshold ? (this.#slow[slot] ?? 0) : 0;
      next.#add(slotOf(second, next.#calls.length), this.#calls[slot] ?? 0, this.#failures[slot] ?? 0, slow);
    }
    return next;
  }

  #add(slot: number, calls: number, failures: number, slow: number): void {
    this.#calls[slot] = (this.#calls[slot] ?? 0) + calls;
    this.calls += calls;
    if (failures > 0) {
      this.#failures[slot] = (this.#failures[slot] ?? 0) + failures;
      this.failures += failures;
    }
    if (slow > 0) {
      this.#slow[slot] = (this.#slow[slot] ?? 0) + slow;
      this.slow += slow;
    }
  }

  /** Empties the buckets of the seconds that went by since the last call. */
  turn(nowMs: number): void {
    if (nowMs < this.#untilMs) return;
    const second = Math.floor(nowMs / BUCKET_MS);
    if (second <= this.#second) return;
    const size = this.#calls.length;
    const from = Math.max(this.#second + 1, second - size + 1);
    for (let passed = from; passed <= second; passed++) {
      const slot = slotOf(passed, size);
      this.calls -= this.#calls[slot] ?? 0;
      this.failures -= this.#failures[slot] ?? 0;
      this.slow -= this.#slow[slot] ?? 0;
      this.#calls[slot] = 0;
      this.#failures[slot] = 0;
      this.#slow[slot] = 0;
    }
    this.#second = second;
    this.#untilMs = (second + 1) * BUCKET_MS;
    this.#slot = slotOf(second, size);
  }
}

const slotOf = (second: number, size: number): number => ((second % size) + size) % size;

/** Whether a window of the one can go on as a window of the other. */
export const sameShape = (left: WindowSpec, right: WindowSpec): boolean =>
  left.slidingWindowType === right.slidingWindowType &&
  left.slidingWindowSize === right.slidingWindowSize &&
  left.slowCallDurationThresholdMs === right.slowCallDurationThresholdMs;

export type AnyWindow = CountWindow | TimeWindow;

export const newWindow = (spec: WindowSpec): AnyWindow =>
  spec.slidingWindowType === "COUNT_BASED" ? new CountWindow(spec) : new TimeWindow(spec);

/** The same calls under a new shape, as far as they still count; empty when the type is another. */
export function reshapeWindow(window: AnyWindow, spec: WindowSpec, nowMs: number): AnyWindow {
  if (window instanceof CountWindow && spec.slidingWindowType === "COUNT_BASED") return window.reshaped(spec);
  if (window instanceof TimeWindow && spec.slidingWindowType === "TIME_BASED") {
    return window.reshaped(spec, nowMs);
  }
  return newWindow(spec);
}
