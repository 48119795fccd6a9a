import type { CallUnderWay } from "../context/index.ts";
import type {
  DependencyOutcome,
  DependencySeries,
  DependencyStats,
  PeerKind,
} from "../dependencies/index.ts";

export interface CalleeTerms {
  /** The call's name. */
  readonly name: string;
  /** As the code said it. */
  readonly callee: string | undefined;
  readonly kind: PeerKind | undefined;
}

/** Counts what the attempts of one call by name came to, at whom they went to. */
export class CalleeFigures {
  readonly #stats: DependencyStats;
  readonly #terms: CalleeTerms;
  #callee: string;
  #series: DependencySeries | undefined;

  constructor(stats: DependencyStats, terms: CalleeTerms) {
    this.#stats = stats;
    this.#terms = terms;
    this.#callee = terms.callee ?? terms.name;
  }

  /** Whom the last attempts went to: as the code said it, else as adapters saw it, else the call's name. */
  get callee(): string {
    return this.#callee;
  }

  record(outcome: DependencyOutcome, tookMs: number, call?: CallUnderWay): void {
    const { name, callee, kind } = this.#terms;
    const seen = callee ?? call?.callee ?? this.#callee;
    if (this.#series === undefined || seen !== this.#callee) {
      this.#callee = seen;
      this.#series = this.#stats.series({ name: seen, kind, operation: name });
    }
    this.#series.record(outcome, tookMs);
  }
}
