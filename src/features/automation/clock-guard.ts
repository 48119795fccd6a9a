/** Wall time that ran ahead of monotonic time by this much was set, or the machine slept. */
const JUMP_MS = 5_000;
const PAUSE_MS = 60_000;

/**
 * Tells whether wall time may be acted on. After a jump ahead it may not for a minute, so that a clock that is set
 * wrong and put right again ends nothing early. A jump back needs no pause: nothing is due sooner by it.
 */
export class ClockGuard {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #offsetMs: number;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  /** Both in milliseconds. */
  constructor(wall: () => number, monotonic: () => number) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#offsetMs = wall() - monotonic();
  }

  /** The wall time, where it may be acted on. Called at each look. */
  now(): number | undefined {
    const wall = this.#wall();
    const monotonic = this.#monotonic();
    const offset = wall - monotonic;
    if (offset - this.#offsetMs > JUMP_MS) this.#pausedUntilMs = monotonic + PAUSE_MS;
    this.#offsetMs = offset;
    return monotonic < this.#pausedUntilMs ? undefined : wall;
  }
}
