import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUDGET_FLOOR, BUDGET_WINDOW_S, RetryBudget } from "./retry-budget.ts";

/** The same by a list of all that happened: what stands in the last ten whole seconds counts. */
class ListedBudget {
  readonly #events: { readonly second: number; readonly retry: boolean }[] = [];

  deposit(nowMs: number): void {
    this.#events.push({ second: Math.floor(nowMs / 1_000), retry: false });
  }

  withdraw(nowMs: number, percent: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    const recent = this.#events.filter((event) => event.second > second - BUDGET_WINDOW_S);
    const retries = recent.filter(({ retry }) => retry).length;
    const calls = recent.length - retries;
    const allowed = percent === 0 ? 0 : Math.max(BUDGET_FLOOR, (calls * percent) / 100);
    if (retries + 1 > allowed) return false;
    this.#events.push({ second, retry: true });
    return true;
  }
}

type Step =
  | { readonly do: "calls"; readonly count: number }
  | { readonly do: "retries"; readonly count: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "percent"; readonly percent: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("calls" as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ do: fc.constant("retries" as const), count: fc.integer({ min: 1, max: 15 }) }),
  fc.record({
    do: fc.constant("wait" as const),
    ms: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 8_000, max: 40_000 })),
  }),
  fc.record({ do: fc.constant("percent" as const), percent: fc.constantFrom(0, 1, 10, 20, 33.3, 100) }),
);

describe("a retry budget", () => {
  test("answers as a list of all calls does, through 10,000 histories with live changes of its percent", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat(100_000), (steps, fromMs) => {
        const [budget, listed] = [new RetryBudget(), new ListedBudget()];
        let nowMs = fromMs;
        let percent = 20;
        for (const one of steps) {
          if (one.do === "wait") nowMs += one.ms;
          else if (one.do === "percent") percent = one.percent;
          else
            for (let done = 0; done < one.count; done++) {
              if (one.do === "retries") {
                const asked = budget.left(nowMs, percent) > 0;
                const given = budget.withdraw(nowMs, percent);
                expect([asked, given]).toEqual([given, listed.withdraw(nowMs, percent)]);
              } else {
                budget.deposit(nowMs);
                listed.deposit(nowMs);
              }
            }
        }
      }),
      { numRuns: 10_000 },
    );
  }, 60_000);

  test("of 20 % gives a busy caller 200 retries of 1,000 calls, and no more within the window", () => {
    const budget = new RetryBudget();
    for (let call = 0; call < 1_000; call++) budget.deposit(5_000);
    const given = Array.from({ length: 500 }, () => budget.withdraw(5_900, 20)).filter(Boolean).length;
    expect([given, budget.withdraw(14_999, 20)]).toEqual([200, false]);
  });

  test("gives a quiet caller its floor, again after the window", () => {
    const budget = new RetryBudget();
    const take = (nowMs: number): number =>
      Array.from({ length: 50 }, () => budget.withdraw(nowMs, 20)).filter(Boolean).length;
    expect([take(1_000), take(10_999), take(11_000)]).toEqual([BUDGET_FLOOR, 0, BUDGET_FLOOR]);
  });

  test("of 0 % gives none at all", () => {
    const budget = new RetryBudget();
    for (let call = 0; call < 1_000; call++) budget.deposit(0);
    expect(budget.withdraw(0, 0)).toBe(false);
  });
});
