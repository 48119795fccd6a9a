import type { Clock } from "../clock.ts";
import type { LimitSpec } from "../protocol/index.ts";
import type { Context } from "../rules/index.ts";
import { AdaptivePlaces } from "./adaptive-places.ts";
import { Bulkhead } from "./bulkhead.ts";
import { LimitReachedError } from "./errors.ts";
import { HotValues } from "./hot-values.ts";
import { PacedRate, type RateShape, type Turn } from "./paced-rate.ts";
import { sleep } from "./sleep.ts";

/** What a call passes a limit with. */
export interface Passage {
  /** Monotonic; a call never waits past it. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** Where a hot key's value is looked up. */
  readonly context: Context | undefined;
}

/** A call that a limit let begin. Settle it once. */
export interface Slot {
  /** The call is over; `dropped` where it was given up. */
  leave(dropped: boolean): void;
  /** The call was not made after all: what it took is given back. */
  giveBack(): void;
}

const MOST_QUEUED = 1_000;
const OPEN: Slot = Object.freeze({ leave: () => undefined, giveBack: () => undefined });

/**
 * One limit of this instance, on the spec that holds now: a rate with hot values, or a bulkhead, fixed or adaptive. All
 * calls that name it share it. Another spec holds at once: a rate goes on with what is owed, a bulkhead with who is in it.
 */
export class Limiter {
  readonly name: string;
  readonly #clock: Clock;
  readonly #bulkhead: Bulkhead;
  #spec: LimitSpec | undefined;
  #rate: PacedRate | undefined;
  #hot: HotValues | undefined;
  #adaptive: AdaptivePlaces | undefined;
  #waiting = 0;
  /** Since the start; they only rise. */
  passed = 0;
  refused = 0;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
    this.#bulkhead = new Bulkhead(name, Number.POSITIVE_INFINITY, clock);
  }

  get active(): boolean {
    return this.#spec !== undefined;
  }
  /** Calls that wait for their turn now. */
  get waiting(): number {
    return this.#waiting + this.#bulkhead.waiting;
  }
  /** Calls that a CONCURRENCY limit has let begin, and that are not over. */
  get inUse(): number {
    return this.#bulkhead.active;
  }
  /** Calls that a CONCURRENCY limit lets be under way at once now; undefined for others. */
  get places(): number | undefined {
    return this.#spec?.type === "CONCURRENCY"
      ? (this.#adaptive?.places ?? this.#spec.maxConcurrentCalls)
      : undefined;
  }

  update(spec: LimitSpec | undefined): void {
    this.#spec = spec;
    const nowMs = this.#clock.now();
    const shape = spec?.type === "RATE" ? rateOf(spec) : undefined;
    if (shape === undefined) this.#rate = undefined;
    else if (this.#rate === undefined) this.#rate = new PacedRate(shape, nowMs);
    else this.#rate.update(shape, nowMs);
    this.#updateHot(spec, nowMs);
    this.#updatePlaces(spec);
  }

  /** Lets a call begin, now or (a promise) after its wait. Throws or rejects with `LimitReachedError`, or the signal's reason. */
  enter(passage: Passage): Slot | Promise<Slot> {
    const spec = this.#spec;
    if (spec === undefined) return OPEN;
    return spec.type === "RATE" ? this.#enterRate(spec, passage) : this.#enterBulkhead(spec, passage);
  }

  #enterRate(spec: LimitSpec, passage: Passage): Slot | Promise<Slot> {
    const nowMs = this.#clock.now();
    const queueFull = this.#waiting >= (spec.maxQueuedCalls ?? MOST_QUEUED);
    const mostMs = queueFull ? 0 : Math.min(spec.maxQueueDurationMs, passage.deadlineMs - nowMs);
    const hot = this.#hot?.take(passage.context, nowMs, mostMs);
    if (typeof hot === "number") return this.#refuse("hot-value", hot);
    const turn = this.#rate?.take(nowMs, mostMs);
    if (typeof turn === "number") {
      hot?.refund(nowMs);
      return this.#refuse(queueFull && turn <= spec.maxQueueDurationMs ? "queue-full" : "rate", turn);
    }
    const giveBack = (): void => {
      const laterMs = this.#clock.now();
      hot?.refund(laterMs);
      if (turn !== undefined) this.#refundTurn(turn, laterMs);
    };
    const waitMs = Math.max(turn?.waitMs ?? 0, hot?.waitMs ?? 0);
    this.passed++;
    const slot: Slot = { leave: () => undefined, giveBack };
    return waitMs <= 0 ? slot : this.#await(slot, waitMs, passage.signal);
  }

  async #await(slot: Slot, waitMs: number, signal: AbortSignal | undefined): Promise<Slot> {
    this.#waiting++;
    try {
      await sleep(this.#clock, waitMs, signal);
      return slot;
    } catch (error) {
      slot.giveBack();
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  #enterBulkhead(spec: LimitSpec, { deadlineMs, signal }: Passage): Slot | Promise<Slot> {
    if (this.#bulkhead.tryEnter()) return this.#placed();
    const mostWaitMs = Math.min(spec.maxQueueDurationMs, deadlineMs - this.#clock.now());
    const mostWaiting = spec.maxQueuedCalls ?? MOST_QUEUED;
    return this.#bulkhead.enter({ mostWaitMs, mostWaiting }, signal).then(
      () => this.#placed(),
      (error: unknown) => {
        if (error instanceof LimitReachedError) this.refused++;
        throw error;
      },
    );
  }

  #placed(): Slot {
    this.passed++;
    const fromMs = this.#clock.now();
    let inside = true;
    const leave = (counted: boolean, dropped: boolean): void => {
      if (!inside) return;
      inside = false;
      const { active } = this.#bulkhead;
      const nowMs = this.#clock.now();
      const adaptive = this.#adaptive;
      this.#bulkhead.leave();
      if (counted && adaptive?.ended(nowMs, nowMs - fromMs, dropped, active) === true)
        this.#bulkhead.resize(adaptive.places);
    };
    return { leave: (dropped) => leave(true, dropped), giveBack: () => leave(false, false) };
  }

  #refundTurn(turn: Turn, nowMs: number): void {
    this.#rate?.refund(turn, nowMs);
  }

  #refuse(why: "rate" | "hot-value" | "queue-full", retryAfterMs: number): never {
    this.refused++;
    throw new LimitReachedError(
      this.name,
      why,
      Number.isFinite(retryAfterMs) ? Math.ceil(retryAfterMs) : undefined,
    );
  }

  #updateHot(spec: LimitSpec | undefined, nowMs: number): void {
    if (spec?.hotKey === undefined || spec.hotPermitsPerSecond === undefined) {
      this.#hot = undefined;
      return;
    }
    const shape = {
      key: spec.hotKey,
      permitsPerSecond: spec.hotPermitsPerSecond,
      overrides: spec.hotOverrides ?? {},
    };
    if (this.#hot?.key === shape.key) this.#hot.update(shape, nowMs);
    else this.#hot = new HotValues(shape);
  }

  #updatePlaces(spec: LimitSpec | undefined): void {
    const most = spec?.type === "CONCURRENCY" ? spec.maxConcurrentCalls : undefined;
    if (spec?.adaptation !== "GRADIENT" || most === undefined) this.#adaptive = undefined;
    else {
      const bounds = { least: Math.min(spec.minConcurrentCalls ?? 1, most), most };
      if (this.#adaptive === undefined) this.#adaptive = new AdaptivePlaces(bounds);
      else this.#adaptive.update(bounds);
    }
    this.#bulkhead.resize(this.#adaptive?.places ?? most ?? Number.POSITIVE_INFINITY);
  }
}

const rateOf = ({ permitsPerSecond = 1, burst, warmUpSeconds = 0 }: LimitSpec): RateShape => ({
  permitsPerSecond,
  burst: burst ?? permitsPerSecond,
  warmUpSeconds,
});
