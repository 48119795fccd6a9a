import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isDomainError } from "../../src/domain/errors.ts";
import { createLog } from "../../src/infra/log.ts";
import { ClickHouseStore } from "../../src/infra/telemetry/clickhouse-store.ts";
import { ClickHouseServer } from "../support/clickhouse-server.ts";
import { eventually } from "../support/eventually.ts";

/** A ClickHouse that a Collector has written to before us, and goes on writing to. */
let clickhouse: ClickHouseServer;
const stores: ClickHouseStore[] = [];
beforeAll(async () => {
  clickhouse = await ClickHouseServer.start();
});
afterAll(async () => {
  for (const store of stores) store.away("the test is over");
  await clickhouse[Symbol.asyncDispose]();
});

async function open(database: string): Promise<ClickHouseStore> {
  const store = new ClickHouseStore(createLog("silent", "test"));
  stores.push(store);
  const url = new URL(clickhouse.url);
  url.pathname = `/${database}`;
  store.use(url.href);
  await eventually(
    () => store.unavailable,
    (why) => why === undefined,
    20_000,
  );
  return store;
}

const NAME = "LowCardinality(String) CODEC(ZSTD(1))";
const MAP = "Map(LowCardinality(String), String)";
/** As an exporter of 2024 makes it: coarser times in samples, and no column of ours. */
const FORMER = [
  `CREATE TABLE former.otel_traces (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)), TraceId String, SpanId String, ParentSpanId String, TraceState String,
    SpanName ${NAME}, SpanKind ${NAME}, ServiceName ${NAME}, ResourceAttributes ${MAP}, ScopeName String, ScopeVersion String,
    SpanAttributes ${MAP}, Duration UInt64, StatusCode ${NAME}, StatusMessage String,
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes ${MAP}),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes ${MAP})
  ) ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toUnixTimestamp(Timestamp))`,
  `CREATE TABLE former.otel_metrics_sum (
    ResourceAttributes ${MAP}, ResourceSchemaUrl String, ScopeName String, ScopeVersion String, ScopeAttributes ${MAP},
    ScopeDroppedAttrCount UInt32, ScopeSchemaUrl String, ServiceName ${NAME}, MetricName String, MetricDescription String,
    MetricUnit String, Attributes ${MAP}, StartTimeUnix DateTime, TimeUnix DateTime, Value Float64, Flags UInt32,
    Exemplars Nested (FilteredAttributes ${MAP}, TimeUnix DateTime, Value Float64, SpanId String, TraceId String),
    AggregationTemporality Int32, IsMonotonic Boolean
  ) ENGINE = MergeTree ORDER BY (ServiceName, MetricName, TimeUnix)`,
];

describe("tables that a Collector made", () => {
  test("are taken as they are: its rows have an environment, edges and rollups; ours go in beside them", async () => {
    await clickhouse.client.command({ query: "CREATE DATABASE former" });
    for (const query of FORMER) await clickhouse.client.command({ query });
    const store = await open("former");
    const resource = { "deployment.environment.name": "prod", "service.instance.id": "web-1" };
    await clickhouse.client.insert({
      table: "former.otel_traces",
      columns: [
        "Timestamp",
        "TraceId",
        "SpanId",
        "SpanName",
        "SpanKind",
        "ServiceName",
        "ResourceAttributes",
        "SpanAttributes",
        "Duration",
        "StatusCode",
      ],
      values: [
        {
          Timestamp: "2026-11-23 10:00:00.000000001",
          TraceId: "ab",
          SpanId: "cd",
          SpanName: "SELECT",
          SpanKind: "Client",
          ServiceName: "web",
          ResourceAttributes: resource,
          SpanAttributes: { "db.system": "postgresql" },
          Duration: "2000000000",
          StatusCode: "Error",
        },
      ],
      format: "JSONEachRow",
    });
    const sum = {
      ServiceName: "web",
      MetricName: "calls",
      ResourceAttributes: resource,
      IsMonotonic: true,
      AggregationTemporality: 2,
    };
    await store.insert("otel_metrics_sum", [
      { ...sum, TimeUnix: "2026-11-23 10:00:01", Value: 3 },
      { ...sum, TimeUnix: "2026-11-23 10:00:02", Value: 5 },
    ]);
    expect(await store.query("SELECT Environment, count() AS spans FROM otel_traces GROUP BY 1")).toEqual([
      { Environment: "prod", spans: 1 },
    ]);
    expect(
      await store.query(
        "SELECT Caller, Callee, CalleeKind, sum(Calls) AS calls, sum(Errors) AS errors, sum(Slow) AS slow, sum(Seconds) AS seconds FROM leverframe_edges GROUP BY ALL",
      ),
    ).toEqual([
      {
        Caller: "web",
        Callee: "postgresql",
        CalleeKind: "database",
        calls: 1,
        errors: 1,
        slow: 1,
        seconds: 2,
      },
    ]);
    expect(
      await store.query(
        "SELECT InstanceId, sum(Samples) AS samples, argMinMerge(First) AS first, argMaxMerge(Last) AS last FROM leverframe_metrics_5m GROUP BY ALL",
      ),
    ).toEqual([{ InstanceId: "web-1", samples: 2, first: 3, last: 5 }]);
  });

  test("migrations are run once, whoever comes, also two at a time", async () => {
    await clickhouse.client.command({ query: "CREATE DATABASE twice" });
    const [first] = await Promise.all([open("twice"), open("twice")]);
    const tables = await first?.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'twice'",
    );
    expect(tables?.map(({ name }) => name)).toContain("leverframe_metrics_5m_histogram_mv");
    const before = await first?.query("SELECT count() AS n FROM leverframe_migrations");
    await open("twice");
    expect(await first?.query("SELECT count() AS n FROM leverframe_migrations")).toEqual(before);
  });
});

describe("the port", () => {
  test("binds parameters of every sort, and gives whole numbers as numbers", async () => {
    const store = await open("default");
    const text = "it's a \\ tab\tand\nline {x:String}; --";
    const rows = await store.query(
      "SELECT {text:String} AS text, {list:Array(String)} AS list, {number:UInt64} + 0 AS number, {at:DateTime64(3)} AS at",
      { text, list: ["a'b", "c"], number: 42, at: "2026-11-23 10:00:00.500" },
    );
    expect(rows).toEqual([{ text, list: ["a'b", "c"], number: 42, at: "2026-11-23 10:00:00.500" }]);
  });

  test("ends a query at its deadline, and says what a refused one did wrong", async () => {
    const store = await open("default");
    const late = store.query(
      "SELECT max(sipHash64(number)) FROM numbers(3000000000)",
      {},
      { deadlineMs: 300 },
    );
    await expect(late).rejects.toSatisfy((error) => isDomainError(error) && error.code === "UNAVAILABLE");
    const wrong = store.query("SELECT nothing FROM otel_traces");
    await expect(wrong).rejects.toSatisfy(
      (error) => isDomainError(error) && error.code === "INVALID" && error.publicMessage.includes("nothing"),
    );
    // One that runs long holds up neither others nor what comes in.
    await store.insert("otel_metrics_gauge", [
      { MetricName: "g", TimeUnix: "2026-11-23 10:00:00", Value: 1 },
    ]);
    expect(await store.query("SELECT count() AS n FROM otel_metrics_gauge")).toEqual([{ n: 1 }]);
  });

  test("takes all rows or none", async () => {
    const store = await open("default");
    const good = { MetricName: "whole", TimeUnix: "2026-11-23 10:00:00", Value: 1 };
    await expect(
      store.insert("otel_metrics_gauge", [good, { ...good, Value: "no number" }]),
    ).rejects.toSatisfy((error) => isDomainError(error) && error.code === "INVALID");
    expect(
      await store.query("SELECT count() AS n FROM otel_metrics_gauge WHERE MetricName = 'whole'"),
    ).toEqual([{ n: 0 }]);
  });

  test("lets nobody in without its password", async () => {
    const url = new URL(clickhouse.url);
    const answer = await fetch(`http://${url.host}/?query=SELECT%201`, {
      headers: { authorization: `Basic ${Buffer.from("default:guess").toString("base64")}` },
    });
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining("AUTHENTICATION_FAILED"),
    ]);
  });
});
