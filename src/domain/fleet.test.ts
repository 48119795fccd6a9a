import { type Receipt, receiptKey, registryKey } from "@leverframe/agent/protocol";
import { expect, test } from "vitest";
import type { EnvironmentState } from "./environment-state.ts";
import { fleetRows } from "./fleet.ts";
import type { StoredEntry } from "./stored-entry.ts";

const entry = (key: string, body: unknown): [string, StoredEntry] => [
  key,
  { key, value: Buffer.from(JSON.stringify(body)), createRevision: 1, modRevision: 1, lease: "7" },
];
const receipt = (breakers?: unknown): Omit<Receipt, "breakers"> & { breakers?: unknown } => ({
  schema: 1,
  incarnation: "i",
  ownRevision: 3,
  sharedRevision: 2,
  delayMs: 1,
  digest: "",
  held: [],
  unsupported: [],
  reads: [],
  ...(breakers === undefined ? {} : { breakers }),
});
const stateOf = (receipts: Readonly<Record<string, unknown>>): EnvironmentState => ({
  env: "dev",
  revision: 1,
  live: new Map(),
  foreign: new Map(),
  registry: new Map(Object.keys(receipts).map((name) => entry(registryKey("dev", "order", name), {}))),
  receipts: new Map(
    Object.entries(receipts).map(([name, body]) => entry(receiptKey("dev", "order", name), body)),
  ),
});

test("an instance's breakers are as its receipt tells, and unknown where it does not or can't be read", () => {
  const bank = {
    name: "bank",
    state: "OPEN",
    mode: "NORMAL",
    since: "2026-11-23T03:00:00.000Z",
    failureRate: 63.2,
    refused: 4,
  };
  const rows = fleetRows(
    stateOf({ new: receipt([bank]), none: receipt([]), old: receipt(), odd: receipt([{ name: "x" }]) }),
    () => undefined,
  );
  const told = rows[0]?.instances.map(({ instance, breakers, ownRevision }) => [
    instance,
    breakers,
    ownRevision,
  ]);
  expect(told).toEqual([
    ["new", [bank], 3],
    ["none", [], 3],
    ["odd", undefined, 3],
    ["old", undefined, 3],
  ]);
});
