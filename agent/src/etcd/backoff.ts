/**
 * Waits that double from `firstMs` to `maxMs`, each drawn from its upper half (equal jitter), so that a fleet that lost
 * its etcd at one moment does not come back at one moment. `reset` starts over.
 */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #nextMs: number;

  constructor(options: { firstMs: number; maxMs: number; random?: () => number }) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.maxMs;
    this.#random = options.random ?? Math.random;
    this.#nextMs = options.firstMs;
  }

  next(): number {
    const ceiling = this.#nextMs;
    this.#nextMs = Math.min(this.#maxMs, ceiling * 2);
    return ceiling / 2 + (ceiling / 2) * this.#random();
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}

/** Resolves after `ms`, or at once when the signal is aborted. Never rejects; leaves no timer behind. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
