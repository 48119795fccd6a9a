import { afterAll, beforeAll, expect, test } from "vitest";
import { momentOf } from "../../src/domain/metrics/rows.ts";
import { createTraceReader } from "../../src/features/traces/store-reader.ts";
import type { TraceReader } from "../../src/features/traces/trace-reader.ts";
import { type OpenStore, openStore } from "../support/open-store.ts";

/** What pages ask of traces, in the real store: two traces of one environment, one of another. */
const START_MS = Math.floor((Date.now() - 20 * 60_000) / 60_000) * 60_000;
const TIME = { env: "dev", fromMs: START_MS - 60_000, toMs: START_MS + 600_000 };
const SLOW = "a".repeat(32);
const QUICK = "b".repeat(32);
const FOREIGN = "c".repeat(32);

interface Given {
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly service: string;
  readonly name: string;
  readonly kind?: string;
  readonly atMs?: number;
  readonly tookMs: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly env?: string;
}

const rowOf = (span: Given) => ({
  Timestamp: momentOf(START_MS + (span.atMs ?? 0)),
  TraceId: span.trace,
  SpanId: span.id,
  ParentSpanId: span.parent ?? "",
  SpanName: span.name,
  SpanKind: span.kind ?? "Server",
  ServiceName: span.service,
  ResourceAttributes: { "service.name": span.service, "deployment.environment.name": span.env ?? "dev" },
  SpanAttributes: span.attributes ?? {},
  Duration: span.tookMs * 1e6,
  StatusCode: span.failed === true ? "Error" : "Unset",
});

const statement = (id: string, atMs: number, tookMs: number, text: string): Given => ({
  trace: SLOW,
  id,
  parent: "01",
  service: "order",
  name: "SELECT orders",
  kind: "Client",
  atMs,
  tookMs,
  attributes: { "db.system.name": "postgresql", "db.query.text": text, "db.namespace": "orders" },
});

const SPANS: readonly Given[] = [
  {
    trace: SLOW,
    id: "01",
    service: "order",
    name: "POST /orders",
    tookMs: 900,
    attributes: { "leverframe.levers": '["timeout/bank"]', "leverframe.revision.own": "41" },
  },
  statement("02", 10, 300, "SELECT * FROM orders WHERE id = 7"),
  statement("03", 400, 200, "SELECT * FROM orders WHERE id = 12345"),
  {
    trace: SLOW,
    id: "04",
    parent: "01",
    service: "payment",
    name: "POST /payments",
    atMs: 650,
    tookMs: 100,
    failed: true,
  },
  { trace: QUICK, id: "11", service: "order", name: "GET /stock", atMs: 60_000, tookMs: 20 },
  { trace: FOREIGN, id: "21", service: "order", name: "POST /orders", tookMs: 5_000, env: "prod" },
];

let opened: OpenStore;
let store: OpenStore["store"];
let traces: TraceReader;
beforeAll(async () => {
  opened = await openStore();
  ({ store } = opened);
  await store.insert("otel_traces", SPANS.map(rowOf));
  traces = createTraceReader(store);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

test.each([
  ["nothing but the time: slowest first, none of another environment", {}, [SLOW, QUICK]],
  ["newest first", { order: "newest" as const }, [QUICK, SLOW]],
  ["a service and its operation", { service: "order", operation: "GET /stock" }, [QUICK]],
  ["a duration", { leastMs: 500 }, [SLOW]],
  ["what took less", { service: "order", operation: "GET /stock", mostMs: 19 }, []],
  ["a failure", { status: "error" as const }, [SLOW]],
  ["an attribute with its value", { attributes: [{ key: "db.namespace", value: "orders" }] }, [SLOW]],
  ["an attribute of any value", { attributes: [{ key: "db.system.name" }] }, [SLOW]],
  ["a lever that acted", { lever: "timeout/bank" }, [SLOW]],
  ["a lever that did not", { lever: "timeout/ban" }, []],
  ["a revision", { revision: 41 }, [SLOW]],
  ["text that is SQL", { service: "order' OR 1 = 1 --" }, []],
])("a search for %s", async (_, asked, expected) => {
  const found = await traces.search({ ...TIME, order: "slowest", ...asked });
  expect(found).toMatchObject({ cut: false });
  expect(found.traces.map(({ traceId }) => traceId)).toEqual(expected);
});

test("a trace is summed up whole, and one of another environment not at all", async () => {
  const [one, ...rest] = await traces.summaries("dev", [SLOW, FOREIGN], TIME);
  expect(rest).toEqual([]);
  expect(one).toMatchObject({ traceId: SLOW, spans: 4, errors: 1, rootService: "order", rooted: true });
  expect(one?.durationMs).toBeCloseTo(900);
  expect(one?.services).toContainEqual({ service: "payment", spans: 1, errors: 1 });
});

test("a trace comes by columns in the order of time, and says when it is not there", async () => {
  const trace = await traces.trace("dev", SLOW);
  expect(JSON.parse(trace.ids)).toEqual(["01", "02", "03", "04"]);
  expect(trace.baseMs).toBe(START_MS);
  await expect(traces.trace("dev", FOREIGN)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const [span] = await traces.spans("dev", SLOW, { baseMs: trace.baseMs, spanId: "04" });
  expect(span).toMatchObject({ service: "payment", status: "Error", durationNs: 100e6, startNs: 650e6 });
});

test("statements that differ in their literals alone are one, with what they took together", async () => {
  const [one, ...rest] = await traces.statements({ ...TIME, leastMs: 50 });
  expect(rest).toEqual([]);
  expect(one).toMatchObject({
    service: "order",
    system: "postgresql",
    calls: 2,
    errors: 0,
    traceId: SLOW,
    spanId: "02",
  });
  expect(one?.statement).not.toMatch(/12345/);
  expect([one?.mostMs, one?.totalMs]).toEqual([300, 500]);
});

test("names and percentiles are those of what a service was entered by", async () => {
  expect(await traces.names(TIME)).toContainEqual({ name: "payment", spans: 1 });
  expect((await traces.names({ ...TIME, service: "order" })).map(({ name }) => name)).toContain("GET /stock");
  const figures = await traces.percentiles({ ...TIME, service: "order" });
  expect(figures.map(({ minuteMs, p50Ms }) => [minuteMs, p50Ms])).toEqual([
    [START_MS, 900],
    [START_MS + 60_000, 20],
  ]);
});
