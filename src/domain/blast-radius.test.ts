import { expect, test } from "vitest";
import { blastRadius, MOST_NODES } from "./blast-radius.ts";
import { type GraphEdge, graphOf } from "./topology/graph.ts";

const SPAN = { fromMs: 0, toMs: 120_000 };
const edge = (from: string, to: string, calls: number, errors = 0): GraphEdge & { kinds: string[] } => ({
  from,
  to,
  calls,
  errors,
  slow: 0,
  refused: 0,
  seconds: 0,
  durations: [],
  kinds: [to.endsWith("-db") ? "database" : "service"],
});
const GRAPH = graphOf(
  [
    edge("gateway", "order", 600),
    edge("mobile", "gateway", 400),
    edge("order", "payment", 300, 30),
    edge("refunds", "payment", 100),
    edge("payment", "ledger-db", 900),
    edge("payment", "order", 10),
    edge("mail", "templates", 5),
  ],
  SPAN,
);

test("callers are counted by the minute, and everybody who waits is found through those between", () => {
  const radius = blastRadius(GRAPH, ["payment"]);
  expect(radius).toMatchObject({
    calls: 400,
    perMinute: 200,
    callerCount: 2,
    dependents: 4,
    hops: 3,
    left: 0,
  });
  expect(radius.callers).toEqual([
    { service: "order", perMinute: 150, errorShare: 0.1 },
    { service: "refunds", perMinute: 50, errorShare: 0 },
  ]);
  expect(radius.nodes.map(({ id, role, hops }) => `${id} ${role} ${hops}`)).toEqual([
    "payment touched 0",
    "order dependent 1",
    "refunds dependent 1",
    "gateway dependent 2",
    "mobile dependent 3",
    "ledger-db callee 1",
  ]);
  expect(radius.nodes.at(-1)).toMatchObject({ kind: "database" });
  expect(radius.edges).toContainEqual({ from: "gateway", to: "order", perMinute: 300 });
});

test("of several services what they ask each other is among the requests, and neither is the other's caller", () => {
  const radius = blastRadius(GRAPH, ["payment", "order", "payment"]);
  expect(radius).toMatchObject({ calls: 1_010, callerCount: 2, dependents: 3 });
  expect(radius.callers.map(({ service }) => service)).toEqual(["gateway", "refunds"]);
});

test("a service that nobody calls reaches nobody, and one of every service is told as a whole", () => {
  expect(blastRadius(GRAPH, ["unheard"])).toMatchObject({ calls: 0, callers: [], dependents: 0, hops: 0 });
  expect(blastRadius(GRAPH, ["*"])).toMatchObject({ calls: 1_415, callers: [], dependents: 0 });
});

test("a map keeps to its bound, nearest and busiest first, and says how many it leaves out", () => {
  const many = graphOf(
    Array.from({ length: 60 }, (_, at) => edge(`caller-${at}`, "order", at + 1)),
    SPAN,
  );
  const radius = blastRadius(many, ["order"]);
  expect(radius.nodes).toHaveLength(MOST_NODES);
  expect(radius.left).toBe(61 - MOST_NODES);
  expect(radius.nodes[1]).toMatchObject({ id: "caller-59" });
  expect(radius.callers[0]).toMatchObject({ service: "caller-59" });
});
