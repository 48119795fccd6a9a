import { describe, expect, it } from "vitest";
import type { LeverRow } from "../api/contract.ts";
import { choicesIn, isFiltered, NONE, narrow, readFilter } from "./board-filter.ts";
import { groupRows } from "./board-order.ts";
import { movable, pullOf } from "./bulk.ts";
import { between } from "./selection.ts";
import { switchRow } from "./switch-row.ts";

const settled = { held: 0, unproved: 0, waiting: 0, targets: 1, applied: 1 };
const row = (name: string, spec: object = {}, meta: object = {}, part: Partial<LeverRow> = {}) =>
  switchRow({
    service: "order",
    kind: "switch",
    name,
    revision: 5,
    convergence: settled,
    resource: {
      schema: 1,
      spec: { position: "NORMAL", level: "non-core", strategy: "placeholder", ...spec },
      meta: { version: 1, ...meta },
    },
    ...part,
  } as LeverRow);

const rows = [
  row("a", { position: "DEGRADED" }, { owner: "shop", tags: ["eu", "night"] }),
  row("b", { level: "core" }, { owner: "trade", expiry: { at: "2030-01-01T00:00:00Z", restore: null } }),
  row("c", {}, {}, { service: "cart" }),
];
const shown = (query: string) =>
  narrow(rows, readFilter(new URLSearchParams(query)))
    .map(({ name }) => name)
    .join("");

describe("the board's filter", () => {
  it.each([
    ["", "abc"],
    ["state=not-normal", "a"],
    ["state=normal", "bc"],
    ["state=ends", "b"],
    ["level=core", "b"],
    ["service=cart", "c"],
    ["owner=shop", "a"],
    [`owner=${NONE}`, "c"],
    ["tag=night", "a"],
    [`tag=${NONE}`, "bc"],
    ["state=normal&service=order", "b"],
    ["owner=nobody", ""],
  ])("%s shows %s", (query, names) => expect(shown(query)).toBe(names));

  it("leaves out what an address can't mean", () => {
    expect(isFiltered(readFilter(new URLSearchParams("state=off&level=high&q=x")))).toBe(false);
  });

  it("offers what there is", () => {
    expect(choicesIn(rows)).toEqual({
      services: ["cart", "order"],
      owners: ["shop", "trade"],
      tags: ["eu", "night"],
    });
  });

  it("groups by tag with each row once, those without one last", () => {
    const normal = [row("x", {}, { tags: ["eu", "ads"] }), row("y"), row("z", {}, { tags: ["eu"] })];
    expect(groupRows(normal, "tag").map(({ key, rows: group }) => [key, group.length])).toEqual([
      ["ads, eu", 1],
      ["eu", 1],
      ["", 1],
    ]);
  });
});

describe("a pull of many", () => {
  it("moves those that stand otherwise, and none that is not valid", () => {
    const { resource: _, ...broken } = row("d");
    const invalid = switchRow({ ...broken, fault: "no position" });
    expect(movable([...rows, invalid], "DEGRADED").map(({ name }) => name)).toEqual(["b", "c"]);
    expect(movable([...rows, invalid], "NORMAL").map(({ name }) => name)).toEqual(["a"]);
  });

  it("changes the position and keeps what else stands", () => {
    const rolling = row("r", { payload: "x" });
    expect(pullOf("prod", rolling, "DEGRADED").edit).toEqual({
      service: "order",
      kind: "switch",
      name: "r",
      op: "put",
      spec: { position: "DEGRADED", level: "non-core", strategy: "placeholder", payload: "x" },
      baseRevision: 5,
    });
  });

  it("picks from one place to another, whichever stands first", () => {
    expect(between(["a", "b", "c", "d"], "c", "a")).toEqual(["a", "b", "c"]);
    expect(between(["a", "b"], undefined, "b")).toEqual(["b"]);
    expect(between(["a", "b"], "gone", "b")).toEqual(["b"]);
  });
});
