import { expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { type BreakerSpec, breakerReportSchema, DEFAULT_BREAKER } from "../protocol/index.ts";
import { Breaker } from "./breaker.ts";
import { BreakerWatch } from "./breaker-watch.ts";

const SPEC: BreakerSpec = {
  ...DEFAULT_BREAKER,
  minimumNumberOfCalls: 2,
  waitDurationInOpenStateMs: 3_000,
  permittedNumberOfCallsInHalfOpenState: 2,
  successesToClose: 2,
};

function bench(names: readonly string[] = ["bank"]) {
  const clock = new FakeClock();
  const breakers = names.map((name) => new Breaker(name, SPEC, clock.now));
  const moves: { atMs: number; states: string }[] = [];
  const watch = new BreakerWatch({
    clock,
    breakers: () => breakers,
    onMove: () => {
      const states = watch.reports().map(({ state, trials }) => `${state} ${trials?.done ?? ""}`.trim());
      moves.push({ atMs: clock.now() - 1_000, states: states.join() });
    },
  });
  watch.look();
  const call = (ok: boolean, index = 0): void => {
    const permit = breakers[index]?.permit();
    if (permit === false || permit === undefined) throw new Error("refused");
    if (ok) permit.success();
    else permit.failure();
  };
  return { clock, breakers, watch, moves, call };
}

test("a breaker that nobody calls is told as half open when its wait is over", async () => {
  const { clock, moves, call, watch } = bench();
  call(false);
  call(false);
  await clock.advance(10_000);
  expect(moves).toEqual([
    { atMs: 0, states: "OPEN" },
    { atMs: 3_000, states: "HALF_OPEN 0" },
  ]);
  watch.close();
  expect(clock.pending).toBe(0);
});

test("trials are told as they are done, and the end of it", async () => {
  const { clock, moves, call } = bench();
  call(false);
  call(false);
  await clock.advance(3_000);
  call(true);
  await clock.advance(1_000);
  call(true);
  await clock.advance(5_000);
  expect(moves.map(({ states }) => states)).toEqual(["OPEN", "HALF_OPEN 0", "HALF_OPEN 1", "CLOSED"]);
  expect(clock.pending).toBe(0);
});

test("a shorter wait is followed once it is looked at anew", async () => {
  const { clock, moves, call, breakers, watch } = bench();
  call(false);
  call(false);
  await clock.advance(500);
  breakers[0]?.update({ ...SPEC, waitDurationInOpenStateMs: 1_000 });
  watch.look();
  await clock.advance(2_000);
  expect(moves.at(-1)).toEqual({ atMs: 1_000, states: "HALF_OPEN 0" });
});

test("a report names the state, since when it stands, and what opened it", async () => {
  const { clock, call, watch, breakers } = bench();
  call(true);
  const beganAt = new Date(clock.wallMs() + 700).toISOString();
  await clock.advance(700);
  call(false);
  await clock.advance(40);
  expect(breakers[0]?.permit()).toBe(false);
  const [report] = watch.reports();
  expect(report).toEqual({
    name: "bank",
    state: "OPEN",
    mode: "NORMAL",
    since: beganAt,
    failureRate: 50,
    slowCallRate: 0,
    refused: 1,
  });
  expect(breakerReportSchema.parse(report)).toEqual(report);
  await clock.advance(100);
  expect(watch.reports()[0]?.since).toBe(beganAt);
});

test("of too many, those that are closed are left out first", () => {
  const { watch, call } = bench(Array.from({ length: 250 }, (_, index) => `b${index}`));
  call(false, 240);
  call(false, 240);
  const reports = watch.reports();
  expect(reports).toHaveLength(200);
  expect(reports[0]).toMatchObject({ name: "b240", state: "OPEN" });
});

test("a breaker that only watches tells where it would stand, and what it would have refused", async () => {
  const { clock, watch, breakers, moves, call } = bench();
  breakers[0]?.update({ ...SPEC, mode: "METRICS_ONLY" });
  watch.look();
  moves.splice(0);
  call(false);
  call(false);
  call(true);
  await clock.advance(1);
  expect(moves).toHaveLength(1);
  const [report] = watch.reports();
  expect(report).toMatchObject({ state: "CLOSED", mode: "METRICS_ONLY", wouldBe: "OPEN", wouldRefuse: 1 });
  expect(breakerReportSchema.parse(report)).toEqual(report);
  await clock.advance(3_000);
  expect(watch.reports()[0]).toMatchObject({ wouldBe: "HALF_OPEN" });
  watch.close();
  expect(clock.pending).toBe(0);
});
