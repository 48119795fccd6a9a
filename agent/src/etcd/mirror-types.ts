import type { Etcd } from "./client.ts";
import type { KeyValue } from "./requests.ts";

export type MirrorChange =
  | { readonly type: "put"; readonly entry: KeyValue }
  | { readonly type: "delete"; readonly key: string; readonly revision: number };

/** Why a mirror listed: `checked` = it was proved to differ from etcd although its watch was open. */
export type ListCause = "start" | "compacted" | "cancelled" | "epoch" | "checked";

/**
 * What a mirror applied at one go. A `revision` is one whole etcd revision. A `list` replaces everything; its changes
 * are against what was held before. `newEpoch` says why this is another life of the data: revisions seen before
 * are void, and only then may `revision` fall.
 */
export type MirrorBatch =
  | {
      readonly kind: "list";
      readonly revision: number;
      readonly entries: ReadonlyMap<string, KeyValue>;
      readonly changes: readonly MirrorChange[];
      readonly cause: ListCause;
      readonly newEpoch?: string;
    }
  | { readonly kind: "revision"; readonly revision: number; readonly changes: readonly MirrorChange[] };

/**
 * How a watch is proved. `head` reads one key that every writer of the prefix also writes, and knows the epoch by its
 * value. `newest` compares the newest mod revision and the count of the prefix.
 */
export type MirrorProof =
  | { readonly kind: "head"; readonly key: string; epochOf(value: Buffer): string | undefined }
  | { readonly kind: "newest" };

export interface MirrorTimings {
  /** Between two checks, ±10 %. Default 10,000. */
  readonly checkEveryMs: number;
  /** A watch that brings nothing for this long while etcd is known to be newer is reopened. Default 2,000. */
  readonly reopenAfterMs: number;
  /** Without a successful check for this long, the state is `stale`. Default 20,000. */
  readonly staleAfterMs: number;
  /** First and longest wait between two attempts. Default 50 and 1,500. */
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** Of each call, and of the opening of a watch. Default 3,000. */
  readonly deadlineMs: number;
}

export const DEFAULT_TIMINGS: MirrorTimings = {
  checkEveryMs: 10_000,
  reopenAfterMs: 2_000,
  staleAfterMs: 20_000,
  backoffFirstMs: 50,
  backoffMaxMs: 1_500,
  deadlineMs: 3_000,
};

/**
 * `connecting`: no proved watch yet, or lost and on the way back. `following`: the watch is open and proved.
 * `stale`: no successful check for `staleAfterMs`. Times are on the mirror's monotonic clock.
 */
export interface MirrorStatus {
  readonly state: "connecting" | "following" | "stale" | "closed";
  readonly sinceMs: number;
  /** When etcd last confirmed that the mirror is whole; undefined before the first time. */
  readonly lastProofMs: number | undefined;
  readonly revision: number;
  readonly relists: number;
  readonly streams: number;
  readonly error?: string;
}

/** Since the start. `relists` are the lists after the first. */
export interface MirrorCounters {
  relists: number;
  compactions: number;
  cancels: number;
  epochs: number;
  /** Lists because a check proved a difference that reopening did not mend. */
  repairs: number;
  streams: number;
  revisions: number;
}

export interface MirrorOptions {
  readonly etcd: Etcd;
  /** All keys that start with it. */
  readonly prefix: string;
  readonly name?: string;
  readonly check: MirrorProof;
  /** Called with each batch in order, synchronously, after `entries` holds it. What it throws goes to `onError`. */
  onBatch(batch: MirrorBatch): void;
  /** On each change of state. */
  onStatus?(status: MirrorStatus): void;
  onError?(error: unknown): void;
  readonly timings?: Partial<MirrorTimings>;
  /** Monotonic ms. */
  readonly now?: () => number;
  readonly random?: () => number;
  /**
   * For prefixes whose values are many and needed once: lists ask for keys alone, and `entries` hold empty values.
   * Events still bring theirs, in the changes of their batch.
   */
  readonly keysOnly?: boolean;
  /** Keys a page of a list, halved for good when a page is too large. Default 512. */
  readonly pageSize?: number;
}
