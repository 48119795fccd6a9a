import { anotherLife, type Evidence, type Held, type Life } from "./mirror-check.ts";
import type { Listed } from "./mirror-list.ts";
import type { ListCause, MirrorBatch, MirrorChange } from "./mirror-types.ts";
import type { KeyValue } from "./requests.ts";
import type { WholeRevision } from "./revision-assembly.ts";

/** The key that bears the epoch, and how to read it. Must not throw. */
export interface EpochKey {
  readonly key: string;
  readonly epochOf: (value: Buffer) => string | undefined;
}

const NOTHING = Buffer.alloc(0);

/**
 * What a mirror holds and knows, without any input or output: the entries, the revision they are at, and the life of
 * the data that they belong to.
 */
export class MirrorTable implements Held {
  readonly #entries = new Map<string, KeyValue>();
  readonly #epochKey: EpochKey | undefined;
  readonly #keysOnly: boolean;
  #revision = 0;
  #cursor = 0;
  #life: Life | undefined;

  /** @param keysOnly values pass through in changes, and are not kept. */
  constructor(epochKey: EpochKey | undefined, keysOnly = false) {
    this.#epochKey = epochKey;
    this.#keysOnly = keysOnly;
  }

  get entries(): ReadonlyMap<string, KeyValue> {
    return this.#entries;
  }

  /** The last revision applied. */
  get revision(): number {
    return this.#revision;
  }

  /** All revisions up to here are applied, or proved not to concern the prefix: a watch may start after it. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Undefined before the first list. */
  get life(): Life | undefined {
    return this.#life;
  }

  /**
   * Takes a list in place of everything. `said`: why this is known to be another life already. Gives the batch to
   * deliver; none when it changes nothing and its revision was applied before.
   */
  install(
    listed: Listed,
    wanted: ListCause,
    said: string | undefined,
  ): { batch?: MirrorBatch; newEpoch?: string } {
    const head = this.#epochKey && listed.entries.get(this.#epochKey.key);
    const epochId = head && this.#epochKey?.epochOf(head.value);
    const first = this.#life === undefined;
    const headRevision = head?.modRevision ?? 0;
    const newEpoch = said ?? (this.#life && anotherLife(this.#life, { ...listed, epochId, headRevision }));
    const why = newEpoch === undefined ? {} : { newEpoch };
    const changes = this.#replace(listed.entries);
    const risen = first || newEpoch !== undefined || listed.revision > this.#revision;
    this.#life = {
      clusterId: listed.clusterId,
      epochId,
      seenRevision: listed.revision,
      headRevision: Math.max(headRevision, newEpoch === undefined ? (this.#life?.headRevision ?? 0) : 0),
    };
    this.#revision = listed.revision;
    this.#cursor = listed.revision;
    if (!risen && changes.length === 0) return why;
    const cause = newEpoch === undefined ? wanted : "epoch";
    const { revision } = listed;
    return { batch: { kind: "list", revision, entries: this.#entries, changes, cause, ...why }, ...why };
  }

  /**
   * Why a revision belongs to another life, if it bears an epoch id that says so; it must then not be applied. The
   * first id that is ever seen is taken as ours.
   */
  strangerIn(whole: WholeRevision): string | undefined {
    const epochKey = this.#epochKey;
    if (!epochKey || !this.#life) return undefined;
    for (const change of whole.changes) {
      if (change.type !== "put" || change.entry.key !== epochKey.key) continue;
      const epochId = epochKey.epochOf(change.entry.value);
      if (epochId === undefined) continue;
      if (this.#life.epochId === undefined) this.#life = { ...this.#life, epochId };
      else if (epochId !== this.#life.epochId) return `epoch ${epochId} instead of ${this.#life.epochId}`;
    }
    return undefined;
  }

  /** Applies a whole revision, which must be later than all before. */
  apply(whole: WholeRevision): MirrorBatch {
    this.#apply(whole.changes);
    this.#revision = whole.revision;
    this.#cursor = Math.max(this.#cursor, whole.revision);
    this.#saw(whole.revision, this.#headRevisionIn(whole.changes));
    return { kind: "revision", revision: whole.revision, changes: whole.changes };
  }

  /** Takes note of what a linearizable answer of this life said. */
  learn(evidence: Evidence): void {
    this.#saw(evidence.revision);
    const { epochId } = evidence;
    if (this.#life?.epochId === undefined && this.#life && epochId !== undefined)
      this.#life = { ...this.#life, epochId };
  }

  /** Takes note that nothing up to this revision is missing. */
  advance(revision: number): void {
    this.#cursor = Math.max(this.#cursor, revision);
  }

  #saw(revision: number, headRevision?: number): void {
    const life = this.#life;
    if (!life || (revision <= life.seenRevision && headRevision === undefined)) return;
    this.#life = {
      ...life,
      seenRevision: Math.max(revision, life.seenRevision),
      headRevision: headRevision ?? life.headRevision,
    };
  }

  /** Of the last put of the head among them. */
  #headRevisionIn(changes: readonly MirrorChange[]): number | undefined {
    const head = changes.findLast(
      (change) => change.type === "put" && change.entry.key === this.#epochKey?.key,
    );
    return head?.type === "put" ? head.entry.modRevision : undefined;
  }

  #replace(listed: ReadonlyMap<string, KeyValue>): MirrorChange[] {
    const changes: MirrorChange[] = [];
    for (const { key } of this.#entries.values())
      if (!listed.has(key)) changes.push({ type: "delete", key, revision: this.#revision });
    for (const entry of listed.values()) {
      const held = this.#entries.get(entry.key);
      if (held?.modRevision !== entry.modRevision || !held.value.equals(entry.value))
        changes.push({ type: "put", entry });
    }
    this.#apply(changes);
    return changes;
  }

  #kept(entry: KeyValue): KeyValue {
    return this.#keysOnly ? { ...entry, value: NOTHING } : entry;
  }

  #apply(changes: readonly MirrorChange[]): void {
    for (const change of changes)
      if (change.type === "put") this.#entries.set(change.entry.key, this.#kept(change.entry));
      else this.#entries.delete(change.key);
  }
}
