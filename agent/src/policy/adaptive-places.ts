/** Between which bounds the number of places moves. */
export interface PlaceBounds {
  readonly least: number;
  readonly most: number;
}

/** A window is judged when it is so old and holds so many calls. */
const WINDOW_MS = 100;
const WINDOW_CALLS = 10;
/** Latency may grow by so much before places are taken away. */
const TOLERANCE = 1.5;
/** Calls that may queue at the callee: what lets the number grow at all. */
const QUEUE = 4;
const SMOOTHING = 0.2;
/** Windows that the usual latency remembers. */
const USUAL_WINDOWS = 100;
/** What a window with calls that were given up leaves. */
const DROP_FACTOR = 0.9;

/**
 * How many calls at once a callee bears, found out from its latency: while the latest window is about as fast as usual the
 * number grows, as it slows down the number shrinks in proportion, and by a tenth where calls timed out. Deterministic;
 * a handful of numbers of state. Source: Netflix concurrency-limits, `Gradient2Limit` and `WindowedLimit`; Envoy's
 * adaptive concurrency filter is of the same family (gradient against a measured minimum). Deviation: a window's mean
 * latency is taken, and a window that used less than half of the places changes nothing.
 */
export class AdaptivePlaces {
  #bounds: PlaceBounds;
  #places: number;
  #usualMs: number | undefined;
  #windowFromMs = Number.NaN;
  #calls = 0;
  #sumMs = 0;
  #dropped = false;
  #mostActive = 0;

  constructor(bounds: PlaceBounds) {
    this.#bounds = bounds;
    this.#places = Math.min(bounds.most, Math.max(bounds.least, 20));
  }

  get places(): number {
    return Math.floor(this.#places);
  }

  update(bounds: PlaceBounds): void {
    this.#bounds = bounds;
    this.#places = this.#within(this.#places);
  }

  /** A call ended, with `active` calls under way as it did. Whether the number of places is another now. */
  ended(nowMs: number, durationMs: number, dropped: boolean, active: number): boolean {
    if (Number.isNaN(this.#windowFromMs)) this.#windowFromMs = nowMs;
    this.#calls++;
    this.#sumMs += durationMs;
    this.#dropped ||= dropped;
    this.#mostActive = Math.max(this.#mostActive, active);
    if (this.#calls < WINDOW_CALLS || nowMs - this.#windowFromMs < WINDOW_MS) return false;
    const before = this.places;
    this.#judge(Math.max(this.#sumMs / this.#calls, 0.001));
    this.#windowFromMs = nowMs;
    this.#calls = 0;
    this.#sumMs = 0;
    this.#dropped = false;
    this.#mostActive = 0;
    return this.places !== before;
  }

  #judge(windowMs: number): void {
    const usualMs = this.#usualMs ?? windowMs;
    this.#usualMs = usualMs + (windowMs - usualMs) / USUAL_WINDOWS;
    // After a bad time the usual latency must not stay high for long.
    if (this.#usualMs > 2 * windowMs) this.#usualMs *= 0.95;
    if (this.#dropped) {
      this.#places = this.#within(this.#places * DROP_FACTOR);
      return;
    }
    if (this.#mostActive < this.#places / 2) return;
    const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * this.#usualMs) / windowMs));
    const wanted = this.#places * gradient + QUEUE;
    this.#places = this.#within(this.#places * (1 - SMOOTHING) + wanted * SMOOTHING);
  }

  #within(places: number): number {
    return Math.min(this.#bounds.most, Math.max(this.#bounds.least, places));
  }
}
