import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import {
  addNew,
  backboneOf,
  canStay,
  type ElkAnswer,
  elkGraph,
  type LayoutEdge,
  layOut,
  NODE,
  type Placement,
} from "./layout.ts";

/** The engine itself, in this process: browsers run it in a worker. */
const Elk = createRequire(import.meta.url)("elkjs/lib/elk.bundled.js") as new () => {
  layout(graph: object): Promise<ElkAnswer>;
};
const ask = (graph: object): Promise<ElkAnswer> => new Elk().layout(graph);
const edge = (from: string, to: string, weight = 1): LayoutEdge => ({
  key: `${from}\n${to}`,
  from,
  to,
  weight,
});

const overlapping = ({ nodes }: Placement): readonly string[] => {
  const all = [...nodes];
  return all.flatMap(([id, a], index) =>
    all
      .slice(index + 1)
      .flatMap(([other, b]) =>
        Math.abs(a.x - b.x) < NODE.width && Math.abs(a.y - b.y) < NODE.height ? [`${id} on ${other}`] : [],
      ),
  );
};

const EDGES = [edge("web", "order"), edge("order", "bank"), edge("order", "orders-db"), edge("bank", "web")];
const NODES = ["bank", "lonely", "order", "orders-db", "web"];

describe("a layout", () => {
  test("gives every node a place of its own, callers left of whom they call, and cycles an end", async () => {
    const placement = await layOut({ groups: [{ name: "", nodes: NODES }], edges: EDGES }, ask);
    expect([...placement.nodes.keys()].sort()).toEqual(NODES);
    expect(overlapping(placement)).toEqual([]);
    const x = (id: string): number => placement.nodes.get(id)?.x ?? Number.NaN;
    expect(x("order")).toBeLessThan(x("orders-db"));
    expect(placement.routes.get("order\norders-db")?.length).toBeGreaterThanOrEqual(2);
    expect(placement.groups).toEqual([]);
  });

  test("puts groups one below the other, each around its own", async () => {
    const groups = [
      { name: "core", nodes: ["order", "bank"] },
      { name: "", nodes: ["web", "lonely"] },
    ];
    const placement = await layOut({ groups, edges: EDGES }, ask);
    expect(overlapping(placement)).toEqual([]);
    const [core, rest] = placement.groups;
    expect([core?.name, rest?.name]).toEqual(["core", ""]);
    expect(rest?.y).toBeGreaterThan((core?.y ?? 0) + (core?.height ?? 0));
    for (const [index, { nodes }] of groups.entries()) {
      const box = placement.groups[index];
      for (const id of nodes) {
        const at = placement.nodes.get(id);
        expect(at?.y).toBeGreaterThanOrEqual(box?.y ?? Number.NaN);
        expect((at?.y ?? 0) + NODE.height).toBeLessThanOrEqual((box?.y ?? 0) + (box?.height ?? 0));
      }
    }
  });

  test("of a large graph is made by each node's busiest edges, and all its nodes", () => {
    const edges = Array.from({ length: 40 }, (_, n) =>
      Array.from({ length: 20 }, (_, m) => edge(`a${n}`, `b${m}`, n === m ? 1_000 : n + m)),
    ).flat();
    const kept = backboneOf(edges);
    expect(kept.length).toBeLessThanOrEqual(60);
    expect(kept).toContainEqual(edge("a3", "b3", 1_000));
    const graph = elkGraph(["a0"], edges);
    expect(graph.edges.length).toBe(kept.length);
  });
});

describe("what is new", () => {
  test("finds a place beside its caller while nothing that stands moves", async () => {
    const before = await layOut({ groups: [{ name: "", nodes: NODES }], edges: EDGES }, ask);
    const edges = [...EDGES, edge("order", "mailer"), edge("order", "stock"), edge("front", "web")];
    const nodes = [...NODES, "mailer", "stock", "front", "nobody"];
    const after = addNew(before, nodes, edges);
    for (const [id, at] of before.nodes) expect(after.nodes.get(id), id).toBe(at);
    expect([...after.nodes.keys()].sort()).toEqual(nodes.toSorted());
    expect(overlapping(after)).toEqual([]);
    expect(after.nodes.get("mailer")?.x).toBeGreaterThan(before.nodes.get("order")?.x ?? Number.NaN);
    expect(addNew(after, nodes, edges)).toBe(after);
  });

  test("is too much once it is more than a quarter, or the edges are twice as many", async () => {
    const placement = await layOut({ groups: [{ name: "", nodes: NODES }], edges: EDGES }, ask);
    expect(canStay(placement, [...NODES, "one", "two"], 4)).toBe(true);
    expect(canStay(placement, [...NODES, "one", "two", "three"], 4)).toBe(false);
    expect(canStay(placement, NODES, 40)).toBe(false);
    expect(canStay(placement, NODES.slice(1), 2)).toBe(true);
  });
});
