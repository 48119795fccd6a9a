import type { ActedKind, ActedResource, Effective } from "../live-state/index.ts";

/** How many decisions a lever gave, by outcome, since the start. */
export type Outcomes = Readonly<Record<string, number>>;

/** What the code declared, seen from the agent. */
export interface LeverHandle {
  readonly kind: ActedKind;
  readonly name: string;
  /** What the code has against a body; undefined when it takes it. Never throws. */
  refuse(lever: ActedResource): string | undefined;
  /** Works out all that a body needs, and returns what swaps it in: an assignment that cannot fail. */
  prepare(now: Effective | undefined): () => void;
  /** Tells the listeners, after every lever of the revision was swapped. */
  notify(): void;
  outcomes(): Outcomes;
}

/** Decisions of every outcome together. */
export const totalOf = (outcomes: Outcomes): number =>
  Object.values(outcomes).reduce((sum, count) => sum + count, 0);

/** Listeners of one handle; one that throws harms nobody else. */
export class Listeners<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  add(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(value: Value): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch {
        // The host's listener; the lever is swapped all the same.
      }
    }
  }
}
