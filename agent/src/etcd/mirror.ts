import { Backoff, pause } from "./backoff.ts";
import { EtcdError } from "./errors.ts";
import { anotherLife, type Evidence, holds, type Life, readEvidence } from "./mirror-check.ts";
import { type Listed, listPrefix } from "./mirror-list.ts";
import { MirrorState } from "./mirror-state.ts";
import {
  DEFAULT_TIMINGS,
  type ListCause,
  type MirrorBatch,
  type MirrorChange,
  type MirrorCounters,
  type MirrorOptions,
  type MirrorStatus,
  type MirrorTimings,
} from "./mirror-types.ts";
import { Watch, type WatchEnd } from "./mirror-watch.ts";
import type { KeyValue } from "./requests.ts";
import { RevisionAssembly, type WatchPart } from "./revision-assembly.ts";

const PAGE_KEYS = 512;

/**
 * Follows one prefix of etcd (DESIGN §4 Follow): a paged list at one revision, then a watch from the next, resumed
 * where it broke. Each batch is one whole revision, or one list; revisions strictly rise except over a new epoch. It
 * lists again only after a compaction, a cancelled watch, a new epoch, or a difference that was proved. Never throws
 * into its host and never stops trying before `close()`.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #timings: MirrorTimings;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  readonly #random: () => number;
  readonly #state: MirrorState;
  readonly #entries = new Map<string, KeyValue>();
  readonly #counters: MirrorCounters = {
    relists: 0,
    compactions: 0,
    cancels: 0,
    epochs: 0,
    repairs: 0,
    streams: 0,
    revisions: 0,
  };
  #revision = 0;
  /** All revisions up to here are applied, or proved not to concern the prefix. */
  #cursor = 0;
  #life: Life | undefined;
  #pageSize: number;
  #watch: Watch | undefined;
  #assembly = new RevisionAssembly(0);
  #running: Promise<void> | undefined;
  #checking: Promise<void> | undefined;
  #checkTimer: NodeJS.Timeout | undefined;
  /** A check found the mirror behind, and the watch was reopened for it. */
  #reopened = false;
  #partsSeen = 0;
  #onPart: () => void = () => {};
  #markReady: () => void = () => {};
  readonly #readied: Promise<void>;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.#random = options.random ?? Math.random;
    this.#pageSize = options.pageSize ?? PAGE_KEYS;
    this.#backoff = new Backoff({
      firstMs: this.#timings.backoffFirstMs,
      maxMs: this.#timings.backoffMaxMs,
      random: this.#random,
    });
    this.#state = new MirrorState({
      now: options.now ?? (() => performance.now()),
      staleAfterMs: this.#timings.staleAfterMs,
      announce: () => this.#guarded(() => options.onStatus?.(this.status)),
    });
    this.#readied = new Promise((resolve) => {
      this.#markReady = resolve;
    });
  }

  /** Begins to follow; a second call does nothing. */
  start(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    this.#state.begin();
    this.#running = this.#run();
  }

  /** Resolves once the first list is applied; rejects with DEADLINE or CANCELLED. The mirror goes on trying. */
  async ready(deadlineMs: number): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stop.signal]);
    try {
      await Promise.race([this.#readied, pause(deadlineMs, signal)]);
    } finally {
      over.abort();
    }
    if (this.#life) return;
    const name = this.#options.name ?? this.#options.prefix;
    if (this.#stop.signal.aborted) throw new EtcdError("CANCELLED", `mirror ${name}: closed`);
    const why = this.#state.error ?? "no answer";
    throw new EtcdError("DEADLINE", `mirror ${name}: no list within ${deadlineMs} ms: ${why}`);
  }

  /** What is held now; one map for life, changed between batches only. */
  get entries(): ReadonlyMap<string, KeyValue> {
    return this.#entries;
  }

  /** The last revision applied; 0 before the first list. */
  get revision(): number {
    return this.#revision;
  }

  /** Undefined before the first list. */
  get clusterId(): string | undefined {
    return this.#life?.clusterId;
  }

  get counters(): Readonly<MirrorCounters> {
    return this.#counters;
  }

  get status(): MirrorStatus {
    const { state, sinceMs, lastProofMs, error } = this.#state;
    return {
      state,
      sinceMs,
      lastProofMs,
      revision: this.#revision,
      relists: this.#counters.relists,
      streams: this.#counters.streams,
      ...(error === undefined ? {} : { error }),
    };
  }

  /** Checks now, or joins the check that is under way. Resolves when it ended, well or not: `status` says which. */
  check(): Promise<void> {
    const watch = this.#watch;
    if (!watch) return Promise.resolve();
    this.#checking ??= this.#prove(watch).finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Ends it; resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#checkTimer);
    this.#watch?.end("closed", "closed");
    this.#onPart();
    await this.#running;
    await this.#checking;
    this.#state.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let cause: ListCause | undefined = "start";
    let newEpoch: string | undefined;
    while (!signal.aborted) {
      try {
        if (cause) {
          this.#install(await this.#list(), cause, newEpoch);
          cause = undefined;
          newEpoch = undefined;
        }
        if (signal.aborted) return;
        const end = await this.#follow();
        if (end.why === "closed") return;
        cause = this.#causeOf(end);
        newEpoch = end.why === "epoch" ? end.detail : undefined;
        this.#state.lost(end.detail);
      } catch (error) {
        if (signal.aborted) return;
        this.#state.lost(reasonOf(error));
        if (!(error instanceof EtcdError)) this.#report(error);
      }
      await pause(this.#backoff.next(), signal);
    }
  }

  #causeOf(end: WatchEnd): ListCause | undefined {
    switch (end.why) {
      case "compacted":
        this.#counters.compactions++;
        return "compacted";
      case "cancelled":
        this.#counters.cancels++;
        return "cancelled";
      case "epoch":
        return "epoch";
      case "differs":
        this.#counters.repairs++;
        return "checked";
      case "broken":
      case "closed":
        return undefined;
    }
  }

  #list(): Promise<Listed> {
    const { etcd, prefix } = this.#options;
    const { signal } = this.#stop;
    return listPrefix({
      etcd,
      prefix,
      pageSize: this.#pageSize,
      deadlineMs: this.#timings.deadlineMs,
      signal,
    });
  }

  #install(listed: Listed, wanted: ListCause, said: string | undefined): void {
    if (this.#stop.signal.aborted) return;
    const epochId = this.#epochOf(listed.entries);
    const newEpoch = said ?? (this.#life && anotherLife(this.#life, { ...listed, epochId }));
    const first = this.#life === undefined;
    if (newEpoch !== undefined) this.#counters.epochs++;
    if (!first) this.#counters.relists++;
    this.#life = { clusterId: listed.clusterId, epochId, seenRevision: listed.revision };
    this.#pageSize = listed.pageSize;
    const changes = this.#replace(listed.entries);
    const risen = first || newEpoch !== undefined || listed.revision > this.#revision;
    this.#revision = listed.revision;
    this.#cursor = listed.revision;
    if (first) this.#markReady();
    if (!risen && changes.length === 0) return;
    this.#deliver({
      kind: "list",
      revision: listed.revision,
      entries: this.#entries,
      changes,
      cause: newEpoch === undefined ? wanted : "epoch",
      ...(newEpoch === undefined ? {} : { newEpoch }),
    });
  }

  #replace(listed: ReadonlyMap<string, KeyValue>): MirrorChange[] {
    const changes: MirrorChange[] = [];
    for (const entry of this.#entries.values())
      if (!listed.has(entry.key)) changes.push({ type: "delete", key: entry.key, revision: this.#revision });
    for (const entry of listed.values()) {
      const held = this.#entries.get(entry.key);
      if (held?.modRevision !== entry.modRevision || !held.value.equals(entry.value))
        changes.push({ type: "put", entry });
    }
    this.#applyToEntries(changes);
    return changes;
  }

  #applyToEntries(changes: readonly MirrorChange[]): void {
    for (const change of changes)
      if (change.type === "put") this.#entries.set(change.entry.key, change.entry);
      else this.#entries.delete(change.key);
  }

  /** One watch, from its opening to its end. Events come only after a check that this is the same life of the data. */
  async #follow(): Promise<WatchEnd> {
    const { etcd, prefix } = this.#options;
    const assembly = new RevisionAssembly(this.#cursor);
    this.#assembly = assembly;
    const watch = await Watch.open({
      etcd,
      prefix,
      fromRevision: this.#cursor + 1,
      deadlineMs: this.#timings.deadlineMs,
      onPart: (part) => this.#receive(watch, assembly, part),
    });
    this.#counters.streams++;
    this.#watch = watch;
    if (this.#stop.signal.aborted) watch.end("closed", "closed");
    if (await watch.created) await this.check();
    const end = await watch.ended;
    clearTimeout(this.#checkTimer);
    this.#watch = undefined;
    this.#onPart();
    await this.#checking;
    return end;
  }

  #receive(watch: Watch, assembly: RevisionAssembly, part: WatchPart): void {
    if (watch !== this.#watch || assembly !== this.#assembly) return;
    this.#partsSeen++;
    for (const whole of assembly.push(part)) {
      const stranger = this.#strangerIn(whole.changes);
      if (stranger !== undefined) {
        watch.end("epoch", stranger);
        break;
      }
      this.#applyToEntries(whole.changes);
      this.#revision = whole.revision;
      this.#cursor = Math.max(this.#cursor, whole.revision);
      if (this.#life && whole.revision > this.#life.seenRevision)
        this.#life = { ...this.#life, seenRevision: whole.revision };
      this.#counters.revisions++;
      this.#deliver({ kind: "revision", revision: whole.revision, changes: whole.changes });
      if (this.#stop.signal.aborted) return;
    }
    this.#onPart();
  }

  /** A head that bears another epoch id than the one followed; the first head ever seen gives the id. */
  #strangerIn(changes: readonly MirrorChange[]): string | undefined {
    const { check } = this.#options;
    if (check.kind !== "head" || !this.#life) return undefined;
    for (const change of changes) {
      if (change.type !== "put" || change.entry.key !== check.key) continue;
      const epochId = this.#guarded(() => check.epochOf(change.entry.value));
      if (epochId === undefined) continue;
      if (this.#life.epochId === undefined) this.#life = { ...this.#life, epochId };
      else if (epochId !== this.#life.epochId) return `epoch ${epochId} instead of ${this.#life.epochId}`;
    }
    return undefined;
  }

  #epochOf(entries: ReadonlyMap<string, KeyValue>): string | undefined {
    const { check } = this.#options;
    if (check.kind !== "head") return undefined;
    const head = entries.get(check.key);
    return head && this.#guarded(() => check.epochOf(head.value));
  }

  /** Asks etcd for the state of the prefix, and waits until the mirror holds it. Ends the watch where it can't. */
  async #prove(watch: Watch): Promise<void> {
    clearTimeout(this.#checkTimer);
    const { etcd, prefix, check } = this.#options;
    const { deadlineMs, checkEveryMs, reopenAfterMs } = this.#timings;
    // Judged by what was known when it was asked: meanwhile events may raise the revisions seen.
    const before = this.#life;
    let evidence: Evidence;
    try {
      evidence = await readEvidence(etcd, prefix, check, { deadlineMs, signal: watch.gone });
    } catch (error) {
      if (watch !== this.#watch || watch.gone.aborted) return;
      if (!(error instanceof EtcdError)) this.#report(error);
      this.#state.failed(reasonOf(error));
      if (watch.released) this.#checkLater(watch, Math.min(checkEveryMs, reopenAfterMs));
      else watch.end("broken", reasonOf(error));
      return;
    }
    if (watch !== this.#watch || !this.#life || !before) return;
    const stranger = anotherLife(before, evidence);
    if (stranger !== undefined) {
      watch.end("epoch", stranger);
      return;
    }
    const seenRevision = Math.max(this.#life.seenRevision, evidence.revision);
    this.#life = { ...this.#life, seenRevision, epochId: this.#life.epochId ?? evidence.epochId };
    this.#backoff.reset();
    watch.release();
    if (!(await this.#catchUp(watch, evidence))) return;
    // Same newest revision and count as etcd at that revision: nothing up to there is missing.
    if (check.kind === "newest") this.#cursor = Math.max(this.#cursor, evidence.revision);
    this.#reopened = false;
    this.#state.proved();
    this.#checkLater(watch, checkEveryMs * (0.9 + 0.2 * this.#random()));
  }

  /** Waits until the mirror holds what etcd showed. False when the watch ended, or was ended for its silence. */
  async #catchUp(watch: Watch, evidence: Evidence): Promise<boolean> {
    const { check } = this.#options;
    const { reopenAfterMs } = this.#timings;
    while (watch === this.#watch && !watch.gone.aborted) {
      if (holds({ revision: this.#revision, entries: this.#entries }, check, evidence)) return true;
      if (await this.#nextPart(watch, reopenAfterMs)) continue;
      const detail = `etcd shows revision ${evidence.modRevision}, the watch stays silent at ${this.#revision}`;
      watch.end(this.#reopened ? "differs" : "broken", detail);
      this.#reopened = !this.#reopened;
      return false;
    }
    return false;
  }

  /** Whether a message comes within `ms`; also true when the watch ends. */
  async #nextPart(watch: Watch, ms: number): Promise<boolean> {
    const seen = this.#partsSeen;
    const came = new AbortController();
    this.#onPart = () => came.abort();
    await pause(ms, AbortSignal.any([came.signal, watch.gone]));
    this.#onPart = () => {};
    return this.#partsSeen !== seen || watch.gone.aborted;
  }

  #checkLater(watch: Watch, ms: number): void {
    clearTimeout(this.#checkTimer);
    if (watch.gone.aborted) return;
    this.#checkTimer = setTimeout(() => void this.check(), ms);
    this.#checkTimer.unref();
  }

  #deliver(batch: MirrorBatch): void {
    this.#guarded(() => this.#options.onBatch(batch));
  }

  /** The host's code: whatever it throws is reported, never passed on. */
  #guarded<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // A reporter that throws has nobody left to tell.
    }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
