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

test("an instance is shown with how it asks to be balanced, and without where it asks for nothing readable", () => {
  const registration = (balancing?: unknown) => ({
    schema: 1,
    service: "order",
    instance: "i",
    incarnation: "1",
    version: "1",
    zone: "a",
    agentVersion: "0.1.0",
    startedAt: "2026-11-23T03:00:00.000Z",
    ...(balancing === undefined ? {} : { balancing }),
  });
  const bodies = {
    odd: registration({ balancer: "BY_MOOD", revision: 1 }),
    plain: registration(),
    p2c: registration({ balancer: "P2C", revision: 1 }),
  };
  const registry = new Map(
    Object.entries(bodies).map(([name, body]) => entry(registryKey("dev", "order", name), body)),
  );
  const [row] = fleetRows({ ...stateOf({}), registry }, () => undefined);
  expect(row?.instances.map(({ instance, state, balancer }) => [instance, state, balancer])).toEqual([
    ["odd", "live", undefined],
    ["p2c", "live", "P2C"],
    ["plain", "live", undefined],
  ]);
});

test("the rules that degrade an instance by themselves are told, and such that can't be read are as good as none", () => {
  const rule = {
    rule: "bank-gone",
    switch: "charging",
    signal: "breakerOpen",
    value: 100,
    shareBp: 5_000,
    since: "2026-11-23T03:00:00.000Z",
  };
  const receipts = {
    acts: { ...receipt(), degraded: [rule] },
    calm: receipt(),
    odd: { ...receipt(), degraded: [{ ...rule, shareBp: 20_000 }] },
  };
  const rows = fleetRows(stateOf(receipts), () => undefined);
  expect(rows[0]?.instances.map(({ instance, degraded }) => [instance, degraded])).toEqual([
    ["acts", [rule]],
    ["calm", undefined],
    ["odd", undefined],
  ]);
});
