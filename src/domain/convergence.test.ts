import type { Receipt } from "@leverframe/agent/protocol";
import { expect, test } from "vitest";
import { computeConvergence, percentile, type Target } from "./convergence.ts";

const receipt = (extra: Partial<Receipt> = {}): Receipt => ({
  schema: 1,
  epoch: "epochepoch01",
  incarnation: "x",
  ownRevision: 100,
  sharedRevision: 100,
  delayMs: 0,
  digest: "",
  held: [],
  unsupported: [],
  reads: [],
  ...extra,
});
const target = (
  instance: string,
  extra: Partial<Target> = {},
  receiptExtra: Partial<Receipt> = {},
): Target => ({
  service: "order",
  instance,
  zone: "a",
  since: 10,
  registered: true,
  receipt: receipt(receiptExtra),
  ...extra,
});
const ref = { service: "order", kind: "switch", name: "checkout" } as const;
const ask = (targets: Target[], extra: object = {}) =>
  computeConvergence({
    change: { changeSetId: "c", revision: 100, refs: [ref], targetCount: { order: targets.length } },
    targets,
    foreign: 0,
    epoch: "epochepoch01",
    timings: undefined,
    ...extra,
  });

test("each target is in exactly one state, by name", () => {
  const heldOne = {
    service: "order",
    kind: "switch",
    name: "checkout",
    revision: 100,
    reason: "bad",
    serving: "last-good" as const,
  };
  const found = ask([
    target("applied"),
    target("waiting", {}, { ownRevision: 99 }),
    target("held", {}, { held: [heldOne] }),
    target("cut", { registered: false }, { ownRevision: 99 }),
    target("gone", {}, { leaving: true }),
    target("late", { since: 101 }),
    target("wiped", {}, { hold: { reason: "epoch-changed", detail: "another etcd" } }),
  ]);
  expect(Object.fromEntries(found.reports.map((one) => [one.instance, one.state]))).toEqual({
    applied: "applied",
    waiting: "waiting",
    held: "held",
    cut: "unproved",
    gone: "left",
    wiped: "held",
  });
  expect(found).toMatchObject({ targets: 5, applied: 1, held: 2, waiting: 1, unproved: 1, joinedLater: 1 });
  expect(found.reports.find((one) => one.instance === "held")?.reason).toContain("bad");
});

test("an instance without a lease is unproved even if its last receipt was new enough", () => {
  expect(ask([target("a", { registered: false })]).unproved).toBe(1);
});

test("targets that stood at publish and are gone have left; the count never shrinks in silence", () => {
  expect(
    ask([target("a")], {
      change: { changeSetId: "c", revision: 100, refs: [ref], targetCount: { order: 3 } },
    }),
  ).toMatchObject({
    targets: 1,
    applied: 1,
    left: 2,
  });
});

test("a change of every service is proved by the shared revision", () => {
  const change = {
    changeSetId: "c",
    revision: 100,
    refs: [{ ...ref, service: "*" }],
    targetCount: { "*": 2 },
  };
  const found = ask(
    [
      target("a", { service: "x" }, { sharedRevision: 99 }),
      target("b", { service: "y" }, { ownRevision: 1 }),
    ],
    { change },
  );
  expect(found).toMatchObject({ targets: 2, applied: 1, waiting: 1 });
});

test("a receipt of another epoch proves nothing", () => {
  expect(ask([target("a", {}, { epoch: "epochepoch02" })])).toMatchObject({ applied: 0, waiting: 1 });
});

test("who reads it, and how often it decided, is counted apart from who applied it", () => {
  const reads = [{ kind: "switch", name: "checkout", decisions: 7 }];
  expect(ask([target("a", {}, { reads }), target("b", {}, { reads }), target("c")])).toMatchObject({
    applied: 3,
    readBy: 2,
    decisions: 14,
  });
});

test("percentiles are by nearest rank, and unknown where nothing was measured", () => {
  expect(percentile([], 0.5)).toBeNull();
  expect(percentile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(percentile([1, 2, 3, 4], 0.99)).toBe(4);
  const timings = new Map([
    ["order/a", 5],
    ["order/b", 9],
  ]);
  expect(ask([target("a"), target("b"), target("c")], { timings })).toMatchObject({ p50Ms: 5, p99Ms: 9 });
});
