import type { ResourceRef } from "@leverframe/agent/protocol";
import type { StoredEntry } from "../../domain/stored-entry.ts";

/** A lever at a revision, as far as etcd still knows: `known: false` where that revision is compacted. */
export type Past =
  | { readonly known: true; readonly entry: StoredEntry | undefined }
  | { readonly known: false };

/** Levers of an environment at one revision, by full key. */
export interface LiveState {
  readonly revision: number;
  readonly live: ReadonlyMap<string, StoredEntry>;
}

/** What going back needs of etcd. Every call has a deadline; etcd's absence is a `DomainError` UNAVAILABLE. */
export interface BackStore {
  at(env: string, ref: ResourceRef, revision: number): Promise<Past>;
  /** Now; of one scope, or of all. Throws NOT_FOUND for an environment that nobody made. */
  current(env: string, service: string | undefined): Promise<LiveState>;
  /** At a revision that is not to come; undefined where that is compacted. Throws INVALID where the environment was not there yet. */
  asOf(env: string, service: string | undefined, revision: number): Promise<LiveState | undefined>;
}
