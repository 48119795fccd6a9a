import { type Head, headKey } from "../protocol/index.ts";
import type { RawBatch, RawEntry, StreamName } from "./batch.ts";
import { type Judgement, judgeLife, type Known, NOTHING_KNOWN, type Seen } from "./guard.ts";
import { readHead } from "./head.ts";
import { type ActedResource, type Judged, type JudgeTerms, judge, lackingOf } from "./judge.ts";

/** A body that is, or was, in force. */
export interface Good {
  readonly kind: ActedResource["kind"];
  readonly name: string;
  readonly lever: ActedResource;
  readonly value: Buffer;
  readonly modRevision: number;
  /** Undefined across lives of the data, where it would compare with nothing. */
  readonly createRevision: number | undefined;
  readonly origin: "live" | "snapshot";
  /** The body in force before this one; one step only. */
  readonly previous?: Good;
}

/** A key that is not obeyed. */
export interface HeldKey {
  readonly kind: string;
  readonly name: string;
  readonly revision: number;
  readonly reason: string;
  readonly serving: "last-good" | "snapshot" | "default";
}

export interface UnsupportedKey {
  readonly kind: string;
  readonly name: string;
  readonly revision: number;
  readonly reason: string;
}

/** What the code itself has against a body that the protocol allows; undefined when it takes it. */
export type Refuse = (lever: ActedResource, name: string) => string | undefined;

/** What the snapshot keeps of a stream. */
export interface StreamImage {
  readonly revision: number;
  readonly known: Known;
  readonly goods: readonly {
    readonly key: string;
    readonly value: string;
    readonly modRevision: number;
    readonly createRevision?: number | undefined;
  }[];
}

interface HeadSeen {
  readonly head: Head | undefined;
  readonly revision: number;
}

const NO_HEAD: HeadSeen = { head: undefined, revision: 0 };

/**
 * One stream: what etcd shows, and what of it is in force. The two differ while something is held. Deterministic and
 * without time or I/O; `settle` gives the same answer however the entries came (one list, or many revisions).
 */
export class StreamState {
  readonly name: StreamName;
  readonly #headKey: string;
  readonly #terms: JudgeTerms;
  readonly #judged = new Map<string, Judged>();
  /** Keys that are neither resource nor head: counted only. */
  readonly #others = new Set<string>();
  #head: HeadSeen = NO_HEAD;
  #goods: ReadonlyMap<string, Good> = new Map();
  #known: Known = NOTHING_KNOWN;
  #seenRevision = 0;
  #appliedRevision = 0;
  #appliedEpoch: string | undefined;
  #listed = false;
  #settled = false;
  #spreadMs = 0;
  held: readonly HeldKey[] = [];
  unsupported: readonly UnsupportedKey[] = [];

  constructor(o: { name: StreamName; env: string; scope: string; terms: JudgeTerms }) {
    this.name = o.name;
    this.#headKey = headKey(o.env, o.scope);
    this.#terms = o.terms;
  }

  /** In force, by key. */
  get goods(): ReadonlyMap<string, Good> {
    return this.#goods;
  }
  /** Everything up to this revision is applied, or held by name. */
  get appliedRevision(): number {
    return this.#appliedRevision;
  }
  /** The epoch that the state in force belongs to. */
  get appliedEpoch(): string | undefined {
    return this.#appliedEpoch;
  }
  /** The epoch that is obeyed. */
  get epoch(): string | undefined {
    return this.#known.epoch;
  }
  /** Whether etcd itself has shown the stream since the start. */
  get listed(): boolean {
    return this.#listed;
  }
  /** Whether what is in force was put there from etcd since the start. */
  get settled(): boolean {
    return this.#settled;
  }
  /** By the newest head that could be read. */
  get spreadMs(): number {
    return this.#spreadMs;
  }

  /** Takes what etcd shows now; changes nothing that is in force. */
  take(batch: RawBatch): void {
    this.#seenRevision = batch.revision;
    if (batch.kind === "revision") {
      for (const change of batch.changes) {
        if (change.type === "put") this.#put(change.entry);
        else this.#remove(change.key);
      }
      return;
    }
    this.#listed = true;
    for (const key of [...this.#judged.keys(), ...this.#others]) {
      if (!batch.entries.has(key)) this.#remove(key);
    }
    if (!batch.entries.has(this.#headKey)) this.#head = NO_HEAD;
    for (const entry of batch.entries.values()) this.#put(entry);
  }

  /** Raises the highest revision seen: etcd answered another call of ours with it, in this life. */
  saw(revision: number, clusterId: string): void {
    const known = this.#known;
    if (known.revision === 0 || known.clusterId !== clusterId || revision <= known.revision) return;
    this.#known = { ...known, revision };
  }

  /** Whether the data may be obeyed. Remembers the answer's lasting part. */
  guard(listed: boolean, clusterId: string | undefined, siblingEpochs: readonly string[]): Judgement {
    const seen: Seen = {
      revision: this.#seenRevision,
      clusterId,
      head: this.#head.head,
      headRevision: this.#head.head === undefined ? 0 : this.#head.revision,
      keyCount: this.#judged.size + this.#others.size,
      listed,
    };
    const environmentsOwn = this.name === "shared" && this.#known.headRevision > 0;
    const servesAnything = this.#goods.size > 0 || environmentsOwn;
    const judgement = judgeLife(this.#known, seen, { servesAnything, siblingEpochs });
    this.#known = judgement.known;
    if (judgement.newLife) this.#forgetCreation();
    return judgement;
  }

  /**
   * Puts in force what is valid. All keys now at a mod_revision with an invalid one are held: the last good body of
   * each stays. Computed from what stands now alone, so that a restarted agent and an old one agree.
   */
  settle(refuse: Refuse): void {
    const faults = this.#findFaults();
    const goods = new Map<string, Good>();
    const held: HeldKey[] = [];
    const unsupported: UnsupportedKey[] = [];
    for (const [key, judged] of this.#judged) {
      const { kind, name, entry, verdict } = judged;
      const revision = entry.modRevision;
      const label = { kind, name, revision };
      const lacking = lackingOf(verdict);
      if (lacking !== undefined) unsupported.push({ ...label, reason: lacking });
      const reason = whyHeld(judged, faults.get(revision)) ?? refusal(refuse, judged);
      if (reason === undefined) {
        if (verdict.type === "acted") goods.set(key, advance(this.#goods.get(key), judged, verdict.lever));
        continue;
      }
      const kept = this.#lastGood(key, entry, refuse);
      if (kept !== undefined) goods.set(key, kept);
      const serving = kept === undefined ? "default" : kept.origin === "live" ? "last-good" : "snapshot";
      held.push({ ...label, reason, serving });
    }
    this.#goods = goods;
    this.held = held;
    this.unsupported = unsupported;
    this.#appliedRevision = this.#seenRevision;
    this.#appliedEpoch = this.#known.epoch;
    this.#settled = true;
  }

  /** Puts a snapshot's bodies in force, until etcd says otherwise. Bodies that this release can't act on are left out. */
  restore(image: StreamImage): void {
    const goods = new Map<string, Good>();
    for (const kept of image.goods) {
      const entry: RawEntry = {
        key: kept.key,
        value: Buffer.from(kept.value, "utf8"),
        createRevision: kept.createRevision ?? 0,
        modRevision: kept.modRevision,
      };
      const judged = judge(entry, this.#terms);
      if (judged?.verdict.type !== "acted") continue;
      goods.set(kept.key, {
        ...advance(undefined, judged, judged.verdict.lever),
        createRevision: kept.createRevision,
        origin: "snapshot",
      });
    }
    this.#goods = goods;
    this.#known = image.known;
    this.#appliedRevision = image.revision;
    this.#seenRevision = image.revision;
    this.#appliedEpoch = image.known.epoch;
  }

  /** What a restart needs. */
  image(): StreamImage {
    return {
      revision: this.#appliedRevision,
      known: this.#known,
      goods: [...this.#goods].map(([key, good]) => ({
        key,
        value: good.value.toString("utf8"),
        modRevision: good.modRevision,
        createRevision: good.createRevision,
      })),
    };
  }

  #put(entry: RawEntry): void {
    if (entry.key === this.#headKey) {
      const head = readHead(entry.value);
      this.#head = { head, revision: entry.modRevision };
      this.#spreadMs = head?.receiptSpreadMs ?? this.#spreadMs;
      return;
    }
    const old = this.#judged.get(entry.key);
    if (old !== undefined && sameBody(old.entry, entry)) return;
    const judged = judge(entry, this.#terms);
    if (judged === undefined) this.#others.add(entry.key);
    else this.#judged.set(entry.key, judged);
  }

  #remove(key: string): void {
    if (key === this.#headKey) this.#head = NO_HEAD;
    this.#judged.delete(key);
    this.#others.delete(key);
  }

  /** The invalid key of each revision that has one, by its revision. */
  #findFaults(): ReadonlyMap<number, string> {
    const faults = new Map<number, string>();
    for (const { kind, name, entry, verdict } of this.#judged.values()) {
      const label = `${kind}/${name}`;
      const first = faults.get(entry.modRevision);
      if (verdict.type === "invalid" && (first === undefined || label < first)) {
        faults.set(entry.modRevision, label);
      }
    }
    return faults;
  }

  /** The newest body of the same life of the key that the code takes. */
  #lastGood(key: string, entry: RawEntry, refuse: Refuse): Good | undefined {
    const current = this.#goods.get(key);
    for (const good of [current, current?.previous]) {
      if (good === undefined) continue;
      const sameKey = good.createRevision === undefined || good.createRevision === entry.createRevision;
      const another = good.modRevision !== entry.modRevision || !good.value.equals(entry.value);
      if (sameKey && another && refuse(good.lever, good.name) === undefined) return good;
    }
    return undefined;
  }

  #forgetCreation(): void {
    this.#goods = new Map(
      [...this.#goods].map(([key, good]) => [key, { ...good, createRevision: undefined }] as const),
    );
  }
}

const sameBody = (left: RawEntry, right: RawEntry): boolean =>
  left.modRevision === right.modRevision && left.value.equals(right.value);

function whyHeld(judged: Judged, fault: string | undefined): string | undefined {
  if (judged.verdict.type === "invalid") return judged.verdict.reason;
  if (fault === undefined) return undefined;
  return `held with ${fault}, which is invalid and of the same revision`;
}

const refusal = (refuse: Refuse, { verdict, name }: Judged): string | undefined =>
  verdict.type === "acted" ? refuse(verdict.lever, name)?.slice(0, 500) : undefined;

/** The same body keeps its identity, so that nothing is compiled or told twice. */
function advance(old: Good | undefined, judged: Judged, lever: ActedResource): Good {
  const { entry, name } = judged;
  const { previous: _, ...before } = old ?? {};
  const same = old !== undefined && old.modRevision === entry.modRevision && old.value.equals(entry.value);
  if (same && old.origin === "live" && old.createRevision === entry.createRevision) return old;
  return {
    kind: lever.kind,
    name,
    lever: same ? old.lever : lever,
    value: entry.value,
    modRevision: entry.modRevision,
    createRevision: entry.createRevision,
    origin: "live",
    ...(same
      ? old.previous === undefined
        ? {}
        : { previous: old.previous }
      : old === undefined
        ? {}
        : { previous: before as Good }),
  };
}
