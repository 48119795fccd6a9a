/** Its error, beside the delay of the event loop. */
export const COARSE_TICK_MS = 5;
/** Nobody asked for so many ticks: it stops until somebody does. */
const IDLE_TICKS = 200;

/**
 * Monotonic milliseconds that are read from the system once in 5 ms and kept in between, as event loops and servers do
 * (nginx, Netty): reading the system's clock twice costs more than all else that a breaker does for a call. One timer,
 * which never keeps the process alive and rests after a second without questions.
 */
export class CoarseClock {
  readonly #exact: () => number;
  #nowMs = 0;
  #idle = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(exact: () => number = () => performance.now()) {
    this.#exact = exact;
  }

  /** Never after the exact clock, and at most 5 ms and one turn of the event loop before it. */
  readonly now = (): number => {
    if (this.#timer === undefined) return this.#begin();
    this.#idle = 0;
    return this.#nowMs;
  };

  /** No timer of it is left; it goes on exactly. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #begin(): number {
    this.#nowMs = this.#exact();
    this.#idle = 0;
    if (!this.#closed) this.#timer = setInterval(() => this.#tick(), COARSE_TICK_MS).unref();
    return this.#nowMs;
  }

  #tick(): void {
    this.#nowMs = this.#exact();
    this.#idle += 1;
    if (this.#idle > IDLE_TICKS) this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
