import { describe, expect, test } from "vitest";
import type { NodeFacts, ShownEdge, TopologyLook } from "../api/contract.ts";
import { type Cut, groupOf, orderGroups, viewOf } from "./view.ts";

const node = (id: string, facts: Partial<NodeFacts> = {}): NodeFacts => ({
  id,
  kind: "service",
  instances: { live: 2, suspect: 0, unproved: 0 },
  versions: [],
  zones: [],
  breakers: [],
  deviations: [],
  degradedByRule: 0,
  held: 0,
  ...facts,
});
const edge = (from: string, to: string, calls: number, errors = 0): ShownEdge => ({
  from,
  to,
  calls,
  errors,
  refused: 0,
  slow: 0,
  failing: errors > 0,
});
const look = (nodes: readonly NodeFacts[], edges: readonly ShownEdge[], seconds = 60): TopologyLook => ({
  fromMs: 0,
  toMs: seconds * 1_000,
  nodes,
  edges,
  shared: [],
  revision: 1,
  traffic: { known: true },
  levers: { known: true },
  instances: { known: true },
  isCut: false,
});
const ALL: Cut = { focus: undefined, up: 1, down: 1, hidden: new Set() };
const CHAIN = look(
  ["a", "b", "c", "d"].map((id) => node(id)),
  [edge("a", "b", 60), edge("b", "c", 120), edge("c", "d", 6), edge("d", "a", 1)],
);
const ids = (cut: Partial<Cut>): readonly string[] =>
  viewOf(CHAIN, undefined, { ...ALL, ...cut })
    .nodes.map(({ id }) => id)
    .toSorted();

describe("what is looked at", () => {
  test("is all, or what is within so many hops up and down, without what is hidden", () => {
    expect(ids({})).toEqual(["a", "b", "c", "d"]);
    expect(ids({ focus: "b", up: 1, down: 0 })).toEqual(["a", "b"]);
    expect(ids({ focus: "b", up: 0, down: 2 })).toEqual(["b", "c", "d"]);
    expect(ids({ focus: "b", up: 6, down: 6 })).toEqual(["a", "b", "c", "d"]);
    expect(ids({ hidden: new Set(["c"]) })).toEqual(["a", "b", "d"]);
    expect(ids({ focus: "b", up: 0, down: 2, hidden: new Set(["c"]) })).toEqual(["b"]);
    expect(ids({ focus: "nobody" })).toEqual(["a", "b", "c", "d"]);
  });
});

describe("how a node does", () => {
  test("is said of the worst first, then of the busiest", () => {
    const shown = viewOf(
      look(
        [
          node("calm"),
          node("busy"),
          node("gone", { instances: { live: 0, suspect: 1, unproved: 0 } }),
          node("failing"),
          node("degraded", {
            deviations: [{ service: "degraded", kind: "switch", name: "x", deviation: { what: "degraded" } }],
          }),
          node("half", { instances: { live: 1, suspect: 0, unproved: 1 } }),
        ],
        [edge("calm", "busy", 90), edge("busy", "failing", 20, 5), edge("busy", "half", 1)],
      ),
      undefined,
      ALL,
    );
    expect(shown.nodes.map(({ id, health }) => `${id} ${health}`)).toEqual([
      "failing failed",
      "gone failed",
      "half attention",
      "degraded attention",
      "busy normal",
      "calm normal",
    ]);
    expect(shown.byId.get("busy")?.rate).toBe(1.5);
    expect(shown.byId.get("calm")?.outRate).toBe(1.5);
  });

  test("can't be told of a service that nobody registered; a database needs nobody", () => {
    const { instances: _, ...nobody } = node("legacy");
    const { instances: __, ...rows } = node("rows", { kind: "database" });
    const shown = viewOf(look([nobody, rows], [edge("legacy", "rows", 1)]), undefined, ALL);
    expect(shown.nodes.map(({ id, health }) => `${id} ${health}`)).toEqual(["legacy unknown", "rows normal"]);
  });
});

describe("compared with an earlier moment", () => {
  test("edges are new, gone or so many times as busy, whatever the length of the spans", () => {
    const before = look(
      [node("a"), node("b"), node("old")],
      [edge("a", "b", 600), edge("a", "old", 5), edge("b", "quiet", 0)],
      600,
    );
    const now = look([node("a"), node("b"), node("new")], [edge("a", "b", 120), edge("b", "new", 3)]);
    const shown = viewOf(now, before, ALL);
    expect(shown.edges.map(({ edge: { from, to }, change, ratio }) => [from, to, change, ratio])).toEqual([
      ["a", "b", undefined, 2],
      ["b", "new", "new", undefined],
      ["a", "old", "gone", undefined],
    ]);
    expect(Object.fromEntries(shown.nodes.map(({ id, change }) => [id, change]))).toEqual({
      a: undefined,
      b: undefined,
      new: "new",
      old: "gone",
    });
  });
});

describe("groups", () => {
  test("are by zones, level or team; levels from core down, those without one last", () => {
    const shown = viewOf(
      look([node("a", { zones: ["z2", "z1"], level: "core", team: "pay" })], []),
      undefined,
      ALL,
    ).nodes[0];
    if (shown === undefined) throw new Error("it is not shown");
    expect(["none", "zone", "level", "team"].map((by) => groupOf(shown, by as "zone"))).toEqual([
      "",
      "z1 + z2",
      "core",
      "pay",
    ]);
    expect(orderGroups(["", "non-core", "b", "core", "a", "secondary"])).toEqual([
      "core",
      "secondary",
      "non-core",
      "a",
      "b",
      "",
    ]);
  });
});
