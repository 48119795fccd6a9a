/** A journal's place in etcd. */
export interface JournalKey {
  readonly id: string;
  readonly revision: number;
}

export interface JournalNews extends JournalKey {
  readonly body: Buffer;
}

/** The journals of one environment as etcd holds them. Every call has a deadline. */
export interface JournalSource {
  /**
   * Tells of journals as they are committed, in the order of their revisions, each with its body. `onBreak`: some may
   * have been passed over, and with `newLife` those told before are void; a `list` from then on tells all. It comes
   * also once at the beginning: what is committed after it is told.
   */
  follow(
    env: string,
    listener: { onNews(news: readonly JournalNews[]): void; onBreak(newLife: boolean): void },
  ): { close(): Promise<void> };
  /** All journals at one revision, by revision, and the epoch that the data is of then. */
  list(env: string): Promise<JournalListing>;
  /**
   * Bodies, and what is true at the same moment. Where they are too many for one answer, only the first `asked` were
   * looked for. A journal that is gone is missing from `bodies`.
   */
  read(env: string, ids: readonly string[]): Promise<JournalReading>;
  /** The change set that each service's levers were last changed by. */
  standing(env: string): Promise<readonly JournalKey[]>;
  /** Deletes those that still are as given, if `fence` still leads: at most 50. False: it leads no more. */
  remove(env: string, keys: readonly JournalKey[], fence: number): Promise<boolean>;
}

export interface JournalListing {
  /** Undefined where the environment has no head. */
  readonly epoch: string | undefined;
  readonly revision: number;
  readonly keys: readonly JournalKey[];
}

export interface JournalReading {
  readonly epoch: string | undefined;
  /** The store's. */
  readonly revision: number;
  /** createRevision of the leader key; 0 where nobody leads. */
  readonly leader: number;
  readonly asked: number;
  readonly bodies: ReadonlyMap<string, Buffer>;
}
