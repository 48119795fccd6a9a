import { describe, expect, test } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { type Watched, watch } from "../../../test/support/policy-bench.ts";
import type { LimitSpec } from "../protocol/index.ts";
import type { Context } from "../rules/index.ts";
import { AdaptivePlaces } from "./adaptive-places.ts";
import { HotValues, MOST_HOT_VALUES } from "./hot-values.ts";
import { Limiter, type Slot } from "./limiter.ts";

function limitBench(spec: LimitSpec) {
  const clock = new FakeClock();
  const limiter = new Limiter("checkout", clock);
  limiter.update(spec);
  const enter = (context?: Context, deadlineMs = Number.POSITIVE_INFINITY): Watched<Slot> =>
    watch((async () => limiter.enter({ deadlineMs, signal: undefined, context }))());
  const many = async (count: number, context?: Context): Promise<string> => {
    const all = Array.from({ length: count }, () => enter(context));
    await clock.advance(0);
    return all.map(({ state }) => (state === "kept" ? "y" : state === "open" ? "w" : "n")).join("");
  };
  return { clock, limiter, enter, many };
}

const RATE: LimitSpec = { type: "RATE", permitsPerSecond: 10, burst: 3, maxQueueDurationMs: 0 };

describe("a rate limit", () => {
  test("lets a burst begin and refuses the rest, saying when to come again", async () => {
    const { many, enter, clock } = limitBench(RATE);
    expect(await many(5)).toBe("yyynn");
    const refused = enter();
    await clock.advance(0);
    expect(refused.error).toMatchObject({ code: "LIMIT_REACHED", why: "rate", retryAfterMs: 100 });
    await clock.advance(100);
    expect(await many(2)).toBe("yn");
  });

  test("lets calls wait their turn up to its queue's length and time, evenly", async () => {
    const { many, clock, limiter } = limitBench({
      ...RATE,
      burst: 1,
      maxQueueDurationMs: 450,
      maxQueuedCalls: 3,
    });
    expect(await many(6)).toBe("ywwwnn");
    expect(limiter.waiting).toBe(3);
    await clock.advance(300);
    expect([limiter.waiting, await many(1)]).toEqual([0, "w"]);
  });

  test("lets nobody wait past a deadline", async () => {
    const { enter, clock } = limitBench({ ...RATE, burst: 1, maxQueueDurationMs: 1_000 });
    enter();
    const late = enter(undefined, clock.now() + 50);
    await clock.advance(0);
    expect(late.error).toMatchObject({ why: "rate" });
  });

  test("of another rate holds at once, with what is owed", async () => {
    const { many, limiter, clock } = limitBench({ ...RATE, burst: 1 });
    expect(await many(2)).toBe("yn");
    limiter.update({ ...RATE, permitsPerSecond: 100, burst: 1 });
    await clock.advance(10);
    expect(await many(2)).toBe("yn");
    limiter.update(undefined);
    expect(await many(5)).toBe("yyyyy");
  });
});

describe("a limit by a key's values", () => {
  const HOT: LimitSpec = {
    ...RATE,
    permitsPerSecond: 100,
    burst: 100,
    hotKey: "userId",
    hotPermitsPerSecond: 2,
    hotOverrides: { "u-gold": 5, "u-bot": 0 },
  };

  test("holds each value by itself, others' own limits too, and those without the key not at all", async () => {
    const { many } = limitBench(HOT);
    expect(await many(3, { userId: "u-1" })).toBe("yyn");
    expect(await many(3, { userId: "u-2" })).toBe("yyn");
    expect(await many(6, { userId: "u-gold" })).toBe("yyyyyn");
    expect(await many(2, { userId: "u-bot" })).toBe("nn");
    expect(await many(9, { zone: "a" })).toBe("yyyyyyyyy");
  });

  test("takes nothing from a value whose call the whole limit refuses", async () => {
    const { many, limiter, clock } = limitBench({ ...HOT, permitsPerSecond: 1, burst: 1 });
    expect(await many(2, { userId: "u-1" })).toBe("yn");
    limiter.update({ ...HOT, permitsPerSecond: 100, burst: 100 });
    await clock.advance(50);
    expect(await many(2, { userId: "u-1" })).toBe("yn");
  });

  test("remembers so many values and no more", () => {
    const values = new HotValues({ key: "userId", permitsPerSecond: 1, overrides: {} });
    for (let user = 0; user < MOST_HOT_VALUES + 500; user++) values.take({ userId: `u-${user}` }, 0, 0);
    expect(values.size).toBe(MOST_HOT_VALUES);
    expect(typeof values.take({ userId: `u-${MOST_HOT_VALUES + 499}` }, 0, 0)).toBe("number");
    expect(typeof values.take({ userId: "u-0" }, 0, 0)).toBe("object");
  });
});

describe("an adaptive limit", () => {
  /** A callee that does `capacity` calls at once in 50 ms, and takes the longer the more there are above that. */
  function latencyAt(active: number, capacity: number): number {
    return 50 * Math.max(1, active / capacity);
  }
  function run(places: AdaptivePlaces, capacity: number, windows: number, fromMs = 0): number {
    let nowMs = fromMs;
    for (let window = 0; window < windows; window++) {
      for (let call = 0; call < 20; call++) {
        nowMs += 10;
        const active = places.places;
        places.ended(nowMs, latencyAt(active, capacity), false, active);
      }
    }
    return nowMs;
  }

  test("grows while the callee is as fast as usual, to its bound", () => {
    const places = new AdaptivePlaces({ least: 2, most: 60 });
    run(places, 1_000, 200);
    expect(places.places).toBe(60);
  });

  test("shrinks as the callee slows down, and stays above its least", () => {
    const places = new AdaptivePlaces({ least: 4, most: 200 });
    const nowMs = run(places, 1_000, 100);
    const before = places.places;
    run(places, 5, 20, nowMs);
    expect(before).toBeGreaterThan(90);
    expect(places.places).toBeLessThan(before / 2);
    expect(places.places).toBeGreaterThanOrEqual(4);
  });

  test("gives a tenth up for each window with calls that timed out", () => {
    const places = new AdaptivePlaces({ least: 1, most: 100 });
    const before = places.places;
    for (let call = 1; call <= 20; call++) places.ended(call * 10, 50, call === 5, before);
    expect(places.places).toBe(Math.floor(before * 0.9));
  });

  test("changes nothing while little of it is used", () => {
    const places = new AdaptivePlaces({ least: 1, most: 100 });
    const before = places.places;
    for (let call = 1; call <= 200; call++) places.ended(call * 10, 50, false, 1);
    expect(places.places).toBe(before);
  });

  test("moves the bulkhead's places, and back to fixed ones live", async () => {
    const spec: LimitSpec = { type: "CONCURRENCY", maxConcurrentCalls: 50, maxQueueDurationMs: 0 };
    const { limiter, many, clock, enter } = limitBench({
      ...spec,
      adaptation: "GRADIENT",
      minConcurrentCalls: 2,
    });
    expect(limiter.places).toBe(20);
    for (let round = 0; round < 12; round++) {
      const calls = Array.from({ length: 20 }, () => enter());
      await clock.advance(60);
      for (const { value } of calls) value?.leave(true);
    }
    expect(limiter.places).toBeLessThan(20);
    limiter.update(spec);
    expect([limiter.places, await many(51)]).toEqual([50, `${"y".repeat(50)}n`]);
  });
});
