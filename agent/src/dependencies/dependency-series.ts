/**
 * How a call to a dependency ended. `ok`: it was answered, be it that the request was wrong. `refused`: it was not made,
 * since a breaker or a limit said no. `cancelled`: nobody waited any more.
 */
export const DEPENDENCY_OUTCOMES = ["ok", "error", "timeout", "refused", "cancelled"] as const;
export type DependencyOutcome = (typeof DEPENDENCY_OUTCOMES)[number];

/** Upper bounds of the buckets of durations, in seconds; one more bucket is above them. */
export const DURATION_BOUNDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Seconds of one period that are told apart; the last one takes what is later. */
const MOST_SECONDS = 64;
const SECOND_MS = 1_000;

/** Calls with one outcome: totals since the start, and by second since the last period began. */
export class OutcomeFigures {
  count = 0;
  sumSeconds = 0;
  readonly buckets = new Float64Array(DURATION_BOUNDS.length + 1);
  /** Of the period; index 0 is the second in which it began. */
  readonly seconds = new Float64Array(MOST_SECONDS);

  add(tookMs: number, second: number): void {
    const tookSeconds = tookMs / SECOND_MS;
    this.count++;
    this.sumSeconds += tookSeconds;
    let bucket = 0;
    while (bucket < DURATION_BOUNDS.length && tookSeconds > (DURATION_BOUNDS[bucket] ?? 0)) bucket++;
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    const at = Math.min(Math.max(0, second), MOST_SECONDS - 1);
    this.seconds[at] = (this.seconds[at] ?? 0) + 1;
  }
}

/** What a dependency is. */
export const PEER_KINDS = ["service", "database", "cache", "queue", "external"] as const;
export type PeerKind = (typeof PEER_KINDS)[number];

/** Whom a call goes to, and as what. */
export interface Peer {
  readonly name: string;
  /** Undefined: a service where the registry knows one of that name, else external. */
  readonly kind: PeerKind | undefined;
  /** Few: the name of a call, a method's path. */
  readonly operation: string;
}

/** The calls of one operation at one dependency. Constant memory. */
export class DependencySeries {
  readonly peer: Peer;
  readonly figures = new Map<DependencyOutcome, OutcomeFigures>();
  readonly #second: () => number;

  /** `second`: of the period that is under way, from 0. */
  constructor(peer: Peer, second: () => number) {
    this.peer = peer;
    this.#second = second;
  }

  /** A call is over. */
  record(outcome: DependencyOutcome, tookMs: number): void {
    let figures = this.figures.get(outcome);
    if (figures === undefined) {
      figures = new OutcomeFigures();
      this.figures.set(outcome, figures);
    }
    figures.add(tookMs, this.#second());
  }
}
