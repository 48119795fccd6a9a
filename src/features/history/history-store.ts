import type { Journal } from "@leverframe/agent/protocol";

/** How far an environment's journals stand in SQL. */
export interface Position {
  /** Lives of the environment's etcd, counted from 1: a wiped or restored etcd begins another. */
  readonly life: number;
  /** The epoch id of that life. */
  readonly epoch: string;
  /** Of the last change set that stands in SQL. */
  readonly revision: number;
  /** createRevision of the leader key in whose name it was moved. */
  readonly fence: number;
}

/** A journal ready to be written; undefined where the key held nothing of ours: it is passed over. */
export interface Projected {
  readonly id: string;
  readonly revision: number;
  readonly journal: Journal | undefined;
}

export interface KnownChangeSet {
  readonly id: string;
  readonly life: number;
  readonly revision: number;
  readonly at: Date;
}

/**
 * The SQL side of the drain. Every call has a deadline and rejects with a `DomainError` UNAVAILABLE while SQL is away.
 * What it writes and the position that says so move in one SQL transaction.
 */
export interface HistoryStore {
  position(env: string): Promise<Position | undefined>;
  /**
   * Begins another life after `from` (undefined: nothing stands yet). `baseRevision`: up to where the life before goes
   * on in it; its position is there. Gives undefined, and writes nothing, if the position is not `from` any more.
   */
  beginLife(
    env: string,
    from: Position | undefined,
    next: { readonly epoch: string; readonly baseRevision: number; readonly fence: number },
  ): Promise<Position | undefined>;
  /**
   * Writes journals in the order of their revisions, each once by its id in the environment, and moves the position to
   * the last. Gives undefined, and writes nothing, if the position is not `from` any more or was moved by a later leader.
   */
  append(
    env: string,
    from: Position,
    journals: readonly Projected[],
    fence: number,
  ): Promise<Position | undefined>;
  /** The newest change set of a position's life; undefined where it has none of its own. */
  newest(env: string, position: Position): Promise<KnownChangeSet | undefined>;
  /** Those of the ids that stand in SQL, at most 500. */
  known(env: string, ids: readonly string[]): Promise<readonly KnownChangeSet[]>;
  /**
   * Drops what is older than `before`, but of each resource at least the newest `keep` versions and the one that was in
   * force at `before`. In small transactions, until done or aborted. Gives how many versions went.
   */
  forget(env: string, before: Date, keep: number, signal: AbortSignal): Promise<number>;
}
