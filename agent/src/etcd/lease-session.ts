import { Backoff, pause } from "./backoff.ts";
import type { Etcd } from "./client.ts";
import { EtcdError } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";

export type LeaseState = "starting" | "alive" | "lost" | "closed";

export interface LeaseSessionOptions {
  readonly etcd: Etcd;
  /** Asked before each grant, and again every `reviewEveryMs`. Default 5. */
  readonly ttlSeconds?: number | (() => Promise<number>);
  /** Another TTL by then means another lease, to which `register` moves everything. Default: never asked again. */
  readonly reviewEveryMs?: () => number;
  /** Writes what hangs on the lease; runs again for every new lease. A failure is repeated. */
  register(leaseId: string): Promise<void>;
  onState?(state: LeaseState): void;
  onError?(error: unknown): void;
  /** Monotonic ms. */
  readonly now?: () => number;
  readonly random?: () => number;
}

const DEFAULT_TTL_SECONDS = 5;

interface Held {
  readonly id: string;
  readonly askedSeconds: number;
  /** As etcd granted it. */
  readonly ttlMs: number;
  /** When the grant was asked for: the TTL counts from there at the earliest. */
  readonly askedMs: number;
}

/** Why one lease is no longer ours; the lease that takes its place where its TTL was no longer right. */
type Loss = "expired" | "silent" | "closed" | Held;

/**
 * Keeps one lease alive: a keepalive each third of its TTL, each with a deadline. When etcd says that the lease is gone,
 * or has not answered for a whole TTL, a new lease is granted and `register` runs again; it keeps trying until
 * `close()`. `alive` means registered under a lease that was confirmed within its TTL. Never throws into its host.
 */
export class LeaseSession {
  readonly #options: LeaseSessionOptions;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  #state: LeaseState = "starting";
  #surelyUntilMs = 0;
  #leaseId: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LeaseSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#backoff = new Backoff({
      firstMs: 100,
      maxMs: 1_500,
      ...(options.random ? { random: options.random } : {}),
    });
  }

  /** The lease that is held, confirmed or not; undefined while there is none. */
  get leaseId(): string | undefined {
    return this.#leaseId;
  }

  get state(): LeaseState {
    return this.#state;
  }

  /** Monotonic ms until which etcd can't have ended the lease, counted from the last question it answered; 0 without one. */
  get surelyUntilMs(): number {
    return this.#leaseId === undefined ? 0 : this.#surelyUntilMs;
  }

  /** Begins; a second call does nothing. */
  start(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    this.#running = this.#run();
  }

  /** Ends it. With `revoke`, what hangs on the lease goes at once, else when its TTL is over. Never rejects. */
  async close(options: { revoke?: boolean } = {}): Promise<void> {
    const first = !this.#stop.signal.aborted;
    this.#stop.abort();
    await this.#running;
    const leaseId = this.#leaseId;
    this.#leaseId = undefined;
    this.#move("closed");
    if (!first || !options.revoke || leaseId === undefined) return;
    try {
      await this.#options.etcd.revokeLease(leaseId);
    } catch (error) {
      if (!(error instanceof EtcdError && error.code === "LEASE_NOT_FOUND")) this.#report(error);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const ttlSeconds = await this.#ttlSeconds();
        if (signal.aborted) return;
        let held: Held | undefined = await this.#grant(ttlSeconds);
        let outgrown: string | undefined;
        while (held !== undefined) {
          this.#leaseId = held.id;
          const loss = await this.#hold(held, outgrown);
          if (loss === "closed") return;
          outgrown = held.id;
          held = typeof loss === "object" ? loss : undefined;
        }
        this.#leaseId = undefined;
        this.#move("lost");
      } catch (error) {
        this.#report(error);
      }
      await pause(this.#backoff.next(), signal);
    }
  }

  async #grant(ttlSeconds: number): Promise<Held> {
    const askedMs = this.#now();
    const lease = await this.#options.etcd.grantLease(ttlSeconds);
    return { id: lease.id, askedSeconds: ttlSeconds, ttlMs: lease.ttlSeconds * 1_000, askedMs };
  }

  /** Another lease, where another TTL is right by now; undefined where the present one is, or etcd does not answer. */
  async #review(held: Held): Promise<Held | undefined> {
    try {
      const ttlSeconds = await this.#ttlSeconds();
      return ttlSeconds === held.askedSeconds ? undefined : await this.#grant(ttlSeconds);
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  async #ttlSeconds(): Promise<number> {
    const { ttlSeconds = DEFAULT_TTL_SECONDS } = this.#options;
    return typeof ttlSeconds === "number" ? ttlSeconds : ttlSeconds();
  }

  /** Keeps one lease until it is lost or the session closes; registers meanwhile, and gives `outgrown` back then. */
  async #hold(held: Held, outgrown: string | undefined): Promise<Loss> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stop.signal]);
    const registering = this.#register(held, outgrown, signal, () => over.abort());
    try {
      const loss = await this.#keepAlive(held, signal);
      return this.#stop.signal.aborted ? "closed" : loss;
    } finally {
      over.abort();
      await registering;
    }
  }

  async #register(
    { id: leaseId, ttlMs }: Held,
    outgrown: string | undefined,
    signal: AbortSignal,
    gone: () => void,
  ): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1_500 });
    while (!signal.aborted) {
      try {
        await within(this.#options.register(leaseId), Math.max(ttlMs, 3_000), signal);
        if (signal.aborted) return;
        this.#backoff.reset();
        this.#move("alive");
        // Nothing hangs on it any more. Should etcd not hear of it, it ends by itself.
        if (outgrown !== undefined) await this.#options.etcd.revokeLease(outgrown).catch(() => undefined);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#report(error);
        if (error instanceof EtcdError && error.code === "LEASE_NOT_FOUND") return gone();
      }
      await pause(backoff.next(), signal);
    }
  }

  async #keepAlive(held: Held, signal: AbortSignal): Promise<Loss> {
    const { id: leaseId, ttlMs } = held;
    const retry = new Backoff({ firstMs: 50, maxMs: Math.min(1_500, ttlMs / 5) });
    let confirmedMs = held.askedMs;
    this.#surelyUntilMs = confirmedMs + ttlMs;
    let next: Held | undefined;
    let reviewMs = this.#nextReviewMs();
    let beat: Heartbeat | undefined;
    try {
      await pause(ttlMs / 3, signal);
      while (!signal.aborted) {
        const leftMs = confirmedMs + ttlMs - this.#now();
        if (leftMs <= 0) return "silent";
        const sentMs = this.#now();
        try {
          beat ??= await Heartbeat.open(this.#options.etcd);
          // A third of the TTL each, so that a lost answer leaves time for another try.
          const deadlineMs = Math.min(this.#options.etcd.deadlineMs, Math.max(ttlMs / 3, 500), leftMs);
          const alive = await beat.ask(leaseId, deadlineMs, signal);
          if (signal.aborted) break;
          if (!alive) return "expired";
          confirmedMs = sentMs;
          this.#surelyUntilMs = confirmedMs + ttlMs;
          retry.reset();
          if (next !== undefined) return next;
          if (this.#now() >= reviewMs && this.#state === "alive") {
            reviewMs = this.#nextReviewMs();
            // Beside the keepalives, which wait for nothing.
            void this.#review(held).then((found) => {
              next = found;
            });
          }
          await pause(Math.max(0, sentMs + ttlMs / 3 - this.#now()), signal);
        } catch (error) {
          if (signal.aborted) break;
          this.#report(error);
          beat?.close();
          beat = undefined;
          await pause(Math.min(retry.next(), Math.max(0, leftMs)), signal);
        }
      }
      return "expired";
    } finally {
      beat?.close();
    }
  }

  #nextReviewMs(): number {
    return this.#now() + (this.#options.reviewEveryMs?.() ?? Number.POSITIVE_INFINITY);
  }

  #move(state: LeaseState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    try {
      this.#options.onState?.(state);
    } catch (error) {
      this.#report(error);
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

/** The host's promise, but no longer than `ms`, and no longer than the signal. */
async function within(work: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([over.signal, signal]);
  let settled = false;
  try {
    await Promise.race([
      work.finally(() => {
        settled = true;
      }),
      pause(ms, either),
    ]);
  } finally {
    over.abort();
  }
  if (!settled && !signal.aborted) throw new EtcdError("DEADLINE", `register took longer than ${ms} ms`);
}
