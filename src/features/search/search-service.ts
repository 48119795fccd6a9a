import type { EnvironmentState } from "../../domain/environment-state.ts";
import { isDomainError } from "../../domain/errors.ts";
import type { HistoryEntry } from "../history/history-reader.ts";
import { type Snippet, snippetOf, termsOf } from "./match.ts";
import { type Found, HITS, Search } from "./search.ts";

/** A change set whose reason or author was asked for. */
export interface FoundChange {
  readonly id: string;
  readonly revision: number;
  readonly at: string;
  readonly author: string;
  readonly reason: Snippet;
}

export interface SearchAnswer {
  readonly groups: readonly Found[];
  readonly changes: readonly FoundChange[];
  /** There are older changes than those. */
  readonly moreChanges: boolean;
  /**
   * Whether everything was looked at; not, where the look took too long (`levers`) or the history's database did not
   * answer (`changes`).
   */
  readonly incomplete: readonly ("levers" | "changes")[];
}

export interface SearchParts {
  /** Throws NOT_FOUND for an environment that nobody made. */
  state(env: string): EnvironmentState;
  /** Newest first; rejects with a `DomainError` while SQL is away. */
  changes(env: string, terms: readonly string[], limit: number): Promise<readonly HistoryEntry[]>;
  readonly now: () => number;
  /** Lets everything else have a turn. */
  readonly pause: () => Promise<void>;
}

/** The event loop carries levers: a look holds it this long at a time, and ends after this long altogether. */
const SLICE_MS = 5;
const DEADLINE_MS = 800;
const STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 16;

/** Finds names, keys and values in an environment, and changes by reason or author. What it holds up is bounded. */
export class SearchService {
  readonly #parts: SearchParts;

  constructor(parts: SearchParts) {
    this.#parts = parts;
  }

  async find(env: string, query: string): Promise<SearchAnswer> {
    const state = this.#parts.state(env);
    const terms = termsOf(query);
    if (terms.length === 0) return { groups: [], changes: [], moreChanges: false, incomplete: [] };
    const asked = this.#changes(env, terms);
    const search = new Search(state, terms);
    const complete = await this.#walk(search);
    const changes = await asked;
    return {
      groups: search.found(),
      changes: (changes ?? []).slice(0, HITS),
      moreChanges: (changes?.length ?? 0) > HITS,
      incomplete: [
        ...(complete ? [] : (["levers"] as const)),
        ...(changes === undefined ? (["changes"] as const) : []),
      ],
    };
  }

  /** Whether it came to the end. */
  async #walk(search: Search): Promise<boolean> {
    const { now, pause } = this.#parts;
    const deadline = now() + DEADLINE_MS;
    let sliceEnd = now() + SLICE_MS;
    let steps = 0;
    for (const _ of search.steps()) {
      steps += 1;
      if (steps % STEPS_BETWEEN_LOOKS_AT_THE_CLOCK !== 0 || now() < sliceEnd) continue;
      if (now() > deadline) return false;
      await pause();
      sliceEnd = now() + SLICE_MS;
    }
    return true;
  }

  /** Undefined where the history does not answer. */
  async #changes(env: string, terms: readonly string[]): Promise<readonly FoundChange[] | undefined> {
    try {
      const entries = await this.#parts.changes(env, terms, HITS + 1);
      return entries.map(({ journal, revision }) => ({
        id: journal.id,
        revision,
        at: journal.at,
        author: journal.author.id,
        reason: snippetOf(journal.reason, terms),
      }));
    } catch (error) {
      if (!isDomainError(error)) throw error;
      return undefined;
    }
  }
}
