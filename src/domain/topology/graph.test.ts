import { describe, expect, test } from "vitest";
import { type EdgeRow, graphOf, MOST_EDGES, neighboursOf, perSecond, reachOf } from "./graph.ts";

const SPAN = { fromMs: 0, toMs: 60_000 };
const row = (from: string, to: string, calls: number, ...kinds: string[]): EdgeRow => ({
  from,
  to,
  kinds,
  calls,
  errors: 0,
  slow: 0,
  refused: 0,
  seconds: 0,
  durations: [],
});

describe("graphOf", () => {
  test("knows a callee of several kinds by the surest one, and every caller as a service", () => {
    const graph = graphOf(
      [
        row("web", "bank", 1, "external"),
        row("order", "bank", 1, "external", "service"),
        row("order", "rows", 1, "external", "cache", "database"),
        row("bank", "odd", 1, "something new"),
      ],
      SPAN,
    );
    expect(graph.nodes).toEqual([
      { id: "bank", kind: "service" },
      { id: "odd", kind: "external" },
      { id: "order", kind: "service" },
      { id: "rows", kind: "database" },
      { id: "web", kind: "service" },
    ]);
  });

  test("keeps the edges with the most calls where there are too many, and says that it did", () => {
    const rows = Array.from({ length: MOST_EDGES + 5 }, (_, index) => row("web", `s${index}`, index));
    const graph = graphOf(rows, SPAN);
    expect(graph.edges).toHaveLength(MOST_EDGES);
    expect(graph.isCut).toBe(true);
    expect(Math.min(...graph.edges.map(({ calls }) => calls))).toBe(5);
    expect(graphOf(rows.slice(0, 3), SPAN).isCut).toBe(false);
  });
});

describe("reachOf", () => {
  const { callees, callers } = neighboursOf([
    { from: "a", to: "b" },
    { from: "b", to: "c" },
    { from: "c", to: "a" },
    { from: "a", to: "c" },
  ]);

  test("gives the least distance, in either direction, and ends in a cycle", () => {
    expect([...reachOf(callees, "a", 9)]).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", 1],
    ]);
    expect([...reachOf(callers, "a", 1)]).toEqual([
      ["a", 0],
      ["c", 1],
    ]);
    expect([...reachOf(callers, "a", 0)]).toEqual([["a", 0]]);
  });
});

test("a rate is over the span of the graph", () => {
  expect(perSecond(120, SPAN)).toBe(2);
  expect(perSecond(120, { fromMs: 5, toMs: 5 })).toBe(0);
});
