import type { Clock } from "../clock.ts";
import { type LimitCause, LimitReachedError } from "./errors.ts";

interface Waiter {
  readonly admit: () => void;
}

/** How long and how many may wait for a place. */
export interface QueueBounds {
  readonly mostWaitMs: number;
  readonly mostWaiting: number;
}

/**
 * So many calls at once; others wait their turn in a bounded queue, first come, first served. Places may become more or
 * fewer at any time: more let waiting calls in at once, fewer let those under way end. Constant memory but for its queue.
 */
export class Bulkhead {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiter>();
  #places: number;
  #active = 0;

  constructor(name: string, places: number, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
    this.#places = places;
  }

  get active(): number {
    return this.#active;
  }
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Infinity admits everybody. */
  resize(places: number): void {
    this.#places = places;
    this.#admit();
  }

  /** Takes a place now, or false. */
  tryEnter(): boolean {
    if (this.#active >= this.#places || this.#waiting.size > 0) return false;
    this.#active++;
    return true;
  }

  /** Resolves with a place taken. Rejects with `LimitReachedError`, or the signal's reason. */
  enter(bounds: QueueBounds, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(reasonOf(signal));
    if (bounds.mostWaitMs <= 0) return this.#refuse("concurrency");
    if (this.#waiting.size >= bounds.mostWaiting) return this.#refuse("queue-full");
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiting.delete(waiter);
        stop();
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        over();
        reject(signal === undefined ? undefined : reasonOf(signal));
      };
      const waiter: Waiter = {
        admit: () => {
          over();
          resolve();
        },
      };
      const stop = this.#clock.after(bounds.mostWaitMs, () => {
        over();
        reject(new LimitReachedError(this.#name, "queue-timeout"));
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Gives a place back; whoever waits longest gets it. */
  leave(): void {
    this.#active--;
    this.#admit();
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (this.#active >= this.#places) return;
      this.#active++;
      waiter.admit();
    }
  }

  #refuse(why: LimitCause): Promise<never> {
    return Promise.reject(new LimitReachedError(this.#name, why));
  }
}

const reasonOf = (signal: AbortSignal): unknown => signal.reason;
