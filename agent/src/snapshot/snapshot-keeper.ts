import type { Clock, StopTimer } from "../clock.ts";
import { type Logger, reasonOf } from "../logger.ts";
import type { SnapshotFile } from "./snapshot-file.ts";
import type { Snapshot } from "./snapshot-schema.ts";

/** Changes that come together are written together. */
const SETTLE_MS = 200;
/** Between two writes, at least. */
const APART_MS = 1_000;
/** An unchanged state that etcd goes on confirming is written again, so that the age told stays true. */
const REFRESH_MS = 60_000;

export interface SnapshotKeeperOptions {
  readonly file: SnapshotFile;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The state as of now; undefined while there is none of etcd's own. */
  readonly take: () => Snapshot | undefined;
}

/** Writes the snapshot after changes, at a bounded rate. A disk that fails is told once, and tried again. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #stopTimer: StopTimer | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #failing = false;
  #closed = false;
  #savedAtMs: number | undefined;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
  }

  /** Ms since etcd confirmed what is kept; undefined while nothing is. */
  get ageMs(): number | undefined {
    return this.#savedAtMs === undefined
      ? undefined
      : Math.max(0, this.#options.clock.wallMs() - this.#savedAtMs);
  }

  /** What is kept; undefined when nothing is, or it can't be believed. Never rejects. */
  async restore(): Promise<Snapshot | undefined> {
    const { file, logger } = this.#options;
    try {
      const snapshot = await file.read();
      this.#savedAtMs = snapshot?.savedAtMs;
      return snapshot;
    } catch (error) {
      logger.warn(
        { path: file.path, reason: reasonOf(error) },
        "the snapshot can't be believed and is left out",
      );
      return undefined;
    }
  }

  /** The state has changed. */
  touch(): void {
    this.#schedule(SETTLE_MS);
  }

  /** Writes what is unwritten, and stops. Never rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer?.();
    await this.#writing;
    await this.#write();
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    const nowMs = this.#options.clock.now();
    const dueMs = Math.max(nowMs + delayMs, this.#lastWriteMs + APART_MS);
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#stopTimer?.();
    this.#stopTimer = this.#options.clock.after(dueMs - nowMs, () => this.#fire());
  }

  #fire(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      this.#schedule(REFRESH_MS);
    });
  }

  async #write(): Promise<void> {
    const { file, clock, logger, take } = this.#options;
    const snapshot = take();
    if (snapshot === undefined) return;
    this.#lastWriteMs = clock.now();
    try {
      if (await file.write(snapshot)) this.#savedAtMs = snapshot.savedAtMs;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        logger.warn({ path: file.path, reason: reasonOf(error) }, "the snapshot can't be written");
      }
      this.#failing = true;
    }
  }
}
