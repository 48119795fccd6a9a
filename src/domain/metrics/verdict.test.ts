import { expect, test } from "vitest";
import { compareStretches, type Slice } from "./verdict.ts";

/** A stream of numbers in [0, 1), the same each time (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Traffic {
  readonly random: () => number;
  readonly requests: number;
  readonly addSeconds?: number;
  readonly factor?: number;
  readonly errorShare?: number;
}

/** Durations with a long tail around 50 ms, and load that swings: all requests of a slice are slower together. */
function slices(count: number, traffic: Traffic): Slice[] {
  const { random, requests, addSeconds = 0, factor = 1, errorShare = 0.01 } = traffic;
  return Array.from({ length: count }, () => {
    const load = 1 + (random() - 0.5) * 0.2;
    const durations = Array.from(
      { length: requests },
      () => 0.05 * load * factor * Math.exp((random() + random() + random() - 1.5) * 1.2) + addSeconds,
    ).sort((a, b) => a - b);
    const errors = durations.filter(() => random() < errorShare).length;
    return {
      requests,
      errors,
      meanSeconds: durations.reduce((sum, one) => sum + one, 0) / requests,
      p95Seconds: durations[Math.floor(requests * 0.95)],
    };
  });
}

const wordsOf = (before: Slice[], after: Slice[]) => compareStretches(before, after, 10).words;

test("a change that changes nothing gets no difference, in at least 98 of 100 such changes", () => {
  const random = randomOf(1);
  const verdicts = Array.from({ length: 100 }, () =>
    wordsOf(slices(18, { random, requests: 100 }), slices(12, { random, requests: 100 })).join(),
  );
  expect(verdicts.filter((words) => words === "no difference").length).toBeGreaterThanOrEqual(98);
});

test("100 ms more are slower, each time, and the figures say by how much", () => {
  const random = randomOf(2);
  for (let round = 0; round < 50; round += 1) {
    const verdict = compareStretches(
      slices(12, { random, requests: 30 }),
      slices(6, { random, requests: 30, addSeconds: 0.1 }),
      10,
    );
    expect(verdict.words).toEqual(["slower"]);
    expect(verdict.duration?.by).toBeGreaterThan(0.08);
    expect(verdict.duration?.by).toBeLessThan(0.12);
    expect(verdict.duration?.low).toBeGreaterThan(0);
  }
});

test("20 requests are not enough, whatever they say, and the verdict tells what is missing", () => {
  const random = randomOf(3);
  const busy = slices(12, { random, requests: 100 });
  const quiet = slices(10, { random, requests: 2, addSeconds: 5 });
  for (const [before, after] of [
    [busy, quiet],
    [quiet, busy],
    [quiet, quiet],
  ] as const) {
    const verdict = compareStretches(before, after, 10);
    expect(verdict.words).toEqual(["not enough data"]);
    expect(verdict.lacks).toEqual({ requests: 80, slices: 0 });
    expect(verdict.duration).toBeUndefined();
  }
  expect(compareStretches([], [], 10)).toMatchObject({
    words: ["not enough data"],
    lacks: { requests: 100, slices: 5 },
  });
});

test("a burst in two slices is not enough either: what comes together proves nothing", () => {
  const random = randomOf(4);
  const verdict = compareStretches(
    slices(12, { random, requests: 100 }),
    slices(2, { random, requests: 5_000, addSeconds: 0.1 }),
    10,
  );
  expect(verdict).toMatchObject({ words: ["not enough data"], lacks: { requests: 0, slices: 3 } });
});

test("half the time is faster; errors are told apart from durations, the worse first", () => {
  const random = randomOf(5);
  const before = slices(12, { random, requests: 200 });
  expect(wordsOf(before, slices(12, { random, requests: 200, factor: 0.5 }))).toEqual(["faster"]);
  expect(wordsOf(before, slices(12, { random, requests: 200, errorShare: 0.2 }))).toEqual(["more errors"]);
  expect(wordsOf(before, slices(12, { random, requests: 200, errorShare: 0.2, addSeconds: 0.1 }))).toEqual([
    "more errors",
    "slower",
  ]);
  expect(
    wordsOf(
      slices(12, { random, requests: 200, errorShare: 0.2 }),
      slices(12, { random, requests: 200, errorShare: 0 }),
    ),
  ).toEqual(["fewer errors"]);
});

test("a certain difference too small to matter is no difference", () => {
  const steady = (meanSeconds: number): Slice[] =>
    Array.from({ length: 12 }, () => ({
      requests: 1_000,
      errors: 0,
      meanSeconds,
      p95Seconds: meanSeconds * 1.2,
    }));
  expect(wordsOf(steady(0.1), steady(0.105))).toEqual(["no difference"]);
  expect(wordsOf(steady(0.001), steady(0.0025))).toEqual(["no difference"]);
});
