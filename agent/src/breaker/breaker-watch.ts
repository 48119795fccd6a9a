import type { Clock, StopTimer } from "../clock.ts";
import { type BreakerReport, MOST_BREAKERS } from "../protocol/index.ts";
import type { Breaker } from "./breaker.ts";
import type { Standing } from "./breaker-view.ts";

export interface BreakerWatchOptions {
  readonly clock: Clock;
  /** The declared breakers, as of now. */
  readonly breakers: () => Iterable<Breaker>;
  /** What the reports say of a state is another now. */
  readonly onMove: () => void;
}

/** What was last seen of a breaker. */
interface Seen {
  readonly mark: string;
  readonly sinceMs: number;
  /** The same on the wall clock, read once: it must not waver with every look. */
  readonly since: string;
}

/** Trials change nothing but their count, and tell nobody. */
const TRIALS_EVERY_MS = 1_000;
const WORST_FIRST: Readonly<Record<Standing["state"], number>> = { OPEN: 0, HALF_OPEN: 1, CLOSED: 2 };

/**
 * Tells of the moves of all breakers, also of those that nobody calls: a breaker has no timer and moves when it is
 * looked at, so that one timer here looks when a state is due to end. `now` of breakers and clock must be the same.
 */
export class BreakerWatch {
  readonly #options: BreakerWatchOptions;
  readonly #seen = new Map<Breaker, Seen>();
  readonly #ends = new Map<Breaker, () => void>();
  #stopTimer: StopTimer | undefined;
  #closed = false;

  constructor(options: BreakerWatchOptions) {
    this.#options = options;
  }

  /** Looks at all of them now: after a declaration, and after other thresholds. */
  look(): void {
    if (this.#closed) return;
    const { clock, breakers, onMove } = this.#options;
    let moved = false;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const breaker of breakers()) {
      if (!this.#ends.has(breaker)) this.#ends.set(breaker, this.#hear(breaker));
      const standing = breaker.standing;
      moved = this.#note(breaker, standing) || moved;
      const trying = (standing.wouldBe ?? standing.state) === "HALF_OPEN";
      const againMs = trying ? clock.now() + TRIALS_EVERY_MS : nextMs;
      nextMs = Math.min(nextMs, standing.dueMs ?? againMs, againMs);
    }
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(Math.max(1, nextMs - clock.now()));
    if (moved) onMove();
  }

  /** How each stands: those that are not closed first, at most 200. */
  reports(): BreakerReport[] {
    return [...this.#options.breakers()]
      .map((breaker) => ({ breaker, standing: breaker.standing }))
      .sort((a, b) => WORST_FIRST[a.standing.state] - WORST_FIRST[b.standing.state])
      .slice(0, MOST_BREAKERS)
      .map(({ breaker, standing }) => this.#report(breaker, standing));
  }

  /** No timer of it is left. */
  close(): void {
    this.#closed = true;
    this.#stopTimer?.();
    for (const end of this.#ends.values()) end();
  }

  #report(breaker: Breaker, standing: Standing): BreakerReport {
    this.#note(breaker, standing);
    const { state, mode, trials, failureRate, slowCallRate, wouldBe } = standing;
    const { refused, wouldRefuse } = breaker.totals;
    return {
      name: breaker.name,
      state,
      mode,
      since: this.#seen.get(breaker)?.since ?? this.#wallTime(standing.sinceMs),
      ...(trials === undefined ? {} : { trials }),
      ...(failureRate === undefined ? {} : { failureRate: tenth(failureRate) }),
      ...(slowCallRate === undefined ? {} : { slowCallRate: tenth(slowCallRate) }),
      refused,
      ...(wouldBe === undefined ? {} : { wouldBe, wouldRefuse }),
    };
  }

  /** Whether it stands otherwise than last seen; a first look is no move. */
  #note(breaker: Breaker, { state, sinceMs, trials, wouldBe }: Standing): boolean {
    const before = this.#seen.get(breaker);
    const mark = `${state} ${trials?.done ?? 0} ${wouldBe ?? ""}`;
    if (before?.mark === mark && before.sinceMs === sinceMs) return false;
    const since = before?.sinceMs === sinceMs ? before.since : this.#wallTime(sinceMs);
    this.#seen.set(breaker, { mark, sinceMs, since });
    return before !== undefined;
  }

  #hear(breaker: Breaker): () => void {
    const ends = [breaker.onTransition(() => this.#arm(0)), breaker.onShadowMove(() => this.#arm(0))];
    return () => {
      for (const end of ends) end();
    };
  }

  #wallTime(monotonicMs: number): string {
    const { clock } = this.#options;
    return new Date(clock.wallMs() - (clock.now() - monotonicMs)).toISOString();
  }

  #arm(delayMs: number): void {
    if (this.#closed) return;
    this.#stopTimer?.();
    this.#stopTimer = this.#options.clock.after(delayMs, () => this.look());
  }
}

const tenth = (percent: number): number => Math.round(percent * 10) / 10;
