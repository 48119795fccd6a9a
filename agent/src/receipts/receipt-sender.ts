import type { Clock, StopTimer } from "../clock.ts";
import type { Receipt } from "../protocol/index.ts";
import {
  dueAfterDeclaration,
  dueAfterMove,
  dueAfterRevision,
  FOLLOW_UP_MS,
  retryDelayMs,
} from "./receipt-timing.ts";

export interface ReceiptSenderOptions {
  readonly clock: Clock;
  /** 0 … 1. */
  readonly random: () => number;
  /** The receipt as of now; `delayMs` after the newest revision was applied. */
  readonly compose: (delayMs: number) => Receipt;
  /** Writes it. Rejects when that failed, or may have. */
  readonly write: (receipt: Receipt) => Promise<void>;
  /** After each attempt. */
  readonly onAttempt?: (error: unknown) => void;
  /** Between a receipt and its follow-up, without the spread. Default 10,000. */
  readonly followUpMs?: number;
}

/**
 * Says the latest state, one receipt at a time: spread after a revision, once more with the decisions, after a
 * breaker's move, again after a failure, at once after a heal. A move never puts off what a revision has to say. Says nothing before `open`: the first receipt goes with the registration.
 */
export class ReceiptSender {
  readonly #options: ReceiptSenderOptions;
  #opened = false;
  #closed = false;
  #appliedAtMs: number;
  #spreadMs = 0;
  /** When the oldest thing happened that no receipt speaks of yet. */
  #oldestMs: number | undefined;
  #dueMs: number | undefined;
  #followUpMs: number | undefined;
  #movedDueMs: number | undefined;
  #lastMovedMs: number | undefined;
  /** Those that told of breakers alone left out. */
  #lastSentMs: number | undefined;
  #lastSaid: string | undefined;
  #failures = 0;
  #writing: Promise<void> | undefined;
  #stopTimer: StopTimer | undefined;
  #sent = 0;
  #failed = 0;

  constructor(options: ReceiptSenderOptions) {
    this.#options = options;
    this.#appliedAtMs = options.clock.now();
  }

  /** Since the start. */
  get counters(): { readonly sent: number; readonly failed: number } {
    return { sent: this.#sent, failed: this.#failed };
  }

  /** A revision was applied, held, or refused. */
  applied(spreadMs: number): void {
    const nowMs = this.#options.clock.now();
    this.#appliedAtMs = nowMs;
    this.#spreadMs = spreadMs;
    this.#oldestMs ??= nowMs;
    this.#dueMs = dueAfterRevision({
      nowMs,
      spreadMs,
      random: this.#options.random(),
      oldestMs: this.#oldestMs,
      lastSentMs: this.#lastSentMs,
    });
    this.#arm();
  }

  /** The code declared levers. */
  declared(): void {
    const nowMs = this.#options.clock.now();
    this.#oldestMs ??= nowMs;
    this.#dueMs ??= dueAfterDeclaration(nowMs, this.#spreadMs, this.#options.random());
    this.#arm();
  }

  /** A breaker moved. A receipt that is due anyway tells of it. */
  moved(): void {
    this.#movedDueMs ??= dueAfterMove({
      nowMs: this.#options.clock.now(),
      spreadMs: this.#spreadMs,
      random: this.#options.random(),
      lastMovedMs: this.#lastMovedMs,
    });
    this.#arm();
  }

  /** etcd answers again: what is unsaid is said at once. */
  heal(): void {
    if (this.#oldestMs === undefined || this.#failures === 0) return;
    this.#failures = 0;
    this.#dueMs = this.#options.clock.now();
    this.#arm();
  }

  /**
   * Lets another write carry the receipt, such as the registration's. Nothing else is written meanwhile. Rejects
   * as `write` does.
   */
  async carry(write: (receipt: Receipt) => Promise<void>): Promise<void> {
    await this.#writing;
    const work = this.#attempt(write);
    this.#writing = work.then(
      () => undefined,
      () => undefined,
    );
    try {
      await work;
      this.#opened = true;
    } finally {
      this.#writing = undefined;
      this.#arm();
    }
  }

  /** Says nothing more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer?.();
    await this.#writing;
  }

  #arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#closed || !this.#opened || this.#writing !== undefined) return;
    const dueMs =
      this.#dueMs ??
      Math.min(this.#movedDueMs ?? Number.POSITIVE_INFINITY, this.#followUpMs ?? Number.POSITIVE_INFINITY);
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.max(0, dueMs - this.#options.clock.now());
    this.#stopTimer = this.#options.clock.after(waitMs, () => this.#fire());
  }

  #fire(): void {
    if (this.#closed || this.#writing !== undefined) return;
    if (this.#dueMs === undefined && !this.#hasNews()) {
      this.#followUpMs = this.#laterFollowUp();
      this.#movedDueMs = undefined;
      this.#arm();
      return;
    }
    this.#writing = this.#attempt(this.#options.write)
      .catch(() => undefined)
      .finally(() => {
        this.#writing = undefined;
        this.#arm();
      });
  }

  async #attempt(write: (receipt: Receipt) => Promise<void>): Promise<void> {
    const { clock, compose, random, onAttempt } = this.#options;
    const fromRevision = this.#oldestMs !== undefined || this.#lastSaid === undefined;
    const ofMoves = !fromRevision && this.#movedDueMs !== undefined;
    const oldestMs = this.#oldestMs ?? clock.now();
    this.#oldestMs = undefined;
    this.#dueMs = undefined;
    this.#movedDueMs = undefined;
    this.#followUpMs = fromRevision ? undefined : this.#laterFollowUp();
    const receipt = compose(Math.max(0, clock.now() - this.#appliedAtMs));
    try {
      await write(receipt);
      this.#sent++;
      this.#failures = 0;
      this.#lastSaid = said(receipt);
      if (ofMoves) this.#lastMovedMs = clock.now();
      else this.#lastSentMs = clock.now();
      if (fromRevision) {
        this.#followUpMs = clock.now() + (this.#options.followUpMs ?? FOLLOW_UP_MS) + this.#spreadMs;
      }
      onAttempt?.(undefined);
    } catch (error) {
      this.#failed++;
      this.#failures++;
      this.#oldestMs = oldestMs;
      this.#dueMs ??= clock.now() + retryDelayMs(this.#failures, random());
      onAttempt?.(error);
      throw error;
    }
  }

  /** A follow-up stays due when others go before it. */
  #laterFollowUp(): number | undefined {
    const dueMs = this.#followUpMs;
    return dueMs !== undefined && dueMs > this.#options.clock.now() ? dueMs : undefined;
  }

  #hasNews(): boolean {
    return said(this.#options.compose(0)) !== this.#lastSaid;
  }
}

/** What a receipt says, apart from how long it waited. */
const said = (receipt: Receipt): string => JSON.stringify({ ...receipt, delayMs: 0 });
