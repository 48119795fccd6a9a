import { describe, expect, it } from "vitest";
import type { ConvergenceSummary } from "../api/contract.ts";
import { deviation, groupRows, search, tally } from "./board-order.ts";
import type { SwitchRow } from "./switch-row.ts";

const settled: ConvergenceSummary = {
  changeSetId: "",
  revision: 1,
  targets: 3,
  applied: 3,
  held: 0,
  waiting: 0,
  unproved: 0,
  left: 0,
  joinedLater: 0,
  foreign: 0,
  p50Ms: null,
  p99Ms: null,
  readBy: 3,
  decisions: 0,
};

const row = (
  name: string,
  part: Partial<SwitchRow> = {},
  proof: Partial<ConvergenceSummary> = {},
): SwitchRow => ({
  service: "order",
  kind: "switch",
  name,
  revision: 1,
  version: 1,
  spec: { position: "NORMAL", level: "core", strategy: "cached" },
  rollout: undefined,
  level: "core",
  owner: undefined,
  description: undefined,
  tags: [],
  expiry: undefined,
  changeSetId: "",
  updatedAt: "",
  reason: "",
  unattributed: false,
  readers: { declared: 1, of: 3, decisions: 0 },
  convergence: { ...settled, ...proof },
  ...part,
});

const degraded = { spec: { position: "DEGRADED", level: "core", strategy: "cached" } } as const;

describe("the board", () => {
  it("opens on what is not normal, the worst first, and leaves no row out", () => {
    const rows = [
      row("fine"),
      row("waiting", {}, { applied: 2, waiting: 1 }),
      row("held", {}, { applied: 2, held: 1 }),
      row("down", degraded),
      row("broken", { fault: "spec.position: must be NORMAL or DEGRADED" }),
      row("silent", {}, { applied: 2, unproved: 1 }),
    ];
    const groups = groupRows(rows, "service");
    expect(groups.map(({ key, rows }) => [key, rows.map(({ name }) => name)])).toEqual([
      ["not-normal", ["broken", "down", "held", "silent", "waiting"]],
      ["order", ["fine"]],
    ]);
    expect(tally(rows)).toEqual({ total: 6, invalid: 1, degraded: 1, unproved: 3 });
  });

  it("has no first group where all is normal", () => {
    expect(groupRows([row("a"), row("b")], "service").map(({ deviating }) => deviating)).toEqual([false]);
    expect(deviation(row("a"))).toBe(0);
  });

  it("puts levels in their order and whoever has no owner last", () => {
    const rows = [
      row("a", { level: "non-core" }),
      row("b"),
      row("c", { level: "secondary", owner: "trade" }),
    ];
    expect(groupRows(rows, "level").map(({ key }) => key)).toEqual(["core", "secondary", "non-core"]);
    expect(groupRows(rows, "owner").map(({ key }) => key)).toEqual(["trade", ""]);
  });

  it("finds rows that hold every word, wherever it stands", () => {
    const rows = [row("checkout", { reason: "stocktaking in May" }), row("comments", { owner: "May" })];
    expect(search(rows, "may CHECK").map(({ name }) => name)).toEqual(["checkout"]);
    expect(search(rows, "  ")).toBe(rows);
  });
});
