import { describe, expect, test } from "vitest";
import { callPathsOf } from "./calls.ts";
import { compareTraces } from "./compare.ts";
import { criticalPathOf } from "./critical-path.ts";
import { flowOf } from "./flow.ts";
import { traceOf } from "./sample-spans.ts";
import { statisticsOf } from "./statistics.ts";
import { arrange } from "./tree.ts";

const order = arrange(
  traceOf(
    ["a", "", "gateway", 0, 100],
    ["b", "a", "order", 10, 60],
    ["c1", "b", "stock", 20, 30, { name: "reserve" }],
    ["c2", "b", "stock", 30, 50, { name: "reserve", status: "Error" }],
    ["db", "b", "order", 50, 55, { kind: "Client", peer: "orders-db" }],
  ),
);

describe("the statistics of a trace", () => {
  test("tell calls, failures, own time and the critical path apart, what worked longest first", () => {
    const rows = statisticsOf(order, criticalPathOf(order), "operation");
    expect(
      rows.map(({ service, name, spans, errors, selfNs, totalNs }) => [
        service,
        name,
        spans,
        errors,
        selfNs / 1e6,
        totalNs / 1e6,
      ]),
    ).toEqual([
      ["gateway", "a-work", 1, 0, 50, 100],
      ["stock", "reserve", 2, 1, 30, 30],
      ["order", "b-work", 1, 0, 15, 50],
      ["order", "db-work", 1, 0, 5, 5],
    ]);
    expect(rows.reduce((sum, { criticalNs }) => sum + criticalNs, 0)).toBe(100e6);
  });

  test("take a percentile that some span had", () => {
    const [, stock] = statisticsOf(order, [], "service");
    expect([stock?.service, stock?.p95Ns, stock?.meanNs, stock?.mostNs]).toEqual(["stock", 20e6, 15e6, 20e6]);
  });
});

describe("call paths", () => {
  test("merge equal calls of one caller; a caller is as wide as it and all below it worked", () => {
    expect(
      callPathsOf(order).map(({ name, depth, spans, sumNs, end }) => [name, depth, spans, sumNs / 1e6, end]),
    ).toEqual([
      ["a-work", 0, 1, 100, 4],
      ["b-work", 1, 1, 50, 4],
      ["reserve", 2, 2, 30, 3],
      ["db-work", 2, 1, 5, 4],
    ]);
  });
});

describe("the flow of a trace", () => {
  test("joins services by calls, and what tells no spans by whom it was called", () => {
    const { nodes, edges } = flowOf(order, criticalPathOf(order));
    expect(nodes.map(({ id, told, layer }) => [id, told, layer])).toEqual([
      ["gateway", true, 0],
      ["order", true, 1],
      ["stock", true, 2],
      ["orders-db", false, 2],
    ]);
    expect(edges.map(({ from, to, calls, errors }) => [from, to, calls, errors])).toEqual([
      ["gateway", "order", 1, 0],
      ["order", "stock", 2, 1],
      ["order", "orders-db", 1, 0],
    ]);
  });

  test("lays out services that call each other in a ring", () => {
    const { nodes } = flowOf(
      arrange(
        traceOf(["a", "", "x", 0, 9], ["b", "a", "y", 1, 8], ["c", "b", "x", 2, 7], ["d", "c", "z", 3, 4]),
      ),
      [],
    );
    expect(nodes.map(({ id, layer }) => [id, layer])).toEqual([
      ["x", 0],
      ["y", 1],
      ["z", 1],
    ]);
  });
});

describe("a call past a layer", () => {
  const ways = arrange(
    traceOf(
      ["a", "", "x", 0, 9],
      ["b", "a", "y", 1, 8],
      ["c", "b", "z", 2, 7],
      ["d", "a", "z", 8, 9],
      ["e", "a", "w", 8, 9],
    ),
  );

  test("has a place of its own there, which no node takes", () => {
    const { nodes, edges } = flowOf(ways, []);
    const between = nodes.filter(({ layer }) => layer === 1).map(({ place }) => place);
    const past = edges.find(({ from, to }) => from === "x" && to === "z");
    expect(past?.via).toEqual([2]);
    expect(between).toEqual([0, 1]);
    expect(edges.filter(({ via }) => via.length > 0)).toEqual([past]);
  });
});

describe("two traces compared", () => {
  test("a trace beside itself is the same on every path", () => {
    expect(compareTraces(order, order).every(({ word, byNs }) => word === "same" && byNs === 0)).toBe(true);
  });

  test("what is slower, came anew or is missing is said where it was called", () => {
    const other = arrange(
      traceOf(
        ["a", "", "gateway", 0, 190],
        ["b", "a", "order", 10, 150],
        ["c1", "b", "stock", 20, 140, { name: "reserve" }],
        ["m", "b", "mail", 140, 145],
      ),
    );
    expect(
      compareTraces(order, other).map(({ service, name, depth, word }) => [service, name, depth, word]),
    ).toEqual([
      ["gateway", "a-work", 0, "slower"],
      ["order", "b-work", 1, "slower"],
      ["stock", "reserve", 2, "slower"],
      ["order", "db-work", 2, "only first"],
      ["mail", "m-work", 2, "only second"],
    ]);
  });
});
