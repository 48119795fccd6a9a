import type { MirrorStatus } from "./mirror-types.ts";

type State = MirrorStatus["state"];

/**
 * Whether a mirror is to be believed. Moves: `connecting` → `following` at a proof; `following` → `connecting` when its
 * watch is lost; either → `stale` when no proof came for `staleAfterMs`; `stale` → `following` at a proof; all →
 * `closed`, for good. Announces each move once.
 */
export class MirrorState {
  readonly #now: () => number;
  readonly #staleAfterMs: number;
  readonly #announce: () => void;
  #timer: NodeJS.Timeout | undefined;
  #freshSinceMs = 0;
  state: State = "connecting";
  sinceMs: number;
  lastProofMs: number | undefined;
  error: string | undefined;

  constructor(options: { now: () => number; staleAfterMs: number; announce: () => void }) {
    this.#now = options.now;
    this.#staleAfterMs = options.staleAfterMs;
    this.#announce = options.announce;
    this.sinceMs = this.#now();
  }

  begin(): void {
    this.sinceMs = this.#now();
    this.#freshSinceMs = this.sinceMs;
    this.#arm(this.#staleAfterMs);
  }

  proved(): void {
    if (this.state === "closed") return;
    this.lastProofMs = this.#now();
    this.#freshSinceMs = this.lastProofMs;
    this.error = undefined;
    this.#arm(this.#staleAfterMs);
    this.#move("following");
  }

  /** The watch is gone. */
  lost(error: string): void {
    this.error = error;
    if (this.state === "following") this.#move("connecting");
  }

  /** A check had no answer; the watch may still be good. */
  failed(error: string): void {
    this.error = error;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#move("closed");
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(), ms);
    this.#timer.unref();
  }

  #expire(): void {
    const leftMs = this.#freshSinceMs + this.#staleAfterMs - this.#now();
    if (leftMs > 0) {
      this.#arm(leftMs);
      return;
    }
    this.error ??= `no successful check for ${this.#staleAfterMs} ms`;
    this.#move("stale");
  }

  #move(state: State): void {
    if (this.state === state || this.state === "closed") return;
    this.state = state;
    this.sinceMs = this.#now();
    this.#announce();
  }
}
