import { describe, expect, test } from "vitest";
import { type AlertSettings, parseAlertSettings } from "./alert-settings.ts";
import type { AlertState } from "./alert-state.ts";
import { fingerprintOf } from "./matching.ts";
import { planNotifications, type Told, toldNow } from "./notify.ts";
import { DEFAULT_ALERT_SETTINGS } from "./shipped-rules.ts";

const START = Date.parse("2026-11-11T00:00:00Z");
const iso = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();
const receiver = (name: string) => ({
  name,
  type: "webhook",
  hint: "h",
  sealed: { kid: "k", iv: "i", ct: "c", tag: "t" },
});

const settings = (more: object = {}): AlertSettings =>
  parseAlertSettings({
    ...DEFAULT_ALERT_SETTINGS,
    receivers: [receiver("night"), receiver("pay")],
    routes: [
      { match: [], receiver: "night", groupWaitSeconds: 10, groupIntervalSeconds: 60, repeatSeconds: 600 },
    ],
    ...more,
  });

function alert(rule: string, service: string, more: Partial<AlertState> = {}): AlertState {
  const labels = { alertname: rule, service, severity: "warning", env: "prod" };
  return {
    fingerprint: fingerprintOf(labels),
    rule,
    severity: "warning",
    labels,
    summary: "s",
    description: "",
    runbook: "",
    since: iso(0),
    startsAt: iso(0),
    heldAt: iso(0),
    value: 1,
    ...more,
  };
}

/** Plays looks: each names its second and the alerts then; gives what was sent, as `receiver: firing/resolved`. */
function play(by: AlertSettings, looks: readonly (readonly [number, readonly AlertState[]])[]): string[] {
  let told: readonly Told[] = [];
  return looks.flatMap(([second, alerts]) => {
    const nowMs = START + second * 1_000;
    const plan = planNotifications(alerts, by, told, nowMs);
    const sent = new Map(plan.due.map((one) => [one.group, toldNow(one, nowMs)]));
    told = plan.told.map((one) => sent.get(one.group) ?? one);
    return plan.due.map((one) => `${second} ${one.receiver}: ${one.firing.length}/${one.resolved.length}`);
  });
}

const slow = alert("Slow", "order");
const slowCart = alert("Slow", "cart");
const ended = { ...slow, endsAt: iso(40) };

describe("messages", () => {
  test("wait for the group, go out once, and tell of the end", () => {
    expect(
      play(settings(), [
        [0, [slow]],
        [5, [slow, slowCart]],
        [10, [slow, slowCart]],
        [15, [slow, slowCart]],
        [40, [ended, slowCart]],
        [70, [ended, slowCart]],
        [75, [slowCart]],
      ]),
    ).toEqual(["10 night: 2/0", "70 night: 1/1"]);
  });

  test("are repeated only after the repeat interval", () => {
    const every = Array.from({ length: 200 }, (_, index) => [index * 10, [slow]] as const);
    expect(play(settings(), every)).toEqual([
      "10 night: 1/0",
      "610 night: 1/0",
      "1210 night: 1/0",
      "1810 night: 1/0",
    ]);
  });

  test("of an alert that ended before anybody was told are not sent", () => {
    expect(
      play(settings(), [
        [0, [slow]],
        [5, [{ ...slow, endsAt: iso(5) }]],
        [20, [{ ...slow, endsAt: iso(5) }]],
      ]),
    ).toEqual([]);
  });

  test("go by the first route that matches, and on where it says so", () => {
    const routes = [
      {
        match: [{ label: "service", op: "=~", value: "pay.*" }],
        receiver: "pay",
        groupWaitSeconds: 0,
        continue: true,
      },
      { match: [{ label: "service", op: "!=", value: "cart" }], receiver: "night", groupWaitSeconds: 0 },
    ];
    expect(play(settings({ routes }), [[0, [alert("Slow", "payment"), slowCart]]])).toEqual([
      "0 pay: 1/0",
      "0 night: 1/0",
    ]);
  });

  test("are grouped by the labels that a route names", () => {
    const routes = [{ match: [], receiver: "night", groupWaitSeconds: 0, groupBy: ["service"] }];
    expect(play(settings({ routes }), [[0, [slow, slowCart, alert("Errors", "order")]]])).toEqual([
      "0 night: 2/0",
      "0 night: 1/0",
    ]);
  });

  test("are held back by a silence while it lasts", () => {
    const silences = [
      {
        id: "01HZY0GRAY00000000000000Q1",
        match: [{ label: "service", op: "=", value: "order" }],
        from: iso(0),
        to: iso(100),
        author: "ada",
        reason: "known",
      },
    ];
    expect(
      play(settings({ silences }), [
        [0, [slow]],
        [50, [slow]],
        [100, [slow]],
        [110, [slow]],
      ]),
    ).toEqual(["110 night: 1/0"]);
  });

  test("are held back by an alert that stands above, where the labels agree", () => {
    const inhibitions = [
      {
        source: [{ label: "alertname", op: "=", value: "Down" }],
        target: [{ label: "alertname", op: "!=", value: "Down" }],
        equal: ["service"],
      },
    ];
    const routes = [{ match: [], receiver: "night", groupWaitSeconds: 0 }];
    expect(play(settings({ inhibitions, routes }), [[0, [slow, slowCart, alert("Down", "order")]]])).toEqual([
      "0 night: 1/0",
      "0 night: 1/0",
    ]);
  });
});

test("settings that name nobody are refused with the field", () => {
  expect(() => settings({ routes: [{ match: [], receiver: "nobody" }] })).toThrow(
    "there is no receiver nobody",
  );
  expect(() => settings({ receivers: [receiver("night"), receiver("night")] })).toThrow(
    "two receivers night",
  );
});
