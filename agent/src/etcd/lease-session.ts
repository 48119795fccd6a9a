import { Backoff, pause } from "./backoff.ts";
import type { Etcd, KeepAliveStream } from "./client.ts";
import { EtcdError, toEtcdError } from "./errors.ts";

export type LeaseState = "starting" | "alive" | "lost" | "closed";

export interface LeaseSessionOptions {
  readonly etcd: Etcd;
  /** Asked before each grant. Default 5. */
  readonly ttlSeconds?: number | (() => Promise<number>);
  /** Writes what hangs on the lease; runs again for every new lease. A failure is repeated. */
  register(leaseId: string): Promise<void>;
  onState?(state: LeaseState): void;
  onError?(error: unknown): void;
  /** Monotonic ms. */
  readonly now?: () => number;
  readonly random?: () => number;
}

const DEFAULT_TTL_SECONDS = 5;

/** Why one lease is no longer ours. */
type Loss = "expired" | "silent" | "closed";

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
        const askedMs = this.#now();
        const lease = await this.#options.etcd.grantLease(ttlSeconds);
        this.#leaseId = lease.id;
        const loss = await this.#hold(lease.id, lease.ttlSeconds * 1_000, askedMs);
        if (loss === "closed") return;
        this.#leaseId = undefined;
        this.#move("lost");
      } catch (error) {
        this.#report(error);
      }
      await pause(this.#backoff.next(), signal);
    }
  }

  async #ttlSeconds(): Promise<number> {
    const { ttlSeconds = DEFAULT_TTL_SECONDS } = this.#options;
    return typeof ttlSeconds === "number" ? ttlSeconds : ttlSeconds();
  }

  /** Keeps one lease until it is lost or the session closes; registers meanwhile. */
  async #hold(leaseId: string, ttlMs: number, grantedMs: number): Promise<Loss> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stop.signal]);
    const registering = this.#register(leaseId, ttlMs, signal, () => over.abort());
    try {
      const loss = await this.#keepAlive(leaseId, ttlMs, grantedMs, signal);
      return this.#stop.signal.aborted ? "closed" : loss;
    } finally {
      over.abort();
      await registering;
    }
  }

  async #register(leaseId: string, ttlMs: number, signal: AbortSignal, gone: () => void): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1_500 });
    while (!signal.aborted) {
      try {
        await within(this.#options.register(leaseId), Math.max(ttlMs, 3_000), signal);
        if (signal.aborted) return;
        this.#backoff.reset();
        this.#move("alive");
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#report(error);
        if (error instanceof EtcdError && error.code === "LEASE_NOT_FOUND") return gone();
      }
      await pause(backoff.next(), signal);
    }
  }

  async #keepAlive(leaseId: string, ttlMs: number, grantedMs: number, signal: AbortSignal): Promise<Loss> {
    const retry = new Backoff({ firstMs: 50, maxMs: Math.min(1_500, ttlMs / 5) });
    let confirmedMs = grantedMs;
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
          retry.reset();
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

/** One keepalive stream: a question at a time, answered or failed within its deadline. */
class Heartbeat {
  readonly #stream: KeepAliveStream;
  #settle: ((alive: boolean | EtcdError) => void) | undefined;
  #broken: EtcdError | undefined;

  static async open(etcd: Etcd): Promise<Heartbeat> {
    return new Heartbeat(await etcd.keepAliveStream());
  }

  private constructor(stream: KeepAliveStream) {
    this.#stream = stream;
    stream.on("data", (answer: { TTL: string }) => this.#settle?.(Number(answer.TTL) > 0));
    stream.on("error", (error: unknown) => this.#fail(toEtcdError(error, "keepalive", false)));
    stream.on("end", () => this.#fail(new EtcdError("UNAVAILABLE", "etcd keepalive: the stream was ended")));
  }

  /** Whether the lease still lives. Rejects with EtcdError; the stream is then of no more use. */
  ask(leaseId: string, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken);
        return;
      }
      const abort = (): void => this.#fail(new EtcdError("CANCELLED", "etcd keepalive: closed"));
      const late = setTimeout(
        () => this.#fail(new EtcdError("DEADLINE", `etcd keepalive: no answer within ${deadlineMs} ms`)),
        deadlineMs,
      );
      this.#settle = (outcome) => {
        this.#settle = undefined;
        clearTimeout(late);
        signal.removeEventListener("abort", abort);
        if (typeof outcome === "boolean") resolve(outcome);
        else reject(outcome);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#stream.write({ ID: leaseId });
    });
  }

  close(): void {
    this.#fail(new EtcdError("CANCELLED", "etcd keepalive: closed"));
  }

  #fail(error: EtcdError): void {
    if (!this.#broken) {
      this.#broken = error;
      this.#stream.cancel();
    }
    this.#settle?.(error);
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
