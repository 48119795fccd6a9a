/** How fast a rate lets calls begin. */
export interface RateShape {
  readonly permitsPerSecond: number;
  /** Permits that may begin at once after a quiet time; 1 and more. Not used while warming up. */
  readonly burst: number;
  /** 0: always warm. */
  readonly warmUpSeconds: number;
}

/** A cold rate is a third of the warm one. */
const COLD_FACTOR = 3;

/** The right to begin after `waitMs`; `costMs` is what a refund gives back. */
export interface Turn {
  readonly waitMs: number;
  readonly costMs: number;
}

/**
 * A token bucket that hands out turns: each call is told how long to wait, and is refused where that is too long, so that
 * there is no queue to keep but time itself. Two numbers of state, exact for any change of the rate. With a warm-up a rate
 * that was idle begins at a third and reaches its own over `warmUpSeconds`, while it is used.
 * Source: Guava's `SmoothRateLimiter` (bursty and warming up), which Sentinel's `WarmUpController` (cold factor 3) is
 * made after; the first call of a burst counts in it here.
 */
export class PacedRate {
  #shape: RateShape;
  /** Permits saved up in idle time, beside the one that is always there once `#freeMs` is reached. */
  #saved: number;
  /** When the next call may begin. */
  #freeMs: number;

  /** It begins with a full burst, or cold. `nowMs` is monotonic. */
  constructor(shape: RateShape, nowMs: number) {
    this.#shape = shape;
    this.#saved = mostSaved(shape);
    this.#freeMs = nowMs;
  }

  /** Goes on at another rate: what is owed and what is saved counts in permits, not in time. */
  update(shape: RateShape, nowMs: number): void {
    this.#idle(nowMs);
    const owed = (this.#freeMs - nowMs) / intervalMs(this.#shape);
    this.#freeMs = nowMs + owed * intervalMs(shape);
    // What was saved means another thing with and without a warm-up; a rate in use is not made cold by an edit.
    const kept = shape.warmUpSeconds === this.#shape.warmUpSeconds ? this.#saved : 0;
    this.#saved = Math.min(kept, mostSaved(shape));
    this.#shape = shape;
  }

  /** A turn within `mostMs`; else how long it would have taken, as a number. */
  take(nowMs: number, mostMs: number): Turn | number {
    this.#idle(nowMs);
    const waitMs = this.#freeMs - nowMs;
    if (waitMs > mostMs) return waitMs;
    const spent = Math.min(1, this.#saved);
    const costMs = (1 - spent) * intervalMs(this.#shape) + this.#costOfSavedMs(spent);
    this.#saved -= spent;
    this.#freeMs += costMs;
    return { waitMs, costMs };
  }

  /** Gives a turn back that was not used. */
  refund(turn: Turn, nowMs: number): void {
    const backMs = Math.min(turn.costMs, Math.max(0, this.#freeMs - nowMs));
    this.#freeMs -= backMs;
    const permits = (turn.costMs - backMs) / intervalMs(this.#shape);
    if (this.#shape.warmUpSeconds === 0)
      this.#saved = Math.min(mostSaved(this.#shape), this.#saved + (turn.costMs === 0 ? 1 : permits));
  }

  #idle(nowMs: number): void {
    const idleMs = nowMs - this.#freeMs;
    if (idleMs <= 0) return;
    this.#saved = Math.min(mostSaved(this.#shape), this.#saved + idleMs / intervalMs(this.#shape));
    this.#freeMs = nowMs;
  }

  /** What a saved permit costs: nothing, or while cold the more the more are saved. */
  #costOfSavedMs(permits: number): number {
    const { warmUpSeconds } = this.#shape;
    if (warmUpSeconds === 0) return 0;
    const warm = intervalMs(this.#shape);
    const threshold = mostSaved(this.#shape) / 2;
    const above = Math.max(0, this.#saved - threshold);
    const coldPermits = Math.min(permits, above);
    const slope = ((COLD_FACTOR - 1) * warm) / threshold;
    const average = warm + (above - coldPermits / 2) * slope;
    return coldPermits * average + (permits - coldPermits) * warm;
  }
}

const intervalMs = ({ permitsPerSecond }: RateShape): number => 1_000 / permitsPerSecond;

/**
 * Warming up, half of what idle time saves is above the threshold where it costs more: with a cold factor of 3 the area
 * under that slope is just the warm-up's length (Guava, `SmoothWarmingUp`).
 */
const mostSaved = ({ permitsPerSecond, burst, warmUpSeconds }: RateShape): number =>
  warmUpSeconds === 0 ? Math.max(0, burst - 1) : permitsPerSecond * warmUpSeconds;
