import { expect, it } from "vitest";
import type { ApprovalEdit } from "./api.ts";
import { changesOf } from "./proposal-diff.ts";

const edit = (extra: object): ApprovalEdit => ({
  service: "order",
  kind: "breaker",
  name: "bank",
  op: "put",
  baseRevision: 7,
  ...extra,
});
const told = (standing: object | undefined, extra: object) =>
  changesOf(standing, edit(extra)).map(({ key, before, after }) => [key, before, after]);

it("tells an edit by the keys that differ", () => {
  const standing = { spec: { rate: 50, window: { size: 10, unit: "calls" }, codes: [500] } };
  expect(
    told(standing, { spec: { rate: 30, window: { unit: "calls", size: 10 }, codes: [500, 503], extra: {} } }),
  ).toEqual([
    ["rate", "50", "30"],
    ["codes", "[500]", "[500,503]"],
    ["extra", undefined, "{}"],
  ]);
});

it("tells what is made by every key, and what is deleted by every key that stood", () => {
  expect(told(undefined, { spec: { rate: 30 }, rollout: { percent: 5 } })).toEqual([
    ["rate", undefined, "30"],
    ["rollout.percent", undefined, "5"],
  ]);
  expect(told({ spec: { rate: 30 } }, { op: "delete" })).toEqual([["rate", "30", undefined]]);
});
