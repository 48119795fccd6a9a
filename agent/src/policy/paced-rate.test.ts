import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PacedRate, type RateShape } from "./paced-rate.ts";

const steady = (permitsPerSecond: number, burst = permitsPerSecond): RateShape => ({
  permitsPerSecond,
  burst,
  warmUpSeconds: 0,
});

/** A textbook token bucket that may go into debt: what is owed is waited for. */
class TokenBucket {
  #tokens: number;
  #atMs: number;
  #shape: RateShape;
  constructor(shape: RateShape, nowMs: number) {
    this.#shape = shape;
    this.#tokens = shape.burst;
    this.#atMs = nowMs;
  }
  update(shape: RateShape, nowMs: number): void {
    this.#fill(nowMs);
    this.#shape = shape;
    this.#tokens = Math.min(shape.burst, this.#tokens);
  }
  take(nowMs: number, mostMs: number): number | false {
    this.#fill(nowMs);
    const waitMs = (Math.max(0, 1 - this.#tokens) * 1_000) / this.#shape.permitsPerSecond;
    if (waitMs > mostMs) return false;
    this.#tokens -= 1;
    return waitMs;
  }
  #fill(nowMs: number): void {
    const added = ((nowMs - this.#atMs) * this.#shape.permitsPerSecond) / 1_000;
    this.#tokens = Math.min(this.#shape.burst, this.#tokens + added);
    this.#atMs = nowMs;
  }
}

const shape = fc
  .record({ rate: fc.constantFrom(1, 4, 10, 250), burst: fc.integer({ min: 1, max: 20 }) })
  .map(({ rate, burst }) => steady(rate, burst));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ takes: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ waitMs: fc.integer({ min: 0, max: 4_000 }) }) },
  { weight: 1, arbitrary: fc.record({ shape }) },
);

describe("a paced rate", () => {
  test("hands out the turns of a token bucket, through 10,000 histories with live changes", () => {
    fc.assert(
      fc.property(
        shape,
        fc.array(step, { maxLength: 20 }),
        fc.constantFrom(0, 200, 1_500),
        (first, steps, mostMs) => {
          const [rate, bucket] = [new PacedRate(first, 0), new TokenBucket(first, 0)];
          let nowMs = 0;
          for (const one of steps) {
            if ("waitMs" in one) nowMs += one.waitMs;
            else if ("shape" in one) {
              rate.update(one.shape, nowMs);
              bucket.update(one.shape, nowMs);
            } else
              for (let taken = 0; taken < one.takes; taken++) {
                const turn = rate.take(nowMs, mostMs + 0.01);
                const expected = bucket.take(nowMs, mostMs + 0.01);
                expect(typeof turn === "number").toBe(expected === false);
                if (typeof turn !== "number") expect(turn.waitMs).toBeCloseTo(Number(expected), 6);
              }
          }
        },
      ),
      { numRuns: 10_000 },
    );
  }, 60_000);

  test("with a burst of 1 lets calls begin evenly, and refuses one whose turn is too far", () => {
    const rate = new PacedRate(steady(10, 1), 0);
    const turns = [1, 2, 3, 4].map(() => rate.take(0, 250));
    expect(turns.map((turn) => (typeof turn === "number" ? `no: ${turn}` : turn.waitMs))).toEqual([
      0,
      100,
      200,
      "no: 300",
    ]);
  });

  test("that is cold begins at a third of its rate and reaches it over the warm-up", () => {
    const rate = new PacedRate({ permitsPerSecond: 100, burst: 100, warmUpSeconds: 10 }, 0);
    const begun: number[] = [];
    for (let nowMs = 0; nowMs < 12_000; nowMs++)
      while (typeof rate.take(nowMs, 0) !== "number") begun.push(nowMs);
    const within = (fromS: number): number =>
      begun.filter((atMs) => atMs >= fromS * 1_000 && atMs < (fromS + 1) * 1_000).length;
    expect(within(0)).toBeGreaterThanOrEqual(33);
    expect(within(0)).toBeLessThanOrEqual(38);
    expect(within(5)).toBeGreaterThan(within(0));
    expect(within(5)).toBeLessThan(100);
    expect(within(11)).toBeGreaterThanOrEqual(99);
    expect(within(11)).toBeLessThanOrEqual(101);
  });

  test("that was warm is cold again after an idle time of the warm-up's length", () => {
    const rate = new PacedRate({ permitsPerSecond: 100, burst: 100, warmUpSeconds: 10 }, 0);
    const begunIn = (fromMs: number): number => {
      let count = 0;
      for (let nowMs = fromMs; nowMs < fromMs + 1_000; nowMs++)
        while (typeof rate.take(nowMs, 0) !== "number") count++;
      return count;
    };
    for (let second = 0; second < 11; second++) begunIn(second * 1_000);
    expect(begunIn(11_000)).toBeGreaterThanOrEqual(99);
    expect(begunIn(22_000)).toBeLessThanOrEqual(38);
  });

  test("takes a turn back that was not used", () => {
    const rate = new PacedRate(steady(10, 1), 0);
    const turn = rate.take(0, 0);
    if (typeof turn === "number") throw new Error("the first turn was refused");
    expect(rate.take(0, 0)).toBe(100);
    rate.refund(turn, 0);
    expect(rate.take(0, 0)).toMatchObject({ waitMs: 0 });
  });
});
