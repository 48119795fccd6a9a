import type { BreakerSpec } from "../protocol/index.ts";
import {
  type BreakerState,
  type Cause,
  type HalfOpenState,
  nextState,
  type Rates,
  type StateName,
} from "./breaker-state.ts";
import { type CallCounts, NO_CALLS, newWindow, reshapeWindow } from "./call-window.ts";
import { IssuedPermit, type Outcome, type Permit } from "./permit.ts";

/** A move of a breaker, told after it happened. */
export interface Transition {
  readonly breaker: string;
  readonly from: StateName;
  readonly to: StateName;
  readonly cause: Cause;
}

/** What `call` throws where the breaker lets nothing through. */
export class BreakerOpenError extends Error {
  override readonly name = "BreakerOpenError";
  readonly code = "BREAKER_OPEN";
  readonly breaker: string;
  constructor(breaker: string) {
    super(`breaker ${breaker} lets no call through`);
    this.breaker = breaker;
  }
}

export interface BreakerStats extends CallCounts {
  readonly state: StateName;
  readonly mode: BreakerSpec["mode"];
  /** Percent of the calls in the window; undefined below the least number of calls, and while not closed. */
  readonly failureRate: number | undefined;
  readonly slowCallRate: number | undefined;
}

/** How a breaker stands, for whoever tells of it. Times are monotonic, in milliseconds. */
export interface Standing {
  readonly state: StateName;
  readonly mode: BreakerSpec["mode"];
  readonly sinceMs: number;
  /** When time alone ends the state; undefined where it does not. */
  readonly dueMs: number | undefined;
  /** HALF_OPEN: trials that are over, of those that are let through. */
  readonly trials: { readonly done: number; readonly of: number } | undefined;
  /** Percent; of an open breaker, what opened it. */
  readonly failureRate: number | undefined;
  readonly slowCallRate: number | undefined;
}

/** Since the start; they only rise. */
export interface BreakerTotals {
  readonly succeeded: number;
  readonly failed: number;
  readonly slow: number;
  readonly permitted: number;
  readonly refused: number;
}

export interface CallOptions {
  /** Errors for which the callee is not to blame: they count as no call. Default: none. */
  readonly ignore?: (error: unknown) => boolean;
}

type Listener = (transition: Transition) => void;
const LET_THROUGH: ReadonlySet<BreakerSpec["mode"]> = new Set(["DISABLED", "METRICS_ONLY"]);

/**
 * A circuit breaker with Resilience4j's names (resilience4j-circuitbreaker). Deliberate differences: it closes after
 * `successesToClose` good trials and opens once they cannot be reached any more, a slow trial being no good one;
 * `maxWaitDurationInHalfOpenStateMs` counts from the first trial, so that a breaker without traffic does not flap;
 * leaving FORCED_OPEN goes through trials. Time is looked at, never waited for: there is no timer, and a breaker
 * that nobody calls recovers too. Safe for overlapping calls in one thread.
 */
export class Breaker {
  readonly name: string;
  readonly #now: () => number;
  readonly #listeners = new Set<Listener>();
  #spec: BreakerSpec;
  #state: BreakerState;
  #untold: Transition[] | undefined;
  #succeeded = 0;
  #failed = 0;
  #slow = 0;
  #permitted = 0;
  #refused = 0;

  /** `now` is monotonic, in milliseconds. The spec is taken as valid (the protocol's schema checks it). */
  constructor(name: string, spec: BreakerSpec, now: () => number = () => performance.now()) {
    this.name = name;
    this.#now = now;
    this.#spec = spec;
    this.#state =
      spec.mode === "FORCED_OPEN"
        ? { name: "OPEN", sinceMs: now() }
        : { name: "CLOSED", sinceMs: now(), window: newWindow(spec) };
  }

  get spec(): BreakerSpec {
    return this.#spec;
  }

  get state(): StateName {
    this.#pass(this.#now());
    return this.#state.name;
  }

  get stats(): BreakerStats {
    const now = this.#now();
    this.#pass(now);
    const state = this.#state;
    const counts = state.name === "CLOSED" ? state.window.counts(now) : NO_CALLS;
    const enough = counts.calls > 0 && counts.calls >= this.#spec.minimumNumberOfCalls;
    return {
      ...counts,
      state: state.name,
      mode: this.#spec.mode,
      failureRate: enough ? (100 * counts.failures) / counts.calls : undefined,
      slowCallRate: enough ? (100 * counts.slow) / counts.calls : undefined,
    };
  }

  get standing(): Standing {
    const { state: name, mode, ...rates } = this.stats;
    const state = this.#state;
    const { failureRate, slowCallRate } = state.name === "OPEN" ? (state.tripped ?? rates) : rates;
    const done = state.name === "HALF_OPEN" ? state.successes + state.failures : 0;
    return {
      state: name,
      mode,
      sinceMs: state.sinceMs,
      dueMs: mode === "NORMAL" ? dueAt(state, this.#spec) : undefined,
      trials:
        state.name === "HALF_OPEN"
          ? { done, of: this.#spec.permittedNumberOfCallsInHalfOpenState }
          : undefined,
      failureRate,
      slowCallRate,
    };
  }

  get totals(): BreakerTotals {
    return {
      succeeded: this.#succeeded,
      failed: this.#failed,
      slow: this.#slow,
      permitted: this.#permitted,
      refused: this.#refused,
    };
  }

  /** The right to make one call now, or false. Whoever takes it must settle it. */
  permit(): Permit | false {
    const now = this.#now();
    this.#pass(now);
    if (!this.#admits(now)) {
      this.#refused++;
      return false;
    }
    this.#permitted++;
    return new IssuedPermit(this.#state, now, (permit, outcome) => this.#settle(permit, outcome));
  }

  /** Makes the call where the breaker lets it through, and counts what comes of it. Throws `BreakerOpenError` or the call's own error. */
  async call<T>(make: () => T | PromiseLike<T>, options: CallOptions = {}): Promise<T> {
    const permit = this.permit();
    if (permit === false) throw new BreakerOpenError(this.name);
    try {
      const answer = await make();
      permit.success();
      return answer;
    } catch (error) {
      if (options.ignore?.(error) === true) permit.release();
      else permit.failure();
      throw error;
    }
  }

  /** Tells of each move from now on. Returns what ends it. A listener that throws harms nobody else. */
  onTransition(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Goes on under another spec at once, with the calls of the window that still count. */
  update(spec: BreakerSpec): void {
    this.replaceSpec(spec)();
  }

  /** The same, with its moves untold until the answer is called: so that a whole revision can be swapped before. */
  replaceSpec(spec: BreakerSpec): () => void {
    const untold: Transition[] = [];
    this.#untold = untold;
    this.#goOnUnder(spec);
    this.#untold = undefined;
    return () => {
      for (const transition of untold) this.#tell(transition);
    };
  }

  #goOnUnder(spec: BreakerSpec): void {
    const now = this.#now();
    this.#pass(now);
    const before = this.#spec;
    this.#spec = spec;
    const state = this.#state;
    if (state.name === "CLOSED" && !sameShape(before, spec)) {
      state.window = reshapeWindow(state.window, spec, now);
    }
    if (spec.mode !== before.mode) this.#changeMode(now);
    this.#pass(now);
    this.#judge(now);
  }

  #changeMode(now: number): void {
    const { mode } = this.#spec;
    if (mode === "FORCED_OPEN") this.#move("forced-open", now);
    else if (LET_THROUGH.has(mode) && this.#state.name !== "CLOSED") this.#move("let-through", now);
    else if (mode === "DISABLED") {
      this.#state = { name: "CLOSED", sinceMs: this.#state.sinceMs, window: newWindow(this.#spec) };
    }
  }

  #admits(now: number): boolean {
    const { mode } = this.#spec;
    const state = this.#state;
    if (mode === "FORCED_OPEN") return false;
    if (state.name === "CLOSED") return true;
    if (state.name === "OPEN") return false;
    if (state.issued >= this.#spec.permittedNumberOfCallsInHalfOpenState) return false;
    state.issued++;
    state.firstTrialAtMs ??= now;
    return true;
  }

  #settle(permit: IssuedPermit, outcome: Outcome): void {
    const now = this.#now();
    const durationMs = now - permit.sinceMs;
    const slow = durationMs > this.#spec.slowCallDurationThresholdMs;
    if (outcome !== "released") {
      if (outcome === "failed") this.#failed++;
      else this.#succeeded++;
      if (slow) this.#slow++;
    }
    this.#pass(now);
    const state = this.#state;
    // A call let through by a state that is over says nothing about this one.
    if (state !== permit.state) return;
    if (state.name === "HALF_OPEN") countTrial(state, outcome, slow);
    else if (state.name === "CLOSED" && outcome !== "released" && this.#spec.mode !== "DISABLED") {
      state.window.record(now, durationMs, outcome === "failed");
    }
    this.#judge(now);
  }

  /** Moves by what was counted. */
  #judge(now: number): void {
    const state = this.#state;
    if (this.#spec.mode !== "NORMAL" || state.name === "OPEN") return;
    if (state.name === "HALF_OPEN") {
      const { permittedNumberOfCallsInHalfOpenState: permitted, successesToClose: needed } = this.#spec;
      if (state.successes >= needed) this.#move("trials-succeeded", now);
      else if (state.failures > permitted - needed) this.#move("trials-failed", now);
      return;
    }
    const { calls, failures, slow } = state.window.counts(now);
    if (calls === 0 || calls < this.#spec.minimumNumberOfCalls) return;
    const tripped: Rates = { failureRate: (100 * failures) / calls, slowCallRate: (100 * slow) / calls };
    if (100 * failures >= this.#spec.failureRateThreshold * calls) this.#move("failure-rate", now, tripped);
    else if (100 * slow >= this.#spec.slowCallRateThreshold * calls)
      this.#move("slow-call-rate", now, tripped);
  }

  /** Moves by the time that went by, as of when it went by. */
  #pass(now: number): void {
    while (this.#spec.mode === "NORMAL") {
      const state = this.#state;
      const dueMs = dueAt(state, this.#spec);
      if (dueMs === undefined || now < dueMs) return;
      this.#move(state.name === "OPEN" ? "wait-over" : "trials-overdue", dueMs);
    }
  }

  #move(cause: Cause, atMs: number, tripped?: Rates): void {
    const from = this.#state.name;
    const to = nextState(from, cause);
    this.#state = this.#enter(to, atMs, tripped);
    const transition: Transition = { breaker: this.name, from, to, cause };
    if (this.#untold === undefined) this.#tell(transition);
    else this.#untold.push(transition);
  }

  #tell(transition: Transition): void {
    for (const listener of this.#listeners) {
      try {
        listener(transition);
      } catch {
        // The host's listener; the breaker goes on.
      }
    }
  }

  #enter(name: StateName, sinceMs: number, tripped: Rates | undefined): BreakerState {
    switch (name) {
      case "CLOSED":
        return { name, sinceMs, window: newWindow(this.#spec) };
      case "OPEN":
        return { name, sinceMs, tripped };
      case "HALF_OPEN":
        return { name, sinceMs, firstTrialAtMs: undefined, issued: 0, successes: 0, failures: 0 };
    }
  }
}

const sameShape = (left: BreakerSpec, right: BreakerSpec): boolean =>
  left.slidingWindowType === right.slidingWindowType &&
  left.slidingWindowSize === right.slidingWindowSize &&
  left.slowCallDurationThresholdMs === right.slowCallDurationThresholdMs;

function countTrial(state: HalfOpenState, outcome: Outcome, slow: boolean): void {
  if (outcome === "released") state.issued--;
  else if (outcome === "succeeded" && !slow) state.successes++;
  else state.failures++;
}

/** When a state ends by itself; undefined where it does not. */
function dueAt(state: BreakerState, spec: BreakerSpec): number | undefined {
  if (state.name === "OPEN") return state.sinceMs + spec.waitDurationInOpenStateMs;
  if (state.name === "CLOSED" || state.firstTrialAtMs === undefined) return undefined;
  const mostMs = spec.maxWaitDurationInHalfOpenStateMs;
  return mostMs === 0 ? undefined : state.firstTrialAtMs + mostMs;
}
