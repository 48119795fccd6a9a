import { DependencySeries, type Peer } from "./dependency-series.ts";

/** More than these, by dependency and operation, are counted as `other`. */
export const MOST_DEPENDENCIES = 200;
const SECOND_MS = 1_000;
const OTHER: Peer = { name: "other", kind: "external", operation: "other" };

/**
 * Every call that this process made to somebody else, sampled or not: by dependency, operation and outcome, with how long it
 * took. A call through `agent.call` is counted there, each attempt once; adapters count the calls that are made without it.
 */
export class DependencyStats {
  readonly #now: () => number;
  readonly #series = new Map<string, DependencySeries>();
  #overflow: DependencySeries | undefined;
  /** Undefined: nobody asks for seconds. */
  #beganMs: number | undefined;

  /** `now` is monotonic, in ms; a few ms late does no harm. */
  constructor(now: () => number) {
    this.#now = now;
  }

  [Symbol.iterator](): Iterator<DependencySeries> {
    const all = [...this.#series.values()];
    return (this.#overflow === undefined ? all : [...all, this.#overflow])[Symbol.iterator]();
  }

  /** The series of an operation at a dependency: the same for the same two. Keep it where calls are frequent. */
  series(peer: Peer): DependencySeries {
    const key = `${peer.name}\n${peer.operation}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= MOST_DEPENDENCIES) {
      this.#overflow ??= new DependencySeries(OTHER, this.#second);
      return this.#overflow;
    }
    const made = new DependencySeries(peer, this.#second);
    this.#series.set(key, made);
    return made;
  }

  /** Begins a period: from the first on, calls are also told by second, each time anew. */
  turn(): void {
    this.#beganMs = this.#now();
    for (const { figures } of this) for (const { seconds } of figures.values()) seconds.fill(0);
  }

  readonly #second = (): number =>
    this.#beganMs === undefined ? 0 : Math.floor((this.#now() - this.#beganMs) / SECOND_MS);
}
