import fc from "fast-check";
import { expect, test } from "vitest";
import { type BreakerSpec, DEFAULT_BREAKER } from "../protocol/index.ts";
import type { StateName } from "../rules/index.ts";
import { Breaker } from "./breaker.ts";
import type { Permit } from "./permit.ts";

type Ending = "good" | "bad" | "none";
interface Call {
  readonly atMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  readonly slow: boolean;
}
/** What let a call through: the life of the breaker, and of the one that only watches. */
interface Ticket {
  readonly life: number;
  readonly watched: { readonly by: Reference; readonly life: number } | undefined;
  readonly sinceMs: number;
}

const secondOf = (ms: number): number => Math.floor(ms / 1_000);

/** The breaker again, written the plain way: every call kept in a list, everything computed from it. */
class Reference {
  spec: BreakerSpec;
  state: StateName;
  life = 0;
  wouldRefuse = 0;
  shadow: Reference | undefined;
  calls: Call[] = [];
  #sinceMs: number;
  #trialMs: number | undefined;
  #issued = 0;
  #good = 0;
  #bad = 0;

  constructor(spec: BreakerSpec, nowMs: number) {
    this.spec = spec;
    this.state = spec.mode === "FORCED_OPEN" ? "OPEN" : "CLOSED";
    this.#sinceMs = nowMs;
    this.#watch(nowMs);
  }

  look(nowMs: number): StateName {
    while (this.spec.mode === "NORMAL") {
      const dueMs = this.#sinceMs + this.spec.waitDurationInOpenStateMs;
      const mostMs = this.spec.maxWaitDurationInHalfOpenStateMs;
      const overdueMs = (this.#trialMs ?? Number.POSITIVE_INFINITY) + mostMs;
      if (this.state === "OPEN" && nowMs >= dueMs) this.#go("HALF_OPEN", dueMs);
      else if (this.state === "HALF_OPEN" && mostMs > 0 && nowMs >= overdueMs) this.#go("OPEN", overdueMs);
      else break;
    }
    return this.state;
  }

  take(nowMs: number): Ticket | undefined {
    this.look(nowMs);
    if (this.spec.mode === "FORCED_OPEN" || this.state === "OPEN") return undefined;
    if (this.state === "HALF_OPEN") {
      if (this.#issued >= this.spec.permittedNumberOfCallsInHalfOpenState) return undefined;
      this.#issued++;
      this.#trialMs ??= nowMs;
    }
    const { shadow } = this;
    const its = shadow?.take(nowMs);
    if (shadow !== undefined && its === undefined) this.wouldRefuse++;
    const watched = shadow && its && { by: shadow, life: its.life };
    return { life: this.life, watched, sinceMs: nowMs };
  }

  settle(nowMs: number, ticket: Ticket, ending: Ending): void {
    const { watched, sinceMs } = ticket;
    if (watched !== undefined && watched.by === this.shadow) {
      this.shadow.settle(nowMs, { life: watched.life, watched: undefined, sinceMs }, ending);
    }
    this.look(nowMs);
    if (ticket.life !== this.life) return;
    const durationMs = nowMs - sinceMs;
    const slow = durationMs > this.spec.slowCallDurationThresholdMs;
    if (this.state === "HALF_OPEN") {
      if (ending === "none") this.#issued--;
      else if (ending === "good" && !slow) this.#good++;
      else this.#bad++;
    } else if (ending !== "none" && this.spec.mode !== "DISABLED") {
      this.calls.push({ atMs: nowMs, durationMs, failed: ending === "bad", slow });
    }
    this.#judge(nowMs);
  }

  update(spec: BreakerSpec, nowMs: number): void {
    this.look(nowMs);
    const before = this.spec;
    const kept = this.#window(nowMs);
    this.spec = spec;
    if (before.slidingWindowType !== spec.slidingWindowType) this.calls = [];
    else {
      const judged = before.slowCallDurationThresholdMs !== spec.slowCallDurationThresholdMs;
      const byCount = spec.slidingWindowType === "COUNT_BASED";
      const slow = (call: Call) => byCount && call.durationMs > spec.slowCallDurationThresholdMs;
      this.calls = kept.map((call) => (judged ? { ...call, slow: slow(call) } : call));
      this.calls = this.#window(nowMs);
    }
    if (spec.mode !== before.mode) {
      if (spec.mode === "FORCED_OPEN") this.#go("OPEN", nowMs);
      else if (spec.mode !== "NORMAL" && this.state !== "CLOSED") this.#go("CLOSED", nowMs);
      else if (spec.mode === "DISABLED") this.#go("CLOSED", this.#sinceMs);
    }
    this.look(nowMs);
    this.#judge(nowMs);
    this.#watch(nowMs);
  }

  #watch(nowMs: number): void {
    const normal: BreakerSpec = { ...this.spec, mode: "NORMAL" };
    if (this.spec.mode !== "METRICS_ONLY") this.shadow = undefined;
    else if (this.shadow !== undefined) this.shadow.update(normal, nowMs);
    else {
      this.shadow = new Reference(normal, nowMs);
      this.shadow.calls = this.#window(nowMs);
      this.shadow.#judge(nowMs);
    }
  }

  #window(nowMs: number): Call[] {
    const { slidingWindowType, slidingWindowSize } = this.spec;
    if (slidingWindowType === "COUNT_BASED") return this.calls.slice(-slidingWindowSize);
    return this.calls.filter(({ atMs }) => secondOf(atMs) > secondOf(nowMs) - slidingWindowSize);
  }

  #judge(nowMs: number): void {
    const { spec } = this;
    if (spec.mode !== "NORMAL" || this.state === "OPEN") return;
    if (this.state === "HALF_OPEN") {
      const { permittedNumberOfCallsInHalfOpenState: permitted, successesToClose } = spec;
      if (this.#good >= successesToClose) this.#go("CLOSED", nowMs);
      else if (this.#bad > permitted - successesToClose) this.#go("OPEN", nowMs);
      return;
    }
    const window = this.#window(nowMs);
    if (window.length === 0 || window.length < spec.minimumNumberOfCalls) return;
    const percent = (those: Call[]) => (100 * those.length) / window.length;
    const failures = percent(window.filter(({ failed }) => failed));
    const slow = percent(window.filter((call) => call.slow));
    if (failures >= spec.failureRateThreshold || slow >= spec.slowCallRateThreshold) this.#go("OPEN", nowMs);
  }

  #go(state: StateName, atMs: number): void {
    this.state = state;
    this.life++;
    this.#sinceMs = atMs;
    this.calls = [];
    this.#trialMs = undefined;
    this.#issued = 0;
    this.#good = 0;
    this.#bad = 0;
  }
}

const specArbitrary: fc.Arbitrary<BreakerSpec> = fc
  .record({
    slidingWindowType: fc.constantFrom("COUNT_BASED" as const, "TIME_BASED" as const),
    slidingWindowSize: fc.integer({ min: 1, max: 6 }),
    minimumNumberOfCalls: fc.integer({ min: 1, max: 4 }),
    failureRateThreshold: fc.constantFrom(20, 50, 75, 100),
    slowCallRateThreshold: fc.constantFrom(25, 50, 100),
    slowCallDurationThresholdMs: fc.constantFrom(100, 100, 700),
    waitDurationInOpenStateMs: fc.constantFrom(100, 700, 2_500),
    permittedNumberOfCallsInHalfOpenState: fc.integer({ min: 1, max: 4 }),
    successesToClose: fc.integer({ min: 1, max: 4 }),
    maxWaitDurationInHalfOpenStateMs: fc.constantFrom(0, 300, 2_000),
    mode: fc.constantFrom(
      "NORMAL" as const,
      "NORMAL" as const,
      "NORMAL" as const,
      "METRICS_ONLY" as const,
      "FORCED_OPEN" as const,
      "DISABLED" as const,
    ),
  })
  .map((drawn) => ({
    ...DEFAULT_BREAKER,
    ...drawn,
    minimumNumberOfCalls: Math.min(drawn.minimumNumberOfCalls, drawn.slidingWindowSize),
    successesToClose: Math.min(drawn.successesToClose, drawn.permittedNumberOfCallsInHalfOpenState),
  }));

type Step =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "take" }
  | { readonly do: "call"; readonly ms: number; readonly ending: Ending }
  | { readonly do: "change"; readonly spec: BreakerSpec }
  | { readonly do: "settle"; readonly which: number; readonly ending: Ending };
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("take" as const) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      ms: fc.constantFrom(0, 0, 50, 150),
      ending: fc.constantFrom<Ending[]>("good", "good", "bad", "none"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      which: fc.nat(5),
      ending: fc.constantFrom<Ending[]>("good", "bad", "bad", "none"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat(150), fc.nat(1_000), fc.nat(3_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("change" as const), spec: specArbitrary }) },
);

function settle(permit: Permit, ending: Ending): void {
  if (ending === "good") permit.success();
  else if (ending === "bad") permit.failure();
  else permit.release();
}

test("through any traffic, time and live changes the breaker does what the plain reference does", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(specArbitrary, fc.array(stepArbitrary, { maxLength: 80, size: "max" }), (spec, steps) => {
      const time = { nowMs: 50_000 };
      const breaker = new Breaker("pay", spec, () => time.nowMs);
      breaker.onTransition(({ from, cause }) => seen.add(`${from} ${cause}`));
      const reference = new Reference(spec, time.nowMs);
      const flying: { readonly permit: Permit; readonly ticket: Ticket }[] = [];
      for (const step of steps) {
        if (step.do === "wait") time.nowMs += step.ms;
        else if (step.do === "take" || step.do === "call") {
          const permit = breaker.permit();
          const ticket = reference.take(time.nowMs);
          expect(permit !== false).toBe(ticket !== undefined);
          if (permit === false || ticket === undefined) continue;
          if (step.do === "take") flying.push({ permit, ticket });
          else {
            time.nowMs += step.ms;
            settle(permit, step.ending);
            reference.settle(time.nowMs, ticket, step.ending);
          }
        } else if (step.do === "change") {
          breaker.update(step.spec);
          reference.update(step.spec, time.nowMs);
        } else {
          const [call] = flying.splice(step.which % Math.max(1, flying.length), 1);
          if (call === undefined) continue;
          settle(call.permit, step.ending);
          reference.settle(time.nowMs, call.ticket, step.ending);
        }
        expect(breaker.state).toBe(reference.look(time.nowMs));
        expect(breaker.totals.wouldRefuse).toBe(reference.wouldRefuse);
      }
    }),
    { numRuns: 10_000 },
  );
  // Histories that never left CLOSED would agree, too.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      "CLOSED failure-rate",
      "CLOSED slow-call-rate",
      "CLOSED forced-open",
      "OPEN wait-over",
      "HALF_OPEN trials-succeeded",
      "HALF_OPEN trials-failed",
    ]),
  );
}, 120_000);
