import { expect, it } from "vitest";
import type { LeverRow, ServiceRow } from "../api/contract.ts";
import { leversOf, matching, readersIn } from "./levers.ts";

const lever = (service: string, kind: string, name: string, reason = ""): LeverRow =>
  ({ service, kind, name, reason }) as LeverRow;
const row = {
  service: "order",
  instances: [
    { instance: "order-1", reads: [{ kind: "switch", name: "comments", decisions: 1 }] },
    { instance: "order-2", reads: [] },
  ],
} as unknown as ServiceRow;

it("shows a service's own levers, and those of every service that its code reads and that it has no own for", () => {
  const own = [lever("order", "switch", "checkout"), lever("order", "breaker", "bank")];
  const shared = [
    lever("*", "switch", "comments"),
    lever("*", "switch", "checkout"),
    lever("*", "switch", "unread"),
    lever("*", "traffic", "default"),
  ];
  expect(leversOf(row, own, shared).map(({ service, name }) => `${service}/${name}`)).toEqual([
    "order/bank",
    "order/checkout",
    "*/comments",
    "*/default",
  ]);
});

it("counts the instances that declare a lever", () => {
  expect(readersIn(row, lever("*", "switch", "comments"))).toBe(1);
  expect(readersIn(row, lever("order", "switch", "checkout"))).toBe(0);
});

it("finds by every word, in kind, name and reason", () => {
  const levers = [lever("order", "switch", "checkout", "night shift"), lever("order", "breaker", "bank")];
  expect(matching(levers, "SWITCH night")).toEqual([levers[0]]);
  expect(matching(levers, " ")).toBe(levers);
});
