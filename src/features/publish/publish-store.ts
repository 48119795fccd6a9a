import type { Journal, ResourceRef } from "@leverframe/agent/protocol";
import type { PlannedChangeSet, PublishView } from "../../domain/change-set.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";

/** How one attempt to commit ended. */
export type CommitOutcome =
  | { readonly outcome: "committed"; readonly revision: number }
  /** The journal already bears our id: an earlier attempt, whose answer was lost, went through. */
  | { readonly outcome: "already"; readonly revision: number; readonly journal: Journal }
  /** The leader in whose name it was sent leads no more. */
  | { readonly outcome: "deposed" }
  /** Something compared was not as expected: what stands now, by key (0 = nothing). */
  | { readonly outcome: "changed"; readonly standing: ReadonlyMap<string, number> };

/**
 * How the present is looked at: from memory where that follows etcd; with the edited levers read anew, as a conflict
 * must be proved; or with everything that the interlock judges by read anew, as a refusal must be.
 */
export type Look = "remembered" | "edited" | "whole";

/** What publishing needs of etcd. Every call has a deadline. */
export interface PublishStore {
  view(env: string, refs: readonly ResourceRef[], look: Look): Promise<PublishView>;
  /**
   * Sends one transaction. Rejects with an error for which `outcomeUnknown` is true where it may or may not have
   * been applied; any other rejection means that it was not.
   */
  commit(plan: PlannedChangeSet): Promise<CommitOutcome>;
  /** The journal of a change set, with the revision at which it was committed. */
  journal(
    env: string,
    id: string,
  ): Promise<{ readonly journal: Journal; readonly revision: number } | undefined>;
  /** A resource as it stood at a revision; undefined where it was not there, or history is compacted. */
  at(env: string, ref: ResourceRef, revision: number): Promise<StoredEntry | undefined>;
  outcomeUnknown(error: unknown): boolean;
  unavailable(error: unknown): boolean;
}
