import { systemClock } from "../clock.ts";
import { type Etcd, LeaseSession, type LeaseState } from "../etcd/index.ts";
import { type Logger, reasonOf, TroubleLog } from "../logger.ts";
import { type Instance, type Receipt, registryRoot } from "../protocol/index.ts";
import type { ReceiptSender } from "../receipts/index.ts";
import type { PresenceWriter } from "./presence-writer.ts";

/** Above so many live instances leases are longer, so that keepalives stay cheap. */
const LARGE_FLEET = 2_000;
/** A fleet that is large stays so down to here: one that wavers moves no leases to and fro. */
const STILL_LARGE = 1_600;
const TTL_SECONDS = 5;
const LARGE_FLEET_TTL_SECONDS = 15;
/** Between two counts, at random, so that a fleet neither counts nor moves at once. */
const REVIEW_LEAST_MS = 30_000;
const REVIEW_MOST_MS = 90_000;
/** Between two tries to say a changed record. */
const RENEW_LEAST_MS = 100;
const RENEW_MOST_MS = 5_000;

export interface RegistrationOptions {
  readonly etcd: Etcd;
  readonly env: string;
  readonly writer: PresenceWriter;
  readonly sender: ReceiptSender;
  readonly logger: Logger;
  /** The record as of now. */
  readonly record: () => Instance;
  /** The receipt as of now, for leaving. */
  readonly compose: () => Receipt;
  readonly onState: (state: LeaseState) => void;
}

/**
 * Keeps an instance registered: under a lease that heals, registration and first receipt in one transaction each time.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #session: LeaseSession;
  #ttlSeconds = TTL_SECONDS;
  #leaving = false;
  #registered = false;
  /** The record is another than the one that was registered. */
  #outdated = false;
  #renewing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #markRegistered: () => void = () => undefined;
  readonly #firstTime: Promise<void>;
  #wake: () => void = () => undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#firstTime = new Promise((resolve) => {
      this.#markRegistered = resolve;
    });
    const trouble = new TroubleLog(options.logger, () => systemClock.now());
    this.#session = new LeaseSession({
      etcd: options.etcd,
      ttlSeconds: () => this.#askTtlSeconds(),
      reviewEveryMs: () => REVIEW_LEAST_MS + Math.random() * (REVIEW_MOST_MS - REVIEW_LEAST_MS),
      register: (leaseId) => this.#register(leaseId),
      onState: (state) => {
        if (state === "alive") trouble.over();
        options.onState(state);
      },
      onError: (error) => trouble.warn({ reason: reasonOf(error) }, "the registration is not renewed"),
    });
  }

  get state(): LeaseState {
    return this.#session.state;
  }
  get ttlMs(): number {
    return this.#ttlSeconds * 1_000;
  }
  /** Resolves once registered for the first time, or closed. */
  get registered(): Promise<void> {
    return this.#firstTime;
  }

  start(): void {
    this.#session.start();
  }

  /** Says anew what the record says, at once where there is a lease, and again until etcd took it. Never throws. */
  refresh(): void {
    this.#outdated = true;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
      if (this.#outdated && this.#stands) this.refresh();
    });
  }

  /** Leaves: says so, deletes both keys, gives the lease back. Each call has its deadline. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    this.#leaving = true;
    this.#markRegistered();
    this.#wake();
    await this.#renewing;
    const { sender, writer, record, compose, logger } = this.#options;
    await sender.close();
    let left = !this.#registered;
    if (this.#registered) {
      try {
        await writer.leave(record(), this.#session.leaseId, compose());
        left = true;
      } catch (error) {
        logger.warn(
          { reason: reasonOf(error) },
          "etcd was not told of the stop: the lease will end by itself",
        );
      }
    }
    await this.#session.close({ revoke: left });
  }

  async #renew(): Promise<void> {
    const { sender, writer, record, logger } = this.#options;
    for (let failures = 0; this.#outdated && !this.#leaving; ) {
      const { leaseId } = this.#session;
      // Without a lease nothing stands that could be old: the next registration says it.
      if (leaseId === undefined || !this.#stands) return;
      this.#outdated = false;
      try {
        await sender.carry((receipt) => writer.renew(record(), leaseId, receipt));
        failures = 0;
      } catch (error) {
        this.#outdated = true;
        failures += 1;
        logger.warn({ reason: reasonOf(error) }, "callers could not be told of another share of calls");
        await this.#rest(Math.min(RENEW_MOST_MS, RENEW_LEAST_MS * 2 ** failures));
      }
    }
  }

  /** Whether a registration of ours stands, as far as is known. */
  get #stands(): boolean {
    return this.#registered && !this.#leaving && this.#session.leaseId !== undefined;
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = systemClock.after(ms, () => {
        this.#wake = () => undefined;
        resolve();
      });
      this.#wake = () => {
        stop();
        resolve();
      };
    });
  }

  async #register(leaseId: string): Promise<void> {
    const { sender, writer, record } = this.#options;
    await sender.carry(async (receipt) => {
      if (this.#leaving) return;
      this.#outdated = false;
      await writer.register(record(), leaseId, receipt);
      this.#registered = true;
    });
    this.#markRegistered();
  }

  /** By a count-only read at each grant and review; a read that fails leaves it as it was. */
  async #askTtlSeconds(): Promise<number> {
    const { etcd, env } = this.#options;
    try {
      const { count } = await etcd.range({ prefix: registryRoot(env), countOnly: true });
      const largeAbove = this.#ttlSeconds === LARGE_FLEET_TTL_SECONDS ? STILL_LARGE : LARGE_FLEET;
      this.#ttlSeconds = count > largeAbove ? LARGE_FLEET_TTL_SECONDS : TTL_SECONDS;
    } catch {
      // The grant that comes next fails as well, and is repeated.
    }
    return this.#ttlSeconds;
  }
}
