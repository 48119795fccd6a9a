import type { MirrorChange } from "./mirror-types.ts";

/** One watch message, decoded: its changes in order, and whether more of the same response follows. */
export interface WatchPart {
  readonly changes: readonly MirrorChange[];
  readonly fragment: boolean;
}

/** All changes of one revision. */
export interface WholeRevision {
  readonly revision: number;
  readonly changes: readonly MirrorChange[];
}

/** etcd promises rising revisions; a stream that breaks that can't be trusted any further. */
export class RevisionOrderError extends Error {
  constructor(got: number, after: number) {
    super(`watch sent revision ${got} after ${after}`);
    this.name = "RevisionOrderError";
  }
}

export const revisionOf = (change: MirrorChange): number =>
  change.type === "put" ? change.entry.modRevision : change.revision;

/**
 * Makes whole revisions out of watch messages. A message may hold several revisions, and one revision may be spread
 * over several messages (fragments). A revision is whole when a later one begins, or when its response ends. Holds
 * at most one unfinished revision, hence no more than etcd accepts in one transaction. One assembly a stream; the
 * unfinished rest is dropped with it, and the next stream starts after `complete`.
 */
export class RevisionAssembly {
  #complete: number;
  #open: { revision: number; changes: MirrorChange[] } | undefined;

  /** @param after the last revision that is already applied. */
  constructor(after: number) {
    this.#complete = after;
  }

  /** The last revision given out, or `after`. */
  get complete(): number {
    return this.#complete;
  }

  /** Takes a message and gives the revisions that it makes whole, in order. Throws {@link RevisionOrderError}. */
  push(part: WatchPart): WholeRevision[] {
    const whole: WholeRevision[] = [];
    for (const change of part.changes) {
      const revision = revisionOf(change);
      if (this.#open && revision > this.#open.revision) this.#close(whole);
      if (revision <= this.#complete || (this.#open && revision < this.#open.revision))
        throw new RevisionOrderError(revision, this.#open?.revision ?? this.#complete);
      this.#open ??= { revision, changes: [] };
      this.#open.changes.push(change);
    }
    if (!part.fragment) this.#close(whole);
    return whole;
  }

  #close(whole: WholeRevision[]): void {
    if (!this.#open) return;
    this.#complete = this.#open.revision;
    whole.push(this.#open);
    this.#open = undefined;
  }
}
