import type { BreakerSpec } from "@leverframe/agent/protocol";
import { type BreakerState, type Cause, Machine, type StateName } from "@leverframe/agent/rules";
import type { RecordedLife, SeenCall, SeenEvent } from "./recorded.ts";

/** A move that the breaker would have made. Wall time, ms. */
export interface ReplayedMove {
  readonly atMs: number;
  readonly from: StateName;
  readonly to: StateName;
  readonly cause: Cause;
  /** What opened it, percent; absent where nothing that was counted did. */
  readonly failureRate?: number;
  readonly slowCallRate?: number;
}

/** What happened in one step of the stretch. */
export interface ReplayStep {
  /** Calls that began, or were refused by the breaker of then. */
  calls: number;
  failed: number;
  /** By the proposed threshold. */
  slow: number;
  /** What the proposed breaker would have refused. */
  refused: number;
}

/** What a proposed breaker would have done at one instance, in one life of its process. */
export interface ReplayedLife {
  readonly service: string;
  readonly instance: string;
  /** The first `MOST_MOVES`. */
  readonly moves: readonly ReplayedMove[];
  /** How often it would have opened, all times counted. */
  readonly opened: number;
  readonly calls: number;
  readonly refused: number;
  /** Of `calls`: refused by the breaker of then where the proposed one would have made them. What they'd have come to isn't known. */
  readonly unknown: number;
  /** How long it would have been open or half open, ms. */
  readonly awayMs: number;
  readonly steps: readonly ReplayStep[];
}

export interface Stretch {
  /** Wall time, ms; the proposed breaker is put in force here. */
  readonly fromMs: number;
  readonly toMs: number;
}

export const MOST_MOVES = 200;
/** Steps that a stretch is told in. */
export const REPLAY_STEPS = 60;

/**
 * Does with recorded calls what a breaker under `spec` would have done, by the very machine of the agent. As a breaker that
 * is given the spec at `fromMs`: closed, with the calls before it that still count in its window. Calls that it would have
 * refused count as never made. The mode is taken for NORMAL; what somebody else's word opens (`trip`) is not replayed.
 * Pure; it yields between periods.
 */
export function* replayLife(
  life: RecordedLife,
  spec: BreakerSpec,
  stretch: Stretch,
): Generator<undefined, ReplayedLife> {
  const course = new Course(life, spec, stretch);
  for (const events of life.periods) {
    for (const event of events) course.see(event);
    yield;
  }
  return course.end();
}

class Course {
  readonly #life: RecordedLife;
  readonly #spec: BreakerSpec;
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #machine: Machine;
  /** In whose state each call that is under way was let through; those refused are not in it. */
  readonly #issued = new Map<SeenCall, BreakerState>();
  readonly #moves: ReplayedMove[] = [];
  readonly #steps: ReplayStep[] = Array.from({ length: REPLAY_STEPS }, () => ({
    calls: 0,
    failed: 0,
    slow: 0,
    refused: 0,
  }));
  #begun = false;
  #opened = 0;
  #calls = 0;
  #refused = 0;
  #unknown = 0;
  #awayMs = 0;
  #awaySinceMs: number | undefined;

  constructor(life: RecordedLife, spec: BreakerSpec, { fromMs, toMs }: Stretch) {
    this.#life = life;
    this.#spec = { ...spec, mode: "NORMAL" };
    this.#fromMs = Math.ceil(fromMs - life.wallMs);
    this.#toMs = toMs - life.wallMs;
    // Until then it only watches: what it sees fills its window.
    const firstMs = life.periods.find((period) => period.length > 0)?.[0]?.nowMs ?? this.#fromMs;
    this.#machine = new Machine({ ...spec, mode: "METRICS_ONLY" }, firstMs, (from, to, cause) =>
      this.#moved(from, to, cause),
    );
  }

  see(event: SeenEvent): void {
    const { nowMs } = event;
    if (nowMs >= this.#toMs) return;
    if (!this.#begun && nowMs >= this.#fromMs) this.#begin(Math.max(0, this.#fromMs));
    if (event.at === "refused") this.#seeRefused(nowMs);
    else if (event.at === "begin") this.#seeBegin(nowMs, event.call);
    else this.#seeEnd(nowMs, event.call);
  }

  end(): ReplayedLife {
    if (this.#begun) this.#machine.pass(this.#toMs);
    if (this.#awaySinceMs !== undefined) this.#awayMs += this.#toMs - this.#awaySinceMs;
    const { service, instance } = this.#life;
    return {
      service,
      instance,
      moves: this.#moves,
      opened: this.#opened,
      calls: this.#calls,
      refused: this.#refused,
      unknown: this.#unknown,
      awayMs: Math.round(this.#awayMs),
      steps: this.#steps,
    };
  }

  #begin(nowMs: number): void {
    this.#begun = true;
    this.#machine.update(this.#spec, nowMs);
  }

  #seeBegin(nowMs: number, call: SeenCall): void {
    const admitted = this.#machine.admits(nowMs);
    if (admitted) this.#issued.set(call, this.#machine.state);
    if (!this.#begun) return;
    const step = this.#stepAt(nowMs);
    step.calls += 1;
    this.#calls += 1;
    if (!admitted) {
      step.refused += 1;
      this.#refused += 1;
    }
  }

  #seeEnd(nowMs: number, call: SeenCall): void {
    const step = this.#begun ? this.#stepAt(nowMs) : undefined;
    if (step !== undefined && call.outcome === "failed") step.failed += 1;
    if (step !== undefined && call.tookMs > this.#spec.slowCallDurationThresholdMs) step.slow += 1;
    const state = this.#issued.get(call);
    if (state === undefined) return;
    this.#issued.delete(call);
    this.#machine.count(state, nowMs, call.tookMs, call.outcome);
  }

  #seeRefused(nowMs: number): void {
    if (!this.#begun) return;
    this.#machine.pass(nowMs);
    const { state, spec } = this.#machine;
    const lets =
      state.name === "CLOSED" ||
      (state.name === "HALF_OPEN" && state.issued < spec.permittedNumberOfCallsInHalfOpenState);
    const step = this.#stepAt(nowMs);
    step.calls += 1;
    this.#calls += 1;
    if (lets) this.#unknown += 1;
    else {
      step.refused += 1;
      this.#refused += 1;
    }
  }

  #stepAt(nowMs: number): ReplayStep {
    const share = (nowMs - this.#fromMs) / Math.max(1, this.#toMs - this.#fromMs);
    const at = Math.min(REPLAY_STEPS - 1, Math.max(0, Math.floor(share * REPLAY_STEPS)));
    return this.#steps[at] ?? { calls: 0, failed: 0, slow: 0, refused: 0 };
  }

  #moved(from: StateName, to: StateName, cause: Cause): void {
    const { state } = this.#machine;
    const atMs = state.sinceMs;
    if (to === "OPEN") this.#opened += 1;
    if (from === "CLOSED") this.#awaySinceMs = atMs;
    if (to === "CLOSED" && this.#awaySinceMs !== undefined) {
      this.#awayMs += atMs - this.#awaySinceMs;
      this.#awaySinceMs = undefined;
    }
    if (this.#moves.length >= MOST_MOVES) return;
    const rates = state.name === "OPEN" ? state.tripped : undefined;
    this.#moves.push({ atMs: atMs + this.#life.wallMs, from, to, cause, ...rates });
  }
}
