import { expect, test } from "vitest";
import type { LeverRow, ServiceRow } from "../api/contract.ts";
import { deviationsOf, motionsOf } from "./facts.ts";

const PROVED = {
  changeSetId: "01",
  revision: 1,
  targets: 3,
  applied: 3,
  held: 0,
  waiting: 0,
  unproved: 0,
  left: 0,
  joinedLater: 0,
  foreign: 0,
  p50Ms: 1,
  p99Ms: 2,
};

const lever = (name: string, over: object = {}, proof: object = {}): LeverRow =>
  ({
    service: "order",
    kind: "switch",
    name,
    revision: 1,
    version: 1,
    changeSetId: "01",
    updatedAt: "2026-11-23T00:00:00Z",
    reason: "",
    unattributed: false,
    resource: { schema: 1, spec: { position: "NORMAL" }, meta: {} },
    convergence: { ...PROVED, ...proof },
    readers: { declared: 0, of: 0, decisions: 0 },
    ...over,
  }) as unknown as LeverRow;
const at = (spec: object, more: object = {}) => ({ resource: { schema: 1, spec, meta: {}, ...more } });

const service = (...instances: object[]): ServiceRow =>
  ({
    service: "order",
    instances: instances.map((one, index) => ({
      instance: `order-${index}`,
      state: "live",
      held: [],
      ...one,
    })),
  }) as unknown as ServiceRow;

test("what is normal deviates in nothing, and nothing moves", () => {
  const levers = [lever("a"), lever("b", { kind: "config", ...at({ format: "text" }) })];
  expect(
    deviationsOf(levers, [service({ breakers: [{ name: "bank", state: "CLOSED", mode: "NORMAL" }] })], []),
  ).toEqual([]);
  expect(motionsOf(levers)).toEqual([]);
});

test("the worst comes first, and each lever stands once", () => {
  const found = deviationsOf(
    [
      lever("forced", { kind: "breaker", ...at({ mode: "FORCED_OPEN" }) }),
      lever("pulled", at({ position: "DEGRADED" })),
      lever("held", at({ position: "DEGRADED" }), { held: 1 }),
      lever("broken", { fault: "no JSON", resource: undefined }, { held: 3 }),
    ],
    [
      service(
        { state: "unproved" },
        { state: "suspect" },
        { hold: { reason: "epoch" } },
        { breakers: [{ name: "bank", state: "OPEN", mode: "NORMAL" }] },
        { breakers: [{ name: "bank", state: "CLOSED", mode: "NORMAL" }] },
        { breakers: [{ name: "other", state: "OPEN", mode: "FORCED_OPEN" }] },
      ),
    ],
    [{ kind: "alert", name: "Slow", service: "order", severity: "critical" }],
  );
  expect(found.map((one) => ("row" in one ? `${one.kind} ${one.row.name}` : one.kind))).toEqual([
    "alert",
    "invalid broken",
    "breaker",
    "unproved",
    "holding",
    "held held",
    "degraded pulled",
    "forced forced",
    "suspect",
  ]);
  expect(found.find(({ kind }) => kind === "breaker")).toMatchObject({ name: "bank", open: 1, of: 2 });
});

test("in motion is what is not proved, what rolls out, and what ends, the soonest first", () => {
  const ends = (name: string, moment: string) =>
    lever(name, at({ position: "DEGRADED" }, { meta: { expiry: { at: moment } } }));
  const moving = motionsOf([
    ends("late", "2026-11-23T05:00:00Z"),
    ends("soon", "2026-11-23T04:00:00Z"),
    lever("rolling", at({ position: "NORMAL" }, { rollout: { shareBp: 500 } })),
    lever("waiting", {}, { waiting: 2, applied: 1 }),
  ]);
  expect(moving.map(({ kind, row }) => `${kind} ${row.name}`)).toEqual([
    "unproved waiting",
    "rollout rolling",
    "ends soon",
    "ends late",
  ]);
});
