import { type Etcd, EtcdError, LeaseSession, Mirror } from "@leverframe/agent/etcd";
import { leaderKey } from "@leverframe/agent/protocol";
import type { Fence } from "../../domain/change-set.ts";
import type { Leadership } from "../../features/leadership.ts";
import { monotonicMs, sleep } from "../clock.ts";
import type { Log } from "../log.ts";

export interface LeadershipOptions {
  readonly etcd: Etcd;
  /** Which process this is, for people who look into etcd. */
  readonly id: string;
  readonly log: Log;
  readonly ttlSeconds?: number;
}

type Work = (fence: Fence, signal: AbortSignal) => Promise<void>;

interface Term {
  readonly fence: Fence;
  /** That the leader key hangs on: a session that heals itself with another one does not lead by it. */
  readonly lease: string;
  readonly over: AbortController;
  readonly running: Set<Promise<void>>;
}

const TTL_SECONDS = 5;
/** Stepped down this long before the lease could end: for the writes that are on their way. */
const MARGIN_MS = 1_000;
const LOOK_EVERY_MS = 250;
const ASK_EVERY_MS = 2_000;
const WORK_AGAIN_MS = 1_000;
const WORK_ENDS_MS = 3_000;

/**
 * Leads while `control/leader` is ours, under a lease. Steps down before the lease can end, by its own monotonic clock,
 * and at once when the key is seen to be another's or etcd no longer knows the lease (an etcd that was wiped or restored
 * counts its revisions anew: there the fence's revision says nothing). A process that was paused past that may believe in its lead for
 * some milliseconds: what it writes then fails on the fence.
 */
export class EtcdLeadership implements Leadership {
  readonly #options: LeadershipOptions;
  readonly #session: LeaseSession;
  readonly #mirror: Mirror;
  readonly #works = new Set<Work>();
  readonly #stop = new AbortController();
  #term: Term | undefined;
  #running: Promise<void> | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #freed = false;

  constructor(options: LeadershipOptions) {
    const { etcd, log } = options;
    this.#options = options;
    this.#session = new LeaseSession({
      etcd,
      ttlSeconds: options.ttlSeconds ?? TTL_SECONDS,
      register: () => Promise.resolve(),
      onError: (error) => log.debug({ err: error }, "the leader's lease: etcd does not answer"),
    });
    this.#mirror = new Mirror({
      etcd,
      prefix: leaderKey,
      name: "leader",
      check: { kind: "newest" },
      onBatch: () => {
        const standing = this.#mirror.entries.get(leaderKey);
        if (standing === undefined) this.#freed = true;
        const term = this.#term;
        const ours = standing?.createRevision === term?.fence.createRevision;
        // The mirror may still show what stood before we won.
        if (term !== undefined && !ours && this.#mirror.revision >= term.fence.createRevision) {
          this.#stepDown("the leader key is another's");
        }
      },
      onError: (error) => log.error({ err: error }, "the follower of the leader key failed"),
    });
  }

  /** Begins to stand for election; a second call does nothing. */
  start(): void {
    if (this.#running !== undefined || this.#stop.signal.aborted) return;
    this.#session.start();
    this.#mirror.start();
    this.#running = this.#run();
  }

  get fence(): Fence | undefined {
    return this.#term !== undefined && this.#holds(this.#term) ? this.#term.fence : undefined;
  }

  lead(work: Work): () => void {
    this.#works.add(work);
    if (this.#term !== undefined) this.#begin(this.#term, work);
    return () => this.#works.delete(work);
  }

  /** Ends it and gives the lead away at once. Waits 3 s at the most for work to end. Never rejects. */
  async close(): Promise<void> {
    const term = this.#term;
    this.#stop.abort();
    this.#stepDown("stopping");
    if (term !== undefined) await Promise.race([Promise.all(term.running), sleep(WORK_ENDS_MS)]);
    await this.#running;
    await this.#mirror.close();
    await this.#session.close({ revoke: true });
  }

  #safe(): boolean {
    return monotonicMs() + MARGIN_MS < this.#session.surelyUntilMs;
  }

  #holds(term: Term): boolean {
    return this.#safe() && this.#session.leaseId === term.lease;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (this.#term !== undefined && !this.#holds(this.#term)) {
        this.#stepDown("etcd did not renew the lease in time, or no longer knows it");
      }
      if (this.#term === undefined && this.#safe() && this.#mayAsk()) await this.#campaign();
      await sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  #mayAsk(): boolean {
    return this.#freed || monotonicMs() - this.#askedMs >= ASK_EVERY_MS;
  }

  async #campaign(): Promise<void> {
    const { etcd, id, log } = this.#options;
    const lease = this.#session.leaseId;
    if (lease === undefined) return;
    this.#askedMs = monotonicMs();
    this.#freed = false;
    try {
      const value = JSON.stringify({ id, since: new Date().toISOString() });
      const result = await etcd.txn({
        compare: [{ key: leaderKey, target: "create", equals: 0 }],
        success: [{ put: leaderKey, value, lease }],
        failure: [{ range: { key: leaderKey } }],
      });
      const standing = result.ranges[0]?.kvs[0];
      // An earlier try whose answer was lost may have won.
      const createRevision = result.succeeded
        ? result.revision
        : standing?.lease === lease
          ? standing.createRevision
          : undefined;
      if (createRevision === undefined || this.#session.leaseId !== lease || !this.#safe()) return;
      if (this.#stop.signal.aborted) return;
      const fence = { key: leaderKey, createRevision };
      this.#term = { fence, lease, over: new AbortController(), running: new Set() };
      log.info({ id, revision: createRevision }, "this control plane leads");
      for (const work of this.#works) this.#begin(this.#term, work);
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      log.debug({ err: error }, "etcd does not answer the election");
    }
  }

  #begin(term: Term, work: Work): void {
    const running = this.#repeat(term, work).finally(() => term.running.delete(running));
    term.running.add(running);
  }

  /** Work that fails is begun again while this process leads. */
  async #repeat(term: Term, work: Work): Promise<void> {
    const { signal } = term.over;
    while (!signal.aborted && this.#works.has(work)) {
      try {
        await work(term.fence, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.error({ err: error }, "a leader's work failed; it is begun again");
      }
      await sleep(WORK_AGAIN_MS, signal).catch(() => undefined);
    }
  }

  #stepDown(why: string): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    term.over.abort(new Error(why));
    this.#options.log.info({ why }, "this control plane leads no more");
  }
}
