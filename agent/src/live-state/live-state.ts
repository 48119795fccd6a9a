import { createHash } from "node:crypto";
import { EVERY_SERVICE, type Held, type Hold } from "../protocol/index.ts";
import { type RawBatch, STREAMS, type StreamName } from "./batch.ts";
import type { ActedKind, ActedResource, JudgeTerms, OpenSecret } from "./judge.ts";
import { type Good, type HeldKey, type Refuse, type StreamImage, StreamState } from "./stream-state.ts";

/** A lever as it stands for this service: its own resource, or else the one of every service. */
export interface Effective {
  readonly kind: ActedKind;
  readonly name: string;
  readonly lever: ActedResource;
  readonly revision: number;
  readonly stream: StreamName;
}

/** A lever whose body is another now; `now` is absent where the code's default is back. */
export interface LeverChange {
  readonly kind: ActedKind;
  readonly name: string;
  readonly now: Effective | undefined;
}

/** What a batch did. All of `changes` are to be swapped in at once. */
export interface Outcome {
  readonly changes: readonly LeverChange[];
  /** Whether what the receipt says of revisions, holds or held keys is another now. */
  readonly told: boolean;
  /** How long receipts of this change are spread. */
  readonly spreadMs: number;
}

export type UnsupportedLever = {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
};

/** What a snapshot keeps, and a restart begins with. */
export interface LiveImage {
  readonly own: StreamImage;
  readonly shared: StreamImage;
}

const noKeys: OpenSecret = () => {
  throw new Error("this agent was given no keys");
};
const leverKey = (kind: string, name: string): string => `${kind}/${name}`;
const NO_OUTCOME: Outcome = { changes: [], told: false, spreadMs: 0 };

/**
 * Both streams of an agent, and what is in force of them. One that may not be obeyed holds the whole state. Without
 * time or I/O: batches in, changes out.
 */
export class LiveState {
  readonly #service: string;
  readonly #streams: Readonly<Record<StreamName, StreamState>>;
  readonly #holds: Record<StreamName, Hold | undefined> = { own: undefined, shared: undefined };
  #refuse: Refuse = () => undefined;
  #effective: ReadonlyMap<string, Effective> = new Map();
  #digest: string | undefined;

  constructor(o: { env: string; service: string; agentVersion: string; openSecret?: OpenSecret }) {
    const { env, service, agentVersion } = o;
    const terms: JudgeTerms = { agentVersion, openSecret: o.openSecret ?? noKeys };
    this.#service = service;
    this.#streams = {
      own: new StreamState({ name: "own", env, scope: service, terms }),
      shared: new StreamState({ name: "shared", env, scope: EVERY_SERVICE, terms }),
    };
  }

  /** Asked before a valid body is put in force; see `Refuse`. */
  set refuse(refuse: Refuse) {
    this.#refuse = refuse;
  }

  get effective(): ReadonlyMap<string, Effective> {
    return this.#effective;
  }
  get ownRevision(): number {
    return this.#streams.own.appliedRevision;
  }
  get sharedRevision(): number {
    return this.#streams.shared.appliedRevision;
  }
  /** The epoch that the state in force belongs to. */
  get epoch(): string | undefined {
    return this.#streams.shared.appliedEpoch ?? this.#streams.own.appliedEpoch;
  }
  get hold(): Hold | undefined {
    return this.#holds.shared ?? this.#holds.own;
  }
  /** Whether etcd has shown both streams since the start. */
  get listed(): boolean {
    return STREAMS.every((name) => this.#streams[name].listed);
  }
  /** Whether both streams in force are etcd's own, taken since the start. */
  get settled(): boolean {
    return STREAMS.every((name) => this.#streams[name].settled);
  }
  /** Keys that are not obeyed, newest first. */
  get held(): readonly Held[] {
    return this.#everyKey((stream) => stream.held).map(
      ({ service, kind, name, revision, reason, serving }) => ({
        service,
        kind,
        name,
        revision,
        reason,
        serving,
      }),
    );
  }
  get unsupported(): readonly UnsupportedLever[] {
    return this.#everyKey((stream) => stream.unsupported).map(({ service, kind, name, reason }) => ({
      service,
      kind,
      name,
      reason,
    }));
  }
  /** Digest of the keys and revisions in force. */
  get digest(): string {
    this.#digest ??= this.#computeDigest();
    return this.#digest;
  }

  /** Begins with a snapshot. Called before any batch. */
  restore(image: LiveImage): Outcome {
    for (const name of STREAMS) this.#streams[name].restore(image[name]);
    return { changes: this.#swap(), told: true, spreadMs: 0 };
  }

  /** Takes a batch of one stream. `clusterId` is the cluster that answered. */
  apply(name: StreamName, batch: RawBatch, clusterId: string | undefined): Outcome {
    const before = this.hold;
    this.#streams[name].take(batch);
    this.#guard(name, batch.kind === "list", clusterId);
    // The other stream may have waited for this one's word on the epoch.
    const other: StreamName = name === "own" ? "shared" : "own";
    if (this.#holds[other] !== undefined) this.#guard(other, false, clusterId);
    const { hold } = this;
    if (hold !== undefined) {
      const spreadMs = this.#streams[name].spreadMs;
      return { changes: [], told: !sameHold(before, hold), spreadMs };
    }
    const settled = before === undefined ? [name] : STREAMS.filter((each) => this.#streams[each].listed);
    for (const each of settled) this.#streams[each].settle(this.#refuse);
    const spreadMs = Math.max(...settled.map((each) => this.#streams[each].spreadMs));
    return { changes: this.#swap(), told: true, spreadMs };
  }

  /** Looks at the bodies again, since the code has declared what it takes. */
  reconsider(): Outcome {
    if (this.hold !== undefined) return NO_OUTCOME;
    for (const name of STREAMS) {
      if (this.#streams[name].listed) this.#streams[name].settle(this.#refuse);
    }
    return { changes: this.#swap(), told: true, spreadMs: 0 };
  }

  /** Told the revision that etcd gave to a write of ours: nothing listed later may be below it. */
  saw(revision: number, clusterId: string): void {
    if (this.hold !== undefined) return;
    for (const name of STREAMS) this.#streams[name].saw(revision, clusterId);
  }

  /** What a restart needs. */
  image(): LiveImage {
    return { own: this.#streams.own.image(), shared: this.#streams.shared.image() };
  }

  #guard(name: StreamName, listed: boolean, clusterId: string | undefined): void {
    const sibling = this.#streams[name === "own" ? "shared" : "own"];
    const siblingEpochs = [sibling.epoch, sibling.appliedEpoch].filter((epoch) => epoch !== undefined);
    this.#holds[name] = this.#streams[name].guard(listed, clusterId, siblingEpochs).hold;
  }

  #everyKey<Key extends HeldKey | Omit<HeldKey, "serving">>(
    of: (stream: StreamState) => readonly Key[],
  ): (Key & { service: string })[] {
    return STREAMS.flatMap((name) => {
      const service = name === "own" ? this.#service : EVERY_SERVICE;
      return of(this.#streams[name]).map((key) => ({ ...key, service }));
    }).sort((a, b) => b.revision - a.revision || (a.kind + a.name < b.kind + b.name ? -1 : 1));
  }

  #swap(): LeverChange[] {
    const next = new Map<string, Effective>();
    // The service's own comes second and so overrides.
    for (const stream of ["shared", "own"] as const) {
      for (const good of this.#streams[stream].goods.values()) {
        next.set(leverKey(good.kind, good.name), toEffective(good, stream));
      }
    }
    const before = this.#effective;
    const changes: LeverChange[] = [];
    for (const [key, now] of next) {
      const { kind, name } = now;
      if (before.get(key)?.lever !== now.lever) changes.push({ kind, name, now });
    }
    for (const [key, { kind, name }] of before) {
      if (!next.has(key)) changes.push({ kind, name, now: undefined });
    }
    this.#effective = next;
    this.#digest = undefined;
    return changes;
  }

  #computeDigest(): string {
    const lines = STREAMS.flatMap((name) =>
      [...this.#streams[name].goods].map(([key, good]) => `${key}@${good.modRevision}`),
    ).sort();
    return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
  }
}

const toEffective = ({ kind, name, lever, modRevision }: Good, stream: StreamName): Effective => ({
  kind,
  name,
  lever,
  revision: modRevision,
  stream,
});

const sameHold = (left: Hold | undefined, right: Hold | undefined): boolean =>
  left?.reason === right?.reason && left?.detail === right?.detail && left?.seenEpoch === right?.seenEpoch;
