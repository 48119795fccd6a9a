import type { BreakerSpec } from "../../protocol/index.ts";
import {
  type BreakerState,
  type Cause,
  dueAt,
  enterState,
  nextState,
  type Outcome,
  type Rates,
  type StateName,
} from "./breaker-state.ts";
import { reshapeWindow, sameShape } from "./call-window.ts";

/** A move, told at once. */
export type OnMove = (from: StateName, to: StateName, cause: Cause) => void;

const LET_THROUGH: ReadonlySet<BreakerSpec["mode"]> = new Set(["DISABLED", "METRICS_ONLY"]);

/**
 * A breaker's states and what moves them, without a clock: times are monotonic milliseconds that come in. One that
 * falls a little behind the last does no harm.
 */
export class Machine {
  readonly #onMove: OnMove;
  #spec: BreakerSpec;
  #state: BreakerState;

  constructor(spec: BreakerSpec, nowMs: number, onMove: OnMove) {
    this.#spec = spec;
    this.#onMove = onMove;
    this.#state = enterState(spec.mode === "FORCED_OPEN" ? "OPEN" : "CLOSED", nowMs, spec);
  }

  get spec(): BreakerSpec {
    return this.#spec;
  }

  /** As of the last time that was looked at. */
  get state(): BreakerState {
    return this.#state;
  }

  /** The same machine under another spec, beginning with the calls that count here by now. */
  copy(spec: BreakerSpec, nowMs: number, onMove: OnMove): Machine {
    const copy = new Machine(spec, nowMs, onMove);
    const [own, its] = [this.#state, copy.#state];
    if (own.name === "CLOSED" && its.name === "CLOSED") {
      its.window = reshapeWindow(own.window, spec, nowMs);
    }
    copy.#judge(nowMs);
    return copy;
  }

  /** Goes on under another spec at once, with the calls of the window that still count. */
  update(spec: BreakerSpec, nowMs: number): void {
    this.pass(nowMs);
    const before = this.#spec;
    this.#spec = spec;
    const state = this.#state;
    if (state.name === "CLOSED" && !sameShape(before, spec)) {
      state.window = reshapeWindow(state.window, spec, nowMs);
    }
    if (spec.mode !== before.mode) this.#changeMode(nowMs);
    this.pass(nowMs);
    this.#judge(nowMs);
  }

  /** Whether a call may be made now; a trial is taken by asking. */
  admits(nowMs: number): boolean {
    if (this.#state.name !== "CLOSED") this.pass(nowMs);
    const state = this.#state;
    if (this.#spec.mode === "FORCED_OPEN") return false;
    if (state.name === "CLOSED") return true;
    if (state.name === "OPEN") return false;
    if (state.issued >= this.#spec.permittedNumberOfCallsInHalfOpenState) return false;
    state.issued++;
    state.firstTrialAtMs ??= nowMs;
    return true;
  }

  /** What came of a call that was let through by `issuedIn`. */
  count(issuedIn: BreakerState, nowMs: number, durationMs: number, outcome: Outcome): void {
    if (this.#state.name !== "CLOSED") this.pass(nowMs);
    const state = this.#state;
    // A call let through by a state that is over says nothing about this one.
    if (state !== issuedIn) return;
    if (state.name === "HALF_OPEN") {
      const slow = durationMs > this.#spec.slowCallDurationThresholdMs;
      if (outcome === "released") state.issued--;
      else if (outcome === "succeeded" && !slow) state.successes++;
      else state.failures++;
    } else if (state.name === "CLOSED" && outcome !== "released" && this.#spec.mode !== "DISABLED") {
      state.window.record(nowMs, durationMs, outcome === "failed");
    }
    this.#judge(nowMs);
  }

  /** Opens it on somebody else's word; only where it is NORMAL. */
  trip(nowMs: number): void {
    this.pass(nowMs);
    if (this.#spec.mode === "NORMAL" && this.#state.name !== "OPEN") this.#move("tripped", nowMs);
  }

  /** Moves by the time that went by, as of when it went by. */
  pass(nowMs: number): void {
    while (this.#spec.mode === "NORMAL") {
      const state = this.#state;
      const dueMs = dueAt(state, this.#spec);
      if (dueMs === undefined || nowMs < dueMs) return;
      this.#move(state.name === "OPEN" ? "wait-over" : "trials-overdue", dueMs);
    }
  }

  #changeMode(nowMs: number): void {
    const { mode } = this.#spec;
    if (mode === "FORCED_OPEN") this.#move("forced-open", nowMs);
    else if (LET_THROUGH.has(mode) && this.#state.name !== "CLOSED") this.#move("let-through", nowMs);
    else if (mode === "DISABLED") this.#state = enterState("CLOSED", this.#state.sinceMs, this.#spec);
  }

  /** Moves by what was counted. */
  #judge(nowMs: number): void {
    const state = this.#state;
    const spec = this.#spec;
    if (spec.mode !== "NORMAL" || state.name === "OPEN") return;
    if (state.name === "HALF_OPEN") {
      const { permittedNumberOfCallsInHalfOpenState: permitted, successesToClose: needed } = spec;
      if (state.successes >= needed) this.#move("trials-succeeded", nowMs);
      else if (state.failures > permitted - needed) this.#move("trials-failed", nowMs);
      return;
    }
    const { window } = state;
    window.turn(nowMs);
    const { calls, failures, slow } = window;
    if (calls === 0 || calls < spec.minimumNumberOfCalls) return;
    const tooMany = 100 * failures >= spec.failureRateThreshold * calls;
    if (!tooMany && 100 * slow < spec.slowCallRateThreshold * calls) return;
    const tripped: Rates = { failureRate: (100 * failures) / calls, slowCallRate: (100 * slow) / calls };
    this.#move(tooMany ? "failure-rate" : "slow-call-rate", nowMs, tripped);
  }

  #move(cause: Cause, atMs: number, tripped?: Rates): void {
    const from = this.#state.name;
    const to = nextState(from, cause);
    this.#state = enterState(to, atMs, this.#spec, tripped);
    this.#onMove(from, to, cause);
  }
}
