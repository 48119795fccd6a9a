import type { BreakerSpec } from "../protocol/index.ts";
import { type BreakerState, dueAt, Machine, NO_CALLS, type Outcome, type StateName } from "../rules/index.ts";
import { activeTracer } from "../tracing/index.ts";
import {
  BreakerOpenError,
  type BreakerStats,
  type BreakerTotals,
  type CallOptions,
  type Standing,
  type Transition,
} from "./breaker-view.ts";
import { type CallLog, CallRecording } from "./call-log.ts";
import { Flight } from "./flight.ts";
import { IssuedPermit, type Permit } from "./permit.ts";

type Listener = (transition: Transition) => void;
/** Below this, calls are timed exactly. */
const COARSE_FROM_MS = 100;

/** Monotonic milliseconds; breakers count whole ones. */
export interface BreakerClocks {
  readonly now: () => number;
  /** Cheaper, and a few milliseconds behind: enough for calls that are slow from 100 ms on. */
  readonly coarse?: (() => number) | undefined;
  /** Where calls are recorded, once somebody wants them. */
  readonly recording?: CallRecording | undefined;
}

/**
 * A circuit breaker with Resilience4j's names (resilience4j-circuitbreaker). Deliberate differences: it closes after
 * `successesToClose` good trials and opens once they cannot be reached any more, a slow trial being no good one;
 * `maxWaitDurationInHalfOpenStateMs` counts from the first trial, so that a breaker without traffic does not flap;
 * leaving FORCED_OPEN goes through trials; METRICS_ONLY also counts what it would have refused. Time is looked at, never
 * waited for: there is no timer, and a breaker that nobody calls recovers too. Safe for overlapping calls in one thread.
 */
export class Breaker {
  readonly name: string;
  readonly #clocks: BreakerClocks;
  readonly #listeners = new Set<Listener>();
  readonly #shadowListeners = new Set<() => void>();
  readonly #refusal: BreakerOpenError;
  readonly #machine: Machine;
  /** METRICS_ONLY: the same as if it were NORMAL; it sees the calls that it would have let through. */
  #shadow: Machine | undefined;
  /** What times calls under this spec. */
  #clock: () => number;
  /** The latest time that it went by: what one looked at is not undone by a clock that is behind. */
  #latestMs = Number.NEGATIVE_INFINITY;
  readonly #log: CallLog;
  #flight: Flight | undefined;
  #untold: Transition[] | undefined;
  #succeeded = 0;
  #failed = 0;
  #slow = 0;
  #permitted = 0;
  #refused = 0;
  #wouldRefuse = 0;
  #opened = 0;

  /** The spec is taken as valid (the protocol's schema checks it). */
  constructor(
    name: string,
    spec: BreakerSpec,
    clocks: BreakerClocks | (() => number) = () => performance.now(),
  ) {
    this.name = name;
    this.#clocks = typeof clocks === "function" ? { now: clocks } : clocks;
    this.#clock = this.#clockFor(spec);
    this.#log = (this.#clocks.recording ?? new CallRecording()).log(name);
    this.#refusal = new BreakerOpenError(name);
    this.#machine = new Machine(spec, this.#look(), (from, to, cause) => {
      const transition: Transition = { breaker: name, from, to, cause };
      if (to === "OPEN") this.#opened++;
      if (this.#untold === undefined) this.#tell(transition);
      else this.#untold.push(transition);
    });
    this.#watch(this.#look());
  }

  get spec(): BreakerSpec {
    return this.#machine.spec;
  }

  get state(): StateName {
    this.#machine.pass(this.#look());
    return this.#machine.state.name;
  }

  get stats(): BreakerStats {
    const now = this.#look();
    const machine = this.#machine;
    machine.pass(now);
    const { state } = machine;
    const { minimumNumberOfCalls, mode } = machine.spec;
    const counts = state.name === "CLOSED" ? state.window.counts(now) : NO_CALLS;
    const enough = counts.calls > 0 && counts.calls >= minimumNumberOfCalls;
    return {
      ...counts,
      state: state.name,
      mode,
      failureRate: enough ? (100 * counts.failures) / counts.calls : undefined,
      slowCallRate: enough ? (100 * counts.slow) / counts.calls : undefined,
    };
  }

  get standing(): Standing {
    const { state: name, mode, ...rates } = this.stats;
    const { state, spec } = this.#machine;
    const { failureRate, slowCallRate } = state.name === "OPEN" ? (state.tripped ?? rates) : rates;
    const done = state.name === "HALF_OPEN" ? state.successes + state.failures : 0;
    const of = spec.permittedNumberOfCallsInHalfOpenState;
    this.#shadow?.pass(this.#look());
    const acts = mode === "NORMAL" ? this.#machine : this.#shadow;
    return {
      state: name,
      mode,
      sinceMs: state.sinceMs,
      dueMs: acts && dueAt(acts.state, spec),
      trials: state.name === "HALF_OPEN" ? { done, of } : undefined,
      failureRate,
      slowCallRate,
      wouldBe: this.#shadow?.state.name,
    };
  }

  get totals(): BreakerTotals {
    return {
      succeeded: this.#succeeded,
      failed: this.#failed,
      slow: this.#slow,
      permitted: this.#permitted,
      refused: this.#refused,
      wouldRefuse: this.#wouldRefuse,
      opened: this.#opened,
    };
  }

  /** The right to make one call now, or false. Whoever takes it must settle it. */
  permit(): Permit | false {
    const now = this.#time();
    if (!this.#machine.admits(now)) {
      this.#refused++;
      this.#log.refused(now);
      activeTracer()?.acted(`breaker/${this.name}`);
      return false;
    }
    this.#permitted++;
    return new IssuedPermit(this.#machine.state, now, this.#shadowed(now), this.#log.begun(), this.#settle);
  }

  /**
   * Makes the call where the breaker lets it through, and counts what comes of it. Rejects with `BreakerOpenError`, or
   * with the call's own error.
   */
  call<T>(make: () => T | PromiseLike<T>, options?: CallOptions<T>): Promise<T> {
    const plain = options === undefined && this.#shadow === undefined && !this.#log.on;
    if (plain && this.#machine.state.name === "CLOSED") {
      return this.#share().fly(make);
    }
    const permit = this.permit();
    if (permit === false) return Promise.reject(this.#refusal);
    return makeUnder(permit, make, options ?? {});
  }

  /** Opens it now on somebody else's word, such as retries that keep failing; only where it is NORMAL. */
  trip(): void {
    this.#machine.trip(this.#look());
  }

  /** Tells of each move from now on. Returns what ends it. A listener that throws harms nobody else. */
  onTransition(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells that a breaker that only watches would have moved. Returns what ends it. */
  onShadowMove(listener: () => void): () => void {
    this.#shadowListeners.add(listener);
    return () => this.#shadowListeners.delete(listener);
  }

  /** Goes on under another spec at once, with the calls of the window that still count. */
  update(spec: BreakerSpec): void {
    this.replaceSpec(spec)();
  }

  /** The same, with its moves untold until the answer is called: so that a whole revision can be swapped before. */
  replaceSpec(spec: BreakerSpec): () => void {
    const untold: Transition[] = [];
    this.#untold = untold;
    const now = this.#look();
    this.#clock = this.#clockFor(spec);
    this.#flight = undefined;
    this.#machine.update(spec, now);
    this.#watch(now);
    this.#untold = undefined;
    return () => {
      for (const transition of untold) this.#tell(transition);
    };
  }

  #clockFor({ slowCallDurationThresholdMs }: BreakerSpec): () => number {
    const { now, coarse = now } = this.#clocks;
    return slowCallDurationThresholdMs >= COARSE_FROM_MS ? coarse : now;
  }

  /** Now, as calls go by it. */
  #time(): number {
    return this.#reached(this.#clock());
  }

  /** Now, exactly. */
  #look(): number {
    return this.#reached(this.#clocks.now());
  }

  #reached(ms: number): number {
    const now = Math.floor(ms);
    if (now > this.#latestMs) this.#latestMs = now;
    return this.#latestMs;
  }

  /** Keeps the shadow on the spec, or ends it. */
  #watch(now: number): void {
    const { spec } = this.#machine;
    const normal: BreakerSpec = { ...spec, mode: "NORMAL" };
    if (spec.mode !== "METRICS_ONLY") this.#shadow = undefined;
    else if (this.#shadow === undefined)
      this.#shadow = this.#machine.copy(normal, now, () => {
        for (const listener of this.#shadowListeners) listener();
      });
    else this.#shadow.update(normal, now);
  }

  /** The shadow's state that lets a call through; undefined without a shadow, and where it would refuse. */
  #shadowed(now: number): BreakerState | undefined {
    if (this.#shadow === undefined) return undefined;
    if (this.#shadow.admits(now)) return this.#shadow.state;
    this.#wouldRefuse++;
    return undefined;
  }

  /** The flight of the calls that begin now, while closed. */
  #share(): Flight {
    const { state } = this.#machine;
    const now = this.#time();
    this.#permitted++;
    let flight = this.#flight;
    if (flight === undefined || flight.state !== state || flight.sinceMs !== now) {
      flight = new Flight(state, now, this.#land);
      this.#flight = flight;
    }
    return flight;
  }

  readonly #settle = (permit: IssuedPermit, outcome: Outcome): void => {
    this.#land(permit.state, permit.sinceMs, outcome, permit);
  };

  readonly #land = (state: BreakerState, sinceMs: number, outcome: Outcome, permit?: IssuedPermit): void => {
    const now = this.#time();
    if (permit !== undefined) this.#log.ended(permit.number, sinceMs, now, outcome);
    const durationMs = now - sinceMs;
    if (outcome === "failed") this.#failed++;
    else if (outcome === "succeeded") this.#succeeded++;
    const slow = durationMs > this.#machine.spec.slowCallDurationThresholdMs;
    if (slow && outcome !== "released") this.#slow++;
    if (permit?.shadow !== undefined) this.#shadow?.count(permit.shadow, now, durationMs, outcome);
    this.#machine.count(state, now, durationMs, outcome);
  };

  #tell(transition: Transition): void {
    for (const listener of this.#listeners) {
      try {
        listener(transition);
      } catch {
        // The host's listener; the breaker goes on.
      }
    }
  }
}

async function makeUnder<T>(
  permit: Permit,
  make: () => T | PromiseLike<T>,
  { ignore, fails }: CallOptions<T>,
): Promise<T> {
  try {
    const answer = await make();
    if (fails?.(answer) === true) permit.failure();
    else permit.success();
    return answer;
  } catch (error) {
    if (ignore?.(error) === true) permit.release();
    else permit.failure();
    throw error;
  }
}
