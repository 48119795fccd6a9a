import type { Author, Journal, Kind, ResourceRef } from "@leverframe/agent/protocol";

/** A resource as one change set left it. */
export interface ResourceVersion extends ResourceRef {
  readonly env: string;
  readonly epoch: string;
  /** The etcd revision of the change set. */
  readonly revision: number;
  /** The resource's own count: `v17`; of the version before it where it was deleted. */
  readonly version: number;
  readonly changeSetId: string;
  readonly op: "put" | "delete";
  /** As stored in etcd; undefined where it was deleted. */
  readonly body: Record<string, unknown> | undefined;
  readonly at: string;
  readonly author: Author;
  readonly reason: string;
}

/** A change set as the history holds it: the journal, and where it stands. */
export interface HistoryEntry {
  readonly env: string;
  readonly epoch: string;
  readonly revision: number;
  readonly journal: Journal;
}

/** A moment of an environment: a revision of the present epoch, or a time. */
export type Moment = { readonly revision: number } | { readonly at: string };

export interface HistoryPage<Row> {
  readonly rows: readonly Row[];
  /** Hand it back to see what is older; undefined at the end. */
  readonly next: string | undefined;
}

export interface HistoryFilter {
  readonly service?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly name?: string | undefined;
  readonly author?: string | undefined;
  readonly groupId?: string | undefined;
  readonly cursor?: string | undefined;
  /** At most 200. */
  readonly limit: number;
}

/**
 * What SQL remembers. Every call has a deadline, and rejects with a `DomainError` UNAVAILABLE while SQL is away; what
 * was asked for and is not there (yet, or any more) is undefined, never an error.
 */
export interface HistoryReader {
  changeSet(env: string, id: string): Promise<HistoryEntry | undefined>;
  /** Newest first. */
  changeSets(env: string, filter: HistoryFilter): Promise<HistoryPage<HistoryEntry>>;
  /** Newest first: those whose reason or author holds each of the terms, in any case of letters; without their bodies. */
  mentions(env: string, terms: readonly string[], limit: number): Promise<readonly HistoryEntry[]>;
  /** Newest first. */
  versions(
    env: string,
    ref: ResourceRef,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<HistoryPage<ResourceVersion>>;
  /** The version of one resource in force at a moment; a deleted one is given as such. */
  versionAt(env: string, ref: ResourceRef, moment: Moment): Promise<ResourceVersion | undefined>;
  /** Every resource in force at a moment, of one service (`*` too) or of all; deleted ones are left out. */
  stateAt(env: string, moment: Moment, service?: string): Promise<readonly ResourceVersion[]>;
  /** The revision up to which it is complete, in the present epoch; 0 where nothing is. */
  position(env: string): Promise<{ readonly epoch: string; readonly revision: number }>;
}
