import { Backoff, pause } from "./backoff.ts";
import { EtcdError } from "./errors.ts";
import { listPrefix } from "./mirror-list.ts";
import { Prover } from "./mirror-prover.ts";
import { MirrorState } from "./mirror-state.ts";
import { type EpochKey, MirrorTable } from "./mirror-table.ts";
import {
  DEFAULT_TIMINGS,
  type ListCause,
  type MirrorBatch,
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
  readonly #state: MirrorState;
  readonly #table: MirrorTable;
  readonly #prover: Prover;
  readonly #counters: MirrorCounters = {
    relists: 0,
    compactions: 0,
    cancels: 0,
    epochs: 0,
    repairs: 0,
    streams: 0,
    revisions: 0,
  };
  #pageSize: number;
  #watch: Watch | undefined;
  #running: Promise<void> | undefined;
  #markReady: () => void = () => {};
  readonly #readied: Promise<void>;

  constructor(options: MirrorOptions) {
    const random = options.random ?? Math.random;
    this.#options = options;
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.#pageSize = options.pageSize ?? PAGE_KEYS;
    const { backoffFirstMs, backoffMaxMs, staleAfterMs } = this.#timings;
    this.#backoff = new Backoff({ firstMs: backoffFirstMs, maxMs: backoffMaxMs, random });
    this.#table = new MirrorTable(this.#epochKey(), options.keysOnly);
    this.#state = new MirrorState({
      now: options.now ?? (() => performance.now()),
      staleAfterMs,
      announce: () => this.#guarded(() => options.onStatus?.(this.status)),
    });
    this.#prover = new Prover({
      etcd: options.etcd,
      prefix: options.prefix,
      proof: options.check,
      timings: this.#timings,
      table: this.#table,
      state: this.#state,
      random,
      onSameLife: () => this.#backoff.reset(),
      onError: (error) => this.#report(error),
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
    if (this.#table.life) return;
    const name = this.#options.name ?? this.#options.prefix;
    if (this.#stop.signal.aborted) throw new EtcdError("CANCELLED", `mirror ${name}: closed`);
    const why = this.#state.error ?? "no answer";
    throw new EtcdError("DEADLINE", `mirror ${name}: no list within ${deadlineMs} ms: ${why}`);
  }

  /** What is held now; one map for life, changed between batches only. */
  get entries(): ReadonlyMap<string, KeyValue> {
    return this.#table.entries;
  }

  /** The last revision applied; 0 before the first list. */
  get revision(): number {
    return this.#table.revision;
  }

  /** Undefined before the first list. */
  get clusterId(): string | undefined {
    return this.#table.life?.clusterId;
  }

  get counters(): Readonly<MirrorCounters> {
    return this.#counters;
  }

  get status(): MirrorStatus {
    const { state, sinceMs, lastProofMs, error } = this.#state;
    const { relists, streams } = this.#counters;
    const { revision } = this.#table;
    return {
      state,
      sinceMs,
      lastProofMs,
      revision,
      relists,
      streams,
      ...(error === undefined ? {} : { error }),
    };
  }

  /** Checks now, or joins the check that is under way. Resolves when it ended, well or not: `status` says which. */
  check(): Promise<void> {
    return this.#watch ? this.#prover.check(this.#watch) : Promise.resolve();
  }

  /** Ends it; resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#watch?.end("closed", "closed");
    await this.#running;
    this.#state.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let cause: ListCause | undefined = "start";
    let newEpoch: string | undefined;
    while (!signal.aborted) {
      try {
        if (cause) {
          await this.#list(cause, newEpoch);
          cause = undefined;
        }
        if (signal.aborted) return;
        const end = await this.#follow();
        if (end.why === "closed") return;
        cause = this.#causeOf(end);
        newEpoch = end.why === "epoch" ? end.detail : undefined;
        this.#state.lost(end.detail);
      } catch (error) {
        if (signal.aborted) return;
        this.#state.lost(error instanceof Error ? error.message : String(error));
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

  async #list(cause: ListCause, said: string | undefined): Promise<void> {
    const { etcd, prefix, keysOnly = false } = this.#options;
    const { signal } = this.#stop;
    const { deadlineMs } = this.#timings;
    const pageSize = this.#pageSize;
    const listed = await listPrefix({ etcd, prefix, keysOnly, pageSize, deadlineMs, signal });
    if (signal.aborted) return;
    this.#pageSize = listed.pageSize;
    if (this.#table.life) this.#counters.relists++;
    const { batch, newEpoch } = this.#table.install(listed, cause, said);
    if (newEpoch !== undefined) this.#counters.epochs++;
    this.#markReady();
    if (batch) this.#deliver(batch);
  }

  /** One watch, from its opening to its end. Events come only after a check that this is the same life of the data. */
  async #follow(): Promise<WatchEnd> {
    const { etcd, prefix } = this.#options;
    const assembly = new RevisionAssembly(this.#table.cursor);
    const watch = await Watch.open({
      etcd,
      prefix,
      fromRevision: this.#table.cursor + 1,
      deadlineMs: this.#timings.deadlineMs,
      onPart: (part) => this.#receive(watch, assembly, part),
    });
    this.#counters.streams++;
    this.#watch = watch;
    if (this.#stop.signal.aborted) watch.end("closed", "closed");
    if (await watch.created) void this.#prover.check(watch);
    const end = await watch.ended;
    this.#watch = undefined;
    await this.#prover.settle();
    return end;
  }

  #receive(watch: Watch, assembly: RevisionAssembly, part: WatchPart): void {
    for (const whole of assembly.push(part)) {
      const stranger = this.#table.strangerIn(whole);
      if (stranger !== undefined) {
        watch.end("epoch", stranger);
        return;
      }
      this.#counters.revisions++;
      this.#deliver(this.#table.apply(whole));
      if (watch.gone.aborted) return;
    }
    this.#prover.partCame();
  }

  #epochKey(): EpochKey | undefined {
    const { check } = this.#options;
    if (check.kind !== "head") return undefined;
    return { key: check.key, epochOf: (value) => this.#guarded(() => check.epochOf(value)) };
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
