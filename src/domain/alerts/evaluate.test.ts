import { describe, expect, test } from "vitest";
import { type AlertRule, alertRule } from "./alert-settings.ts";
import { type AlertState, phaseOf } from "./alert-state.ts";
import { endAll, evaluateRule, fill, MOST_ALERTS_A_RULE } from "./evaluate.ts";

const START = Date.parse("2026-11-11T00:00:00Z");

function rule(more: Partial<AlertRule> = {}): AlertRule {
  return alertRule.parse({
    name: "Slow",
    severity: "warning",
    condition: {
      figure: { kind: "quantile", q: 0.99, metric: "http_request_duration_seconds" },
      by: ["service"],
      windowSeconds: 60,
      op: ">",
      threshold: 2,
    },
    forSeconds: 30,
    summary: "{{ service }}: p99 is {{ value }} s{{ unknown }}",
    ...more,
  });
}

/** Looks at one service's value each 10 s. */
function history(of: AlertRule, values: readonly (number | undefined)[], saleDays: never[] = []): string[] {
  let states: AlertState[] = [];
  return values.map((value, index) => {
    const measured = value === undefined ? [] : [{ labels: { service: "order" }, value }];
    states = evaluateRule(states, {
      env: "prod",
      rule: of,
      measured,
      saleDays,
      nowMs: START + index * 10_000,
    });
    return states.map(phaseOf).join("+") || "none";
  });
}

describe("an alert", () => {
  test("waits for its `for`, fires, and ends", () => {
    expect(history(rule(), [1, 3, 3, 3, 3, 3, 1])).toEqual([
      "none",
      "pending",
      "pending",
      "pending",
      "firing",
      "firing",
      "resolved",
    ]);
  });

  test("that breaks off while it waits begins anew", () => {
    expect(history(rule(), [3, 3, 1, 3, 3, 3, 3])).toEqual([
      "pending",
      "pending",
      "none",
      "pending",
      "pending",
      "pending",
      "firing",
    ]);
  });

  test("fires on for `keepFiring`, so that a blink ends nothing", () => {
    const kept = rule({ forSeconds: 0, keepFiringSeconds: 20 });
    expect(history(kept, [3, 1, 3, 1, 1, 1])).toEqual([
      "firing",
      "firing",
      "firing",
      "firing",
      "resolved",
      "resolved",
    ]);
  });

  test("that comes again after its end is another one", () => {
    const of = rule({ forSeconds: 0 });
    const look = (before: AlertState[], value: number, at: number): AlertState[] =>
      evaluateRule(before, {
        env: "prod",
        rule: of,
        measured: [{ labels: { service: "order" }, value }],
        saleDays: [],
        nowMs: START + at,
      });
    const first = look([], 3, 0);
    const again = look(look(first, 1, 10_000), 3, 20_000);
    expect(again).toHaveLength(1);
    expect(again[0]?.fingerprint).toBe(first[0]?.fingerprint);
    expect(again[0]?.startsAt).not.toBe(first[0]?.startsAt);
  });

  test("whose group is measured no more has ended", () => {
    expect(history(rule({ forSeconds: 0 }), [3, undefined])).toEqual(["firing", "resolved"]);
  });

  test("is filled with its labels and figure; what is no label stays as it is written", () => {
    expect(fill(rule().summary, { service: "order" }, 2.34567)).toBe("order: p99 is 2.35 s{{ unknown }}");
  });

  test("of a rule that is no more has ended, and one that only waited is gone", () => {
    const firing = evaluateRule([], {
      env: "prod",
      rule: rule({ forSeconds: 0 }),
      measured: [{ labels: { service: "order" }, value: 3 }],
      saleDays: [],
      nowMs: START,
    });
    const waiting = evaluateRule([], {
      env: "prod",
      rule: rule(),
      measured: [{ labels: { service: "cart" }, value: 3 }],
      saleDays: [],
      nowMs: START,
    });
    expect(endAll([...firing, ...waiting], START + 1).map(phaseOf)).toEqual(["resolved"]);
  });

  test("has a bound: of more groups the worst are kept", () => {
    const measured = Array.from({ length: MOST_ALERTS_A_RULE + 50 }, (_, index) => ({
      labels: { service: `s${index}` },
      value: 3 + index,
    }));
    const states = evaluateRule([], { env: "prod", rule: rule(), measured, saleDays: [], nowMs: START });
    expect(states).toHaveLength(MOST_ALERTS_A_RULE);
    expect(Math.min(...states.map(({ value }) => value))).toBe(53);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("never fires for %s", (value) => {
    expect(history(rule({ forSeconds: 0 }), [value])).toEqual(["none"]);
  });
});

describe("a sale day", () => {
  const day = {
    from: new Date(START).toISOString(),
    to: new Date(START + 3_600_000).toISOString(),
    factor: 3,
    services: ["order"],
    reason: "double eleven",
  };
  const look = (of: AlertRule, service: string, value: number, nowMs = START): number =>
    evaluateRule([], {
      env: "prod",
      rule: of,
      measured: [{ labels: { service }, value }],
      saleDays: [day],
      nowMs,
    }).length;
  const scaling = rule({ condition: { ...rule().condition, scales: true } });

  test("raises a threshold that scales, for its services and its time alone", () => {
    expect(look(scaling, "order", 5)).toBe(0);
    expect(look(scaling, "order", 7)).toBe(1);
    expect(look(scaling, "cart", 5)).toBe(1);
    expect(look(scaling, "order", 5, START + 3_600_000)).toBe(1);
    expect(look(rule(), "order", 5)).toBe(1);
  });

  test("lowers one that watches for too little", () => {
    const few = rule({ condition: { ...scaling.condition, op: "<", threshold: 30 } });
    expect(look(few, "order", 20)).toBe(0);
    expect(look(few, "order", 9)).toBe(1);
  });
});
