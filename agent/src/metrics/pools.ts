/** How a pool of connections, workers or places stands. */
export interface PoolState {
  readonly inUse: number;
  readonly size: number;
}

/** The host's own pools, by name, read at each scrape. */
export class Pools {
  readonly #pools = new Map<string, () => PoolState>();

  /** Tells of a pool from now on; the same name replaces. Returns what ends it. */
  add(name: string, read: () => PoolState): () => void {
    this.#pools.set(name, read);
    return () => {
      if (this.#pools.get(name) === read) this.#pools.delete(name);
    };
  }

  /** A pool whose reader throws is left out. */
  *states(): Iterable<readonly [name: string, state: PoolState]> {
    for (const [name, read] of this.#pools) {
      let state: PoolState;
      try {
        state = read();
      } catch {
        continue;
      }
      yield [name, state];
    }
  }
}
