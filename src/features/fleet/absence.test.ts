import { receiptKey, registryKey } from "@leverframe/agent/protocol";
import { expect, test } from "vitest";
import type { EnvironmentState } from "../../domain/environment-state.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";
import { AbsenceTracker } from "./absence.ts";

const ENV = "dev";
const entryOf = (key: string): [string, StoredEntry] => [
  key,
  { key, value: Buffer.from("{}"), createRevision: 1, modRevision: 1, lease: "0" },
];
const registered = registryKey(ENV, "order", "a");
const receipt = receiptKey(ENV, "order", "a");

function stateOf(receipts: readonly string[], registry: readonly string[]): EnvironmentState {
  const nothing = new Map<string, StoredEntry>();
  return {
    env: ENV,
    revision: 1,
    live: nothing,
    foreign: nothing,
    receipts: new Map(receipts.map(entryOf)),
    registry: new Map(registry.map(entryOf)),
  };
}

test("key by key it says what a look at everything says", () => {
  const steps: readonly [receipts: string[], registry: string[], changed: string[]][] = [
    [[receipt], [registered], [receipt, registered]],
    [[receipt], [], [registered]],
    [[receipt], [], [receipt]],
    [[receipt], [registered], [registered]],
    [[receipt], [], [registered]],
    [[], [], [receipt]],
    [[], [registered], [registered]],
  ];
  const whole = new AbsenceTracker();
  const byKey = new AbsenceTracker();
  for (const [index, [receipts, registry, changed]] of steps.entries()) {
    const state = stateOf(receipts, registry);
    whole.observe(state, index * 10);
    byKey.observeKeys(state, changed, index * 10);
    expect(byKey.absentForMs("order", "a", 100)).toBe(whole.absentForMs("order", "a", 100));
  }
});

test("an instance without its registration is absent since that was first seen", () => {
  const tracker = new AbsenceTracker();
  tracker.observeKeys(stateOf([receipt], []), [registered], 10);
  tracker.observeKeys(stateOf([receipt], []), [receipt], 30);
  expect(tracker.absentForMs("order", "a", 50)).toBe(40);
});

test("states are counted without those that are well, and those that said goodbye", () => {
  const other = receiptKey(ENV, "order", "b");
  const state = stateOf([receipt, other], [registryKey(ENV, "order", "b")]);
  const tracker = new AbsenceTracker();
  tracker.observe(state, 0);
  expect(tracker.states(state, 1_000)).toEqual({ live: 1, suspect: 1, unproved: 0, foreign: 0 });
  expect(tracker.states(state, 60_000)).toEqual({ live: 1, suspect: 0, unproved: 1, foreign: 0 });
  expect(tracker.departed(state, 60_000)).toEqual([]);
  expect(tracker.departed(state, 11 * 60_000)).toEqual([{ key: receipt, modRevision: 1 }]);
});
