import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RequestBudget } from "./request-budget.ts";

test("twice the rate at once, then the rate; a refusal says when it will go", () => {
  let now = 0;
  const budget = new RequestBudget(10, () => now);
  for (let index = 0; index < 20; index += 1) expect(budget.spend("a")).toBe(0);
  expect(budget.spend("a")).toBe(100);
  expect(budget.spend("b")).toBe(0);
  now += 100;
  expect(budget.spend("a")).toBe(0);
  expect(budget.spend("a")).toBe(100);
});

test("over any time nobody gets more than the rate and what was saved up", () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 500 }),
    asks: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.integer({ min: 1, max: 100 }), (steps, perSecond) => {
      let now = 0;
      let passed = 0;
      const budget = new RequestBudget(perSecond, () => now);
      for (const { afterMs, asks } of steps) {
        now += afterMs;
        for (let index = 0; index < asks; index += 1) if (budget.spend("a") === 0) passed += 1;
      }
      expect(passed).toBeLessThanOrEqual(perSecond * 2 + (now / 1_000) * perSecond + 1e-6);
    }),
  );
});

test("callers without end are forgotten, the oldest first", () => {
  const budget = new RequestBudget(1, () => 0);
  expect([budget.spend("a"), budget.spend("a")]).toEqual([0, 0]);
  expect(budget.spend("a")).toBeGreaterThan(0);
  for (let index = 0; index < 10_000; index += 1) budget.spend(`caller ${index}`);
  expect(budget.spend("a")).toBe(0);
});
