import { headKey, liveKey } from "@leverframe/agent/protocol";
import { describe, expect, test } from "vitest";
import type { EnvironmentState } from "./environment-state.ts";
import { serviceFlags } from "./ofrep-flags.ts";
import type { StoredEntry } from "./stored-entry.ts";

const meta = { version: 3, changeSetId: "01ARZ3NDEKTSV4RRFFQ69G5FAV", updatedAt: "2026-01-02T03:04:05.000Z" };
const body = (spec: object, more: object = {}): string =>
  JSON.stringify({ schema: 1, spec, meta: { ...meta, ...more } });
const config = (value: unknown, more: object = {}): string =>
  body({ format: "json", value: JSON.stringify(value) }, more);
const entry = (service: string, path: string, value: string, modRevision: number): [string, StoredEntry] => {
  const [kind = "", name = ""] = path.split("/");
  const key = liveKey("dev", { service, kind, name });
  return [key, { key, value, createRevision: 1, modRevision, lease: "0" }];
};
const stateOf = (...live: [string, StoredEntry][]): EnvironmentState => ({
  env: "dev",
  revision: 99,
  live: new Map(live),
  registry: new Map(),
  receipts: new Map(),
  foreign: new Map(),
});
const terms = { agentVersion: "0.2.0", nowMs: () => 0, random: () => 0 };
const flagsOf = (state: EnvironmentState, service = "order") => serviceFlags(state, service, terms);

describe("a service's flags are", () => {
  const state = stateOf(
    entry("*", "config/limit", config(1), 5),
    entry("order", "config/limit", config(2), 7),
    entry("*", "config/shared", config("all"), 5),
    entry("payment", "config/theirs", config(3), 90),
    entry("order", "breaker/bank", "{}", 8),
  );

  test("its own, then those of every service, and nobody else's", () => {
    const { table, revision } = flagsOf(state);
    expect(table.keys()).toEqual(["limit", "shared"]);
    expect(table.evaluate("limit", {})).toMatchObject({
      value: 2,
      metadata: { service: "order", revision: 7, version: 3 },
    });
    expect(table.evaluate("shared", {})).toMatchObject({ value: "all", metadata: { service: "*" } });
    expect(revision).toBe(8);
    expect(flagsOf(state, "new-here").table.keys()).toEqual(["limit", "shared"]);
  });

  test("in a state that has another name after each change of theirs, and the same after any other", () => {
    const { state: name } = flagsOf(state);
    const after = (...more: [string, StoredEntry][]) => flagsOf(stateOf(...state.live, ...more)).state;
    const head = headKey("dev", "order");
    expect(after(entry("payment", "config/theirs", config(4), 91))).toBe(name);
    expect(after(entry("order", "config/limit", config(2), 9))).not.toBe(name);
    expect(after(entry("*", "switch/x", "{}", 9))).not.toBe(name);
    // A deletion moves the head alone.
    expect(after([head, { key: head, value: "{}", createRevision: 1, modRevision: 9, lease: "0" }])).not.toBe(
      name,
    );
  });
});

test.each([
  ["is not JSON", "{"],
  ["is of no schema", body({ format: "json" })],
  ["holds what can't be read", body({ format: "yaml", value: "{" })],
  [
    "is a flag whose pattern is none",
    body({
      format: "flag",
      value: JSON.stringify({
        enabled: true,
        strategies: [{ constraints: [{ contextName: "a", operator: "REGEX", values: ["("] }] }],
      }),
    }),
  ],
  ["needs a newer agent", config(1, { minAgent: "0.10.0" })],
])("what %s is held back, and does no harm to the others", (_, value) => {
  const { table } = flagsOf(
    stateOf(entry("order", "config/bad", value, 2), entry("order", "config/good", config(1), 2)),
  );
  expect(table.evaluate("bad", {})).toMatchObject({
    errorCode: "GENERAL",
    errorDetails: expect.stringContaining("held back"),
  });
  expect(table.evaluate("good", {})).toMatchObject({ value: 1 });
});
