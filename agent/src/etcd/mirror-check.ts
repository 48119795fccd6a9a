import type { Etcd } from "./client.ts";
import type { MirrorProof } from "./mirror-types.ts";
import type { KeyValue } from "./requests.ts";

/** What etcd said about a prefix, in one linearizable read. */
export interface Evidence {
  readonly revision: number;
  readonly clusterId: string;
  /** Of the head, or of the newest key; 0 when there is none. */
  readonly modRevision: number;
  /** Of all keys, `newest` only. */
  readonly count?: number;
  readonly epochId?: string;
}

/** What the mirror knows of the life of the data that it follows. */
export interface Life {
  readonly clusterId: string;
  readonly epochId: string | undefined;
  /** The highest revision that etcd ever confirmed to us. */
  readonly seenRevision: number;
  /** The highest mod_revision of the head that was ever held; 0 without one. */
  readonly headRevision: number;
}

/** Reads the proof of a prefix. Fails as the call does. */
export async function readEvidence(
  etcd: Etcd,
  prefix: string,
  proof: MirrorProof,
  terms: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<Evidence> {
  if (proof.kind === "newest") {
    const found = await etcd.range({ prefix, keysOnly: true, newestFirst: true, limit: 1, ...terms });
    return {
      revision: found.revision,
      clusterId: found.clusterId,
      modRevision: found.kvs[0]?.modRevision ?? 0,
      count: found.count,
    };
  }
  const found = await etcd.range({ key: proof.key, ...terms });
  const head = found.kvs[0];
  const epochId = head && proof.epochOf(head.value);
  return {
    revision: found.revision,
    clusterId: found.clusterId,
    modRevision: head?.modRevision ?? 0,
    ...(epochId === undefined ? {} : { epochId }),
  };
}

/** What an answer says of the life of the data. */
export interface Sign {
  readonly revision: number;
  readonly clusterId: string;
  readonly epochId?: string | undefined;
  /** mod_revision of the head; 0 or undefined where none was seen. */
  readonly headRevision?: number | undefined;
}

/**
 * Why this is another life of the data than the one followed, or undefined when it is the same. Only linearizable
 * answers may be judged: a member that lags shows a lower revision in other headers. After a restored backup, writes of
 * others may soon bring the revision up again; the head's stays below what it was.
 */
export function anotherLife(life: Life, seen: Sign): string | undefined {
  if (seen.clusterId !== life.clusterId) return `cluster id ${seen.clusterId} instead of ${life.clusterId}`;
  if (seen.revision < life.seenRevision)
    return `revision ${seen.revision} below ${life.seenRevision}, which was seen before`;
  if (seen.headRevision && seen.headRevision < life.headRevision)
    return `head at revision ${seen.headRevision} below ${life.headRevision}, which was seen before`;
  if (life.epochId !== undefined && seen.epochId !== undefined && seen.epochId !== life.epochId)
    return `epoch ${seen.epochId} instead of ${life.epochId}`;
  return undefined;
}

/** What the mirror holds, as far as a check asks. */
export interface Held {
  readonly revision: number;
  readonly entries: ReadonlyMap<string, KeyValue>;
}

/**
 * Whether the mirror holds what etcd held at the time of the evidence. A mirror that has applied a later revision
 * has applied all before it, since a watch brings them in order.
 */
export function holds(held: Held, proof: MirrorProof, evidence: Evidence): boolean {
  if (proof.kind === "head") {
    if (evidence.modRevision === 0) return !held.entries.has(proof.key) || held.revision > evidence.revision;
    return held.revision >= evidence.modRevision;
  }
  if (held.revision >= evidence.revision) return true;
  return held.entries.size === evidence.count && newestOf(held.entries) === evidence.modRevision;
}

function newestOf(entries: ReadonlyMap<string, KeyValue>): number {
  let newest = 0;
  for (const entry of entries.values()) if (entry.modRevision > newest) newest = entry.modRevision;
  return newest;
}
