import { type BreakerSpec, DEFAULT_BREAKER, readCallLog } from "@leverframe/agent/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Breaker } from "../../agent/src/breaker/breaker.ts";
import { CallRecording, type TakenLog } from "../../agent/src/breaker/call-log.ts";
import type { Permit } from "../../agent/src/breaker/permit.ts";
import { type LogRow, livesOf, type RecordedLife } from "../../src/domain/replay/recorded.ts";
import { type ReplayedLife, replayLife } from "../../src/domain/replay/replay.ts";

/** What a breaker's record says of it must be what it did: the real breaker and the replay, on the same calls. */
interface Call {
  readonly atMs: number;
  readonly tookMs: number;
  readonly ending: "succeeded" | "failed" | "released";
}
interface Lived {
  readonly moves: readonly string[];
  readonly refused: number;
}

const finish = <T>(work: Generator<undefined, T>): T => {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
};

const PERIOD_MS = 5_000;

/** Drives a real breaker over the calls; `record` keeps what it saw, period by period. */
function live(spec: BreakerSpec, calls: readonly Call[], record?: LogRow[]): Lived {
  const time = { ms: 0 };
  const recording = new CallRecording();
  if (record !== undefined) recording.begin(WALL_MS);
  const breaker = new Breaker("bank", spec, { now: () => time.ms, recording });
  const moves: string[] = [];
  breaker.onTransition(({ from, to, cause }) => {
    const counted = cause !== "wait-over" && cause !== "trials-overdue";
    moves.push(`${from} ${cause} ${to}${counted ? ` at ${Math.floor(time.ms)}` : ""}`);
  });
  const keep = (): void => {
    for (const { text } of recording.take(time.ms)) record?.push(rowOf(text, time.ms));
  };
  let endMs = PERIOD_MS;
  const flying: { readonly doneMs: number; readonly permit: Permit; readonly call: Call }[] = [];
  const landUntil = (untilMs: number): void => {
    for (;;) {
      const next = flying.toSorted((a, b) => a.doneMs - b.doneMs)[0];
      if (next === undefined || next.doneMs > untilMs) return;
      flying.splice(flying.indexOf(next), 1);
      passTo(next.doneMs);
      if (next.call.ending === "succeeded") next.permit.success();
      else if (next.call.ending === "failed") next.permit.failure();
      else next.permit.release();
    }
  };
  const passTo = (ms: number): void => {
    while (endMs <= ms) {
      time.ms = endMs;
      keep();
      endMs += PERIOD_MS;
    }
    time.ms = ms;
  };
  for (const call of calls) {
    landUntil(call.atMs);
    passTo(call.atMs);
    const permit = breaker.permit();
    if (permit !== false) flying.push({ doneMs: call.atMs + call.tookMs, permit, call });
  }
  landUntil(Number.POSITIVE_INFINITY);
  passTo(END_MS);
  expect(breaker.state).toBeDefined();
  keep();
  return { moves, refused: breaker.totals.refused };
}

const WALL_MS = 1_700_000_000_000;
const END_MS = 400_000;
const rowOf = (text: string, ms: number): LogRow => ({
  service: "order",
  instance: "order-1",
  text,
  toMs: WALL_MS + Math.floor(ms),
});

const lifeOf = (rows: readonly LogRow[]): RecordedLife => {
  const [life, ...others] = finish(livesOf(rows));
  expect(others).toEqual([]);
  if (life === undefined) throw new Error("nothing was recorded");
  return life;
};

const replayed = (rows: readonly LogRow[], spec: BreakerSpec): ReplayedLife =>
  finish(replayLife(lifeOf(rows), spec, { fromMs: WALL_MS, toMs: WALL_MS + END_MS }));

const told = ({ moves }: ReplayedLife): string[] =>
  moves.map(({ atMs, from, to, cause }) => {
    const counted = cause !== "wait-over" && cause !== "trials-overdue";
    return `${from} ${cause} ${to}${counted ? ` at ${atMs - WALL_MS}` : ""}`;
  });

const specArbitrary = (type: BreakerSpec["slidingWindowType"]): fc.Arbitrary<BreakerSpec> =>
  fc
    .record({
      slidingWindowSize: fc.integer({ min: 2, max: 12 }),
      minimumNumberOfCalls: fc.integer({ min: 1, max: 8 }),
      failureRateThreshold: fc.constantFrom(20, 34, 50, 80, 100),
      slowCallRateThreshold: fc.constantFrom(25, 60, 100),
      slowCallDurationThresholdMs: fc.constantFrom(10, 120, 400, 1_500),
      waitDurationInOpenStateMs: fc.constantFrom(100, 700, 2_500),
      permittedNumberOfCallsInHalfOpenState: fc.integer({ min: 1, max: 4 }),
      successesToClose: fc.integer({ min: 1, max: 4 }),
      maxWaitDurationInHalfOpenStateMs: fc.constantFrom(0, 300, 2_000),
    })
    .map((drawn) => ({
      ...DEFAULT_BREAKER,
      ...drawn,
      slidingWindowType: type,
      minimumNumberOfCalls: Math.min(drawn.minimumNumberOfCalls, drawn.slidingWindowSize),
      successesToClose: Math.min(drawn.successesToClose, drawn.permittedNumberOfCallsInHalfOpenState),
    }));

/** Bursts of overlapping calls at moments that are no whole milliseconds, some at the very same one. */
const callsArbitrary: fc.Arbitrary<readonly Call[]> = fc
  .array(
    fc.record({
      pauseMs: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0) },
        { weight: 8, arbitrary: fc.double({ min: 0, max: 30, noNaN: true }) },
        { weight: 3, arbitrary: fc.double({ min: 100, max: 1_500, noNaN: true }) },
        { weight: 1, arbitrary: fc.double({ min: 2_000, max: 9_000, noNaN: true }) },
      ),
      tookMs: fc.oneof(
        fc.constant(0),
        fc.double({ min: 0, max: 60, noNaN: true }),
        fc.double({ min: 50, max: 3_000, noNaN: true }),
      ),
      ending: fc.constantFrom<Call["ending"][]>(
        "succeeded",
        "succeeded",
        "succeeded",
        "failed",
        "failed",
        "released",
      ),
    }),
    { minLength: 1, maxLength: 150, size: "max" },
  )
  .map((drawn) => {
    let atMs = 1;
    return drawn.map(({ pauseMs, tookMs, ending }) => {
      atMs = Math.min(atMs + pauseMs, END_MS - 10_000);
      return { atMs, tookMs, ending };
    });
  });

const watching: BreakerSpec = { ...DEFAULT_BREAKER, mode: "METRICS_ONLY" };

test("replay of any spec over recorded calls moves when and as the live breaker of that spec does", () => {
  const seen = new Set<string>();
  let overlapping = 0;
  fc.assert(
    fc.property(
      fc
        .constantFrom<BreakerSpec["slidingWindowType"][]>("TIME_BASED", "TIME_BASED", "COUNT_BASED")
        .chain(specArbitrary),
      callsArbitrary,
      (spec, calls) => {
        const rows: LogRow[] = [];
        expect(live(watching, calls, rows).refused).toBe(0);
        const lived = live(spec, calls);
        const life = replayed(rows, spec);
        expect(told(life)).toEqual(lived.moves);
        expect(life.refused).toBe(lived.refused);
        expect(life).toMatchObject({ calls: calls.length, unknown: 0 });
        expect(lifeOf(rows)).toMatchObject({ counted: 0, missing: 0 });
        for (const { cause } of life.moves) seen.add(cause);
        if (lived.refused > 0) overlapping += 1;
      },
    ),
    { numRuns: 1_500 },
  );
  // Histories that never left CLOSED would agree, too.
  expect([...seen].toSorted()).toEqual([
    "failure-rate",
    "slow-call-rate",
    "trials-failed",
    "trials-overdue",
    "trials-succeeded",
    "wait-over",
  ]);
  expect(overlapping).toBeGreaterThan(300);
}, 60_000);

test("replay of the spec that was in force, over what it let through, moves as it did and refuses what it refused", () => {
  fc.assert(
    fc.property(specArbitrary("TIME_BASED"), callsArbitrary, (spec, calls) => {
      const rows: LogRow[] = [];
      const lived = live(spec, calls, rows);
      const life = replayed(rows, spec);
      expect(told(life)).toEqual(lived.moves);
      expect(life).toMatchObject({ refused: lived.refused, calls: calls.length, unknown: 0 });
    }),
    { numRuns: 700 },
  );
}, 60_000);

test("put in force in the midst of traffic it goes on with the calls that still count, as a live update does", () => {
  const spec: BreakerSpec = { ...DEFAULT_BREAKER, minimumNumberOfCalls: 4, slidingWindowSize: 10 };
  const calls: Call[] = [1_000, 3_000, 6_500, 9_500].map((atMs) => ({ atMs, tookMs: 10, ending: "failed" }));
  const rows: LogRow[] = [];
  live(watching, calls, rows);
  const from = (ms: number): ReplayedLife =>
    finish(replayLife(lifeOf(rows), spec, { fromMs: WALL_MS + ms, toMs: WALL_MS + 20_000 }));
  expect(from(9_000).moves[0]).toMatchObject({
    atMs: WALL_MS + 9_510,
    cause: "failure-rate",
    failureRate: 100,
  });
  expect(from(9_000)).toMatchObject({ calls: 1, opened: 1 });
});

test("what the breaker of then refused is unknown where the proposed one would have made it", () => {
  const calls: Call[] = Array.from({ length: 40 }, (_, at) => ({
    atMs: 1_000 + at * 10,
    tookMs: 1,
    ending: "failed",
  }));
  const rows: LogRow[] = [];
  const lived = live({ ...DEFAULT_BREAKER, minimumNumberOfCalls: 10 }, calls, rows);
  expect(lived.refused).toBe(30);
  const life = replayed(rows, { ...DEFAULT_BREAKER, minimumNumberOfCalls: 20 });
  expect(life).toMatchObject({ unknown: 30, refused: 0, opened: 0, calls: 40 });
});

test("a crowd is counted by second and said to be, within the bounds of one attribute; a lost period is said too", () => {
  const calls: Call[] = Array.from({ length: 40_000 }, (_, at) => ({
    atMs: 1_000 + at / 3,
    tookMs: (at * 7_919) % 1_900,
    ending: at % 2 === 0 ? "failed" : "succeeded",
  }));
  const rows: LogRow[] = [];
  const time = { ms: 0 };
  const recording = new CallRecording();
  recording.begin(WALL_MS);
  const log = recording.log("bank");
  const keep = (taken: readonly TakenLog[]): void => {
    for (const { text } of taken) rows.push(rowOf(text, time.ms));
  };
  for (const { atMs, tookMs, ending } of calls) {
    if (Math.floor(atMs / PERIOD_MS) > Math.floor(time.ms / PERIOD_MS)) keep(recording.take(atMs));
    time.ms = Math.floor(atMs);
    const number = log.begun();
    log.ended(number, time.ms - tookMs, time.ms, ending === "failed" ? "failed" : "succeeded");
  }
  keep(recording.take(time.ms));
  for (const { text } of rows) expect(text.length).toBeLessThanOrEqual(16_000);
  const life = lifeOf(rows);
  expect(life.counted).toBeGreaterThan(20_000);
  expect(life.missing).toBe(0);
  const spec: BreakerSpec = { ...DEFAULT_BREAKER, failureRateThreshold: 60, minimumNumberOfCalls: 100 };
  const whole = finish(replayLife(life, spec, { fromMs: WALL_MS, toMs: WALL_MS + END_MS }));
  expect(whole).toMatchObject({ calls: 40_000, opened: 0 });
  expect(lifeOf(rows.filter((_, at) => at !== 1)).missing).toBe(1);
  expect(lifeOf([...rows, ...rows]).counted).toBe(life.counted);
});

test("a text that was cut, or is none, is no log", () => {
  const rows: LogRow[] = [];
  live(watching, [{ atMs: 5, tookMs: 700, ending: "failed" }], rows);
  const { text } = rows[0] ?? { text: "" };
  expect(readCallLog(text)?.entries).toEqual([
    { outcome: "failed", endMs: 705, tookMs: 700, gap: 1, lag: 1, count: 1 },
  ]);
  for (const other of ["", "[redacted]", "z", `${text}Z`, text.slice(0, -1)])
    expect(readCallLog(other)).toBeUndefined();
});
