import { expect, test } from "vitest";
import { type EdgeRow, type Graph, graphOf } from "../topology/graph.ts";
import { type Advice, type AdviceGround, adviceOf } from "./advice.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 100 * DAY_MS;

/** `a>b 10`: so many calls, of services. */
const graph = (...edges: string[]): Graph =>
  graphOf(
    edges.map((text): EdgeRow => {
      const [way = "", calls = "1"] = text.split(" ");
      const [from = "", to = ""] = way.split(">");
      const figures = { errors: 0, slow: 0, refused: 0, seconds: 0, durations: [] };
      return { from, to, calls: Number(calls), ...figures, kinds: ["service"] };
    }),
    { fromMs: NOW_MS - DAY_MS, toMs: NOW_MS },
  );

const advise = (ground: Partial<AdviceGround>): readonly Advice[] =>
  adviceOf({
    graph: graph(),
    countedMs: DAY_MS,
    changes: [],
    levers: [],
    decided: undefined,
    nowMs: NOW_MS,
    ...ground,
  });

test("a chain of six calls is told of, one of five is not; a cycle is gone through once", () => {
  const five = graph("a>b", "b>c", "c>d", "d>e", "e>f");
  expect(advise({ graph: five })).toEqual([]);
  expect(advise({ graph: graph("a>b 9", "b>c 9", "c>d 4", "d>e 9", "e>f 9", "f>g 9", "a>g 99") })).toEqual([
    { kind: "chain", path: ["a", "b", "c", "d", "e", "f", "g"], calls: 4 },
  ]);
});

test("services that wait for each other are told as one way round, also one that calls itself", () => {
  expect(advise({ graph: graph("a>b", "b>c", "c>a", "b>a", "d>d", "x>a") })).toEqual([
    { kind: "cycle", path: ["d", "d"] },
    { kind: "cycle", path: ["a", "b", "a"] },
  ]);
});

test("a pair is chatty above 100,000 calls a month at the pace that was counted", () => {
  const chatty = (calls: number, countedMs: number) => advise({ graph: graph(`a>b ${calls}`), countedMs });
  expect(chatty(3_333, DAY_MS)).toEqual([]);
  expect(chatty(3_334, DAY_MS)).toEqual([
    { kind: "chatty", from: "a", to: "b", perMonth: 100_020, together: false },
  ]);
  // The same in an hour is twenty-four times the pace.
  expect(chatty(200, DAY_MS / 24)).toMatchObject([{ kind: "chatty", perMonth: 144_000 }]);
});

test("services that changed at least three times, four of five times together, are told; deploys within 15 minutes are one", () => {
  const change = (day: number, ...services: string[]) => ({ atMs: day * DAY_MS, services });
  const changes = [
    change(1, "a", "b"),
    change(2, "b", "a", "*"),
    change(3, "a", "b"),
    change(4, "c", "a", "b"),
    change(5, "c"),
    change(6, "d"),
    ...[7, 8, 9].flatMap((day) => [change(day, "x"), { atMs: day * DAY_MS + 600_000, services: ["y"] }]),
  ];
  expect(advise({ changes, graph: graph("b>a 9000") })).toEqual([
    { kind: "chatty", from: "b", to: "a", perMonth: 270_000, together: true },
    { kind: "together", services: ["a", "b"], times: 4, of: 4 },
    { kind: "together", services: ["x", "y"], times: 3, of: 3 },
  ]);
});

test("a callee's timeout that isn't below its caller's is told where the calls are made", () => {
  const lever = (service: string, name: string, timeoutMs: number) => ({
    service,
    kind: "timeout" as const,
    name,
    timeoutMs,
    updatedMs: NOW_MS,
    decisions: 1,
  });
  const levers = [lever("web", "order", 1_000), lever("*", "bank", 1_500), lever("order", "stock.read", 900)];
  const told = { kind: "timeout", caller: { service: "web", name: "order", ms: 1_000 } };
  expect(advise({ levers, graph: graph("web>order", "order>bank", "order>stock") })).toEqual([
    { ...told, callee: { service: "*", name: "bank", ms: 1_500 } },
  ]);
  // Nobody calls the bank from there: no order waits for it.
  expect(advise({ levers, graph: graph("web>order", "order>stock") })).toEqual([]);
});

test("a lever is unread once it is 30 days old and neither instances nor scrapes know a decision", () => {
  const lever = (name: string, days: number, decisions = 0) => ({
    service: "order",
    kind: "switch" as const,
    name,
    updatedMs: NOW_MS - days * DAY_MS,
    decisions,
  });
  const levers = [lever("gone", 31), lever("young", 29), lever("read", 90, 4), lever("scraped", 90)];
  expect(advise({ levers, decided: new Set(["order/switch/scraped"]) })).toEqual([
    { kind: "unread", lever: { service: "order", kind: "switch", name: "gone" }, days: 31 },
  ]);
});
