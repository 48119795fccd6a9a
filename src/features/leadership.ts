import type { Fence } from "../domain/change-set.ts";

/**
 * Which of several control planes does what only one may do. `fence` is undefined unless this process leads at this
 * moment by its own monotonic clock, with the lease's rest still ahead of it; every write made in its name compares it.
 */
export interface Leadership {
  readonly fence: Fence | undefined;
  /** Runs `work` each time this process begins to lead; the signal aborts when it no longer does. Gives what ends it. */
  lead(work: (fence: Fence, signal: AbortSignal) => Promise<void>): () => void;
}
