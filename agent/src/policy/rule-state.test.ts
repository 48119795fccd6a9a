import { describe, expect, test } from "vitest";
import type { DegradeSpec } from "../protocol/index.ts";
import { CALM, nextRuleState, type RuleState, shareOf } from "./rule-state.ts";

const RULE: DegradeSpec = {
  switch: "comments",
  signal: "failureRate",
  of: "comment",
  above: 50,
  forMs: 1_000,
  recoverBelow: 10,
  recoverForMs: 2_000,
  recoverStepsBp: [5_000, 1_000, 0],
};

describe("a rule's states", () => {
  const sight = { mayAct: true, mayRecover: true, pulled: false };
  const after = (state: RuleState, nowMs: number, value: number | undefined, more = {}): RuleState =>
    nextRuleState(state, RULE, { ...sight, nowMs, value, ...more });
  const acting: RuleState = { name: "ACTING", sinceMs: 0, calmMs: undefined };

  test.each<[string, RuleState, number, number | undefined, object, RuleState]>([
    ["rises above the threshold", CALM, 0, 51, {}, { name: "RISING", sinceMs: 0 }],
    ["is at the threshold, not above", CALM, 0, 50, {}, CALM],
    ["waits for what matters less", CALM, 0, 90, { mayAct: false }, CALM],
    ["falls back before its time", { name: "RISING", sinceMs: 0 }, 900, 50, {}, CALM],
    [
      "has risen for long enough",
      { name: "RISING", sinceMs: 0 },
      1_000,
      51,
      {},
      { ...acting, sinceMs: 1_000 },
    ],
    ["is between both thresholds", acting, 500, 30, {}, acting],
    ["is calm since now", acting, 500, 10, {}, { ...acting, calmMs: 500 }],
    ["is calm since nobody calls", acting, 500, undefined, {}, { ...acting, calmMs: 500 }],
    ["waits for what matters more", { ...acting, calmMs: 500 }, 900, 0, { mayRecover: false }, acting],
    ["is restless again", { ...acting, calmMs: 500 }, 900, 11, {}, acting],
    [
      "was calm for long enough",
      { ...acting, calmMs: 500 },
      2_500,
      0,
      {},
      { name: "RECOVERING", sinceMs: 0, step: 0, stepMs: 2_500 },
    ],
    [
      "takes the next step",
      { name: "RECOVERING", sinceMs: 0, step: 0, stepMs: 0 },
      2_000,
      0,
      {},
      { name: "RECOVERING", sinceMs: 0, step: 1, stepMs: 2_000 },
    ],
    [
      "stays on a step while restless",
      { name: "RECOVERING", sinceMs: 0, step: 0, stepMs: 0 },
      2_000,
      30,
      {},
      { name: "RECOVERING", sinceMs: 0, step: 0, stepMs: 2_000 },
    ],
    ["relapses at once", { name: "RECOVERING", sinceMs: 0, step: 1, stepMs: 0 }, 10, 51, {}, acting],
    ["has recovered", { name: "RECOVERING", sinceMs: 0, step: 1, stepMs: 0 }, 2_000, 0, {}, CALM],
    [
      "is overruled while it acts",
      acting,
      10,
      90,
      { pulled: true },
      { name: "OVERRULED", calmMs: undefined },
    ],
    [
      "stays overruled while the signal is high",
      { name: "OVERRULED", calmMs: undefined },
      10,
      90,
      {},
      { name: "OVERRULED", calmMs: undefined },
    ],
    ["may act again after a calm", { name: "OVERRULED", calmMs: 0 }, 2_000, 0, {}, CALM],
  ])("%s", (_, state, nowMs, value, more, expected) => {
    expect(after(state, nowMs, value, more)).toEqual(expected);
  });

  test("act in full, then by steps, then not at all", () => {
    const recovering = (step: number): RuleState => ({ name: "RECOVERING", sinceMs: 0, step, stepMs: 0 });
    const states: RuleState[] = [
      acting,
      recovering(0),
      recovering(1),
      CALM,
      { name: "OVERRULED", calmMs: 0 },
    ];
    expect(states.map((state) => shareOf(state, RULE))).toEqual([10_000, 5_000, 1_000, 0, 0]);
  });
});
