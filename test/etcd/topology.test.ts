import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isDomainError } from "../../src/domain/errors.ts";
import { momentOf } from "../../src/domain/metrics/rows.ts";
import { createEdgeReader } from "../../src/infra/telemetry/edge-reader.ts";
import { type OpenStore, openStore } from "../support/open-store.ts";

/** The graph's edges, in the real store. */
let opened: OpenStore;
let store: OpenStore["store"];
beforeAll(async () => {
  opened = await openStore();
  ({ store } = opened);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

const BOUNDS = [0.01, 0.1, 1];
const MINUTE_MS = 60_000;
/** A whole minute, a while ago. */
const START_MS = Math.floor((Date.now() - 30 * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;

interface Period {
  readonly from: string;
  readonly to: string;
  readonly outcome: string;
  readonly atMs: number;
  readonly buckets: readonly number[];
}

const countOf = ({ buckets }: Period): number => buckets.reduce((sum, count) => sum + count, 0);

/** A period of 5 s as an agent tells of it. */
const rowOf = (env: string, period: Period) => ({
  ResourceAttributes: {
    "service.name": period.from,
    "deployment.environment.name": env,
    "leverframe.edges": "calls",
  },
  ServiceName: period.from,
  MetricName: "leverframe.client.duration",
  Attributes: {
    "peer.service": period.to,
    "leverframe.peer.kind": period.to === "orders-db" ? "database" : "service",
    "leverframe.operation": "GET",
    "leverframe.outcome": period.outcome,
  },
  StartTimeUnix: momentOf(period.atMs - 5_000),
  TimeUnix: momentOf(period.atMs),
  Count: countOf(period),
  Sum: countOf(period) * 0.05,
  BucketCounts: period.buckets,
  ExplicitBounds: BOUNDS,
  AggregationTemporality: 1,
});

describe("edges of any span of time", () => {
  const periods: Period[] = [];
  beforeAll(async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (let atMs = START_MS + 1_700; atMs < START_MS + 5 * MINUTE_MS; atMs += 5_000) {
      for (const [from, to] of [
        ["web", "order"],
        ["order", "orders-db"],
        ["order", "bank"],
      ] as const) {
        for (const outcome of ["ok", "error", "refused"]) {
          const buckets = [random(9), random(9), random(3), random(2)];
          periods.push({ from, to, outcome, atMs, buckets });
        }
      }
    }
    await store.insert(
      "otel_metrics_histogram",
      periods.map((period) => rowOf("dev", period)),
    );
    await store.insert("otel_metrics_histogram", [
      rowOf("prod", { from: "web", to: "order", outcome: "ok", atMs: START_MS + 1_000, buckets: [999] }),
    ]);
    // A service of a plain OpenTelemetry SDK; one that counts its calls is not counted by its spans as well.
    const span = (service: string, resource: object, atMs: number) => ({
      Timestamp: momentOf(atMs),
      TraceId: "0af7651916cd43dd8448eb211c80319c",
      SpanId: "b7ad6b7169203331",
      SpanName: "SELECT",
      SpanKind: "Client",
      ServiceName: service,
      ResourceAttributes: { "deployment.environment.name": "dev", ...resource },
      SpanAttributes: { "db.system.name": "redis" },
      Duration: 2_000_000,
      StatusCode: "Error",
    });
    await store.insert("otel_traces", [
      span("legacy", {}, START_MS + 1_000),
      span("legacy", {}, START_MS + 61_000),
      span("web", { "leverframe.edges": "calls" }, START_MS + 1_000),
    ]);
  });

  test("are the very counts that came in it, from whatever moment to whatever other", async () => {
    const reader = createEdgeReader(store);
    const spans = [
      [0, 5 * MINUTE_MS],
      [61_000, 3 * MINUTE_MS + 17_000],
      [60_000, 120_000],
      [12_000, 31_000],
      [56_000, 62_000],
    ] as const;
    for (const [fromMs, toMs] of spans.map(([from, to]) => [START_MS + from, START_MS + to] as const)) {
      const graph = await reader.edges({ env: "dev", fromMs, toMs });
      for (const [from, to] of [
        ["web", "order"],
        ["order", "orders-db"],
        ["order", "bank"],
      ]) {
        const mine = periods.filter(
          (one) => one.from === from && one.to === to && one.atMs >= fromMs && one.atMs < toMs,
        );
        const made = mine.filter(({ outcome }) => outcome !== "refused");
        const total = (some: readonly Period[]): number => some.reduce((sum, one) => sum + countOf(one), 0);
        const bucket = (index: number): number =>
          made.reduce((sum, one) => sum + (one.buckets[index] ?? 0), 0);
        const edge = graph.edges.find((one) => one.from === from && one.to === to);
        expect({ ...edge, seconds: undefined }, `${from} to ${to} of ${fromMs - START_MS}`).toEqual({
          from,
          to,
          calls: total(made),
          errors: total(made.filter(({ outcome }) => outcome === "error")),
          refused: total(mine) - total(made),
          slow: bucket(3),
          seconds: undefined,
          // A bound that nothing was counted at is left out by the store.
          durations: [0.01, 0.1, 1, null]
            .map((upper, index) => [upper, bucket(index)])
            .filter(([, count]) => count !== 0),
        });
      }
    }
  });

  test("know what a callee is, and count spans only of services that don't count themselves", async () => {
    const reader = createEdgeReader(store);
    const graph = await reader.edges({ env: "dev", fromMs: START_MS, toMs: START_MS + 5 * MINUTE_MS });
    expect(graph.nodes).toEqual([
      { id: "bank", kind: "service" },
      { id: "legacy", kind: "service" },
      { id: "order", kind: "service" },
      { id: "orders-db", kind: "database" },
      { id: "redis", kind: "cache" },
      { id: "web", kind: "service" },
    ]);
    expect(graph.edges.filter(({ from }) => from === "legacy")).toMatchObject([
      { to: "redis", calls: 2, errors: 2, durations: [[0.0025, 2]] },
    ]);
    const within = await reader.edges({ env: "dev", fromMs: START_MS, toMs: START_MS + 30_000 });
    expect(within.edges.filter(({ from }) => from === "legacy")).toMatchObject([{ to: "redis", calls: 1 }]);
  });

  test("have routes and totals that add up to them, and a newest moment", async () => {
    const reader = createEdgeReader(store);
    const span = { env: "dev", fromMs: START_MS, toMs: START_MS + 5 * MINUTE_MS };
    const graph = await reader.edges(span);
    const routes = await reader.routes({ ...span, caller: "web", callee: "order" });
    expect(routes.map(({ route, calls }) => [route, calls])).toEqual([
      ["GET", graph.edges.find(({ from }) => from === "web")?.calls],
    ]);
    const steps = await reader.totals({ ...span, stepMs: 120_000 });
    expect(steps.reduce((sum, { calls }) => sum + calls, 0)).toBe(
      graph.edges.reduce((sum, { calls }) => sum + calls, 0),
    );
    const last = Math.max(...periods.map(({ atMs }) => atMs));
    expect(await reader.newestMs("dev", last + 2_000)).toBe(last);
    expect(await reader.newestMs("empty", last)).toBeUndefined();
  });

  test("refuse a span that ends before it begins, and one that is too long", async () => {
    const reader = createEdgeReader(store);
    for (const toMs of [START_MS, START_MS + 40 * 86_400_000]) {
      const error = await reader
        .edges({ env: "dev", fromMs: START_MS, toMs })
        .catch((thrown: unknown) => thrown);
      expect(isDomainError(error) && error.code).toBe("INVALID");
    }
  });
});
