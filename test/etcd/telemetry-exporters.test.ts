import { readdirSync } from "node:fs";
import path from "node:path";
import { Metadata } from "@grpc/grpc-js";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BY_SERVERS } from "../support/chosen-stores.ts";
import { ClickHouseServer } from "../support/clickhouse-server.ts";
import { eventually } from "../support/eventually.ts";
import { exportSpans } from "../support/exported-spans.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { startTelemetryStage, type TelemetryStage } from "../support/telemetry-stage.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** The official exporters, each way that they send, into both stores: all 100,000 spans are there. */
const EACH = 33_334;
const worker = useWorkerEtcd();

interface Way {
  readonly stage: TelemetryStage;
  /** After it, the store may be looked into by `look`. */
  readonly look: () => Promise<ClickHouseServer>;
  readonly end: () => Promise<void>;
}

async function beside(): Promise<Way> {
  const stage = await startTelemetryStage({ etcd: worker.endpoint, environments: "dev,prod" });
  let opened: ClickHouseServer | undefined;
  return {
    stage,
    async look() {
      // Whatever was answered 200 is on disk: nothing is asked of the one who wrote it.
      await stage.server.stop();
      opened = await ClickHouseServer.start(path.join(stage.server.dataDir, "telemetry"));
      return opened;
    },
    async end() {
      await opened?.[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}

async function elsewhere(): Promise<Way> {
  const postgres = await PostgresServer.start();
  const clickhouse = await ClickHouseServer.start();
  const stage = await startTelemetryStage({
    etcd: worker.endpoint,
    environments: "dev,prod",
    env: { CLICKHOUSE_URL: clickhouse.url, DATABASE_URL: await postgres.createDatabase("telemetry") },
  });
  return {
    stage,
    look: () => Promise.resolve(clickhouse),
    async end() {
      expect(readdirSync(stage.server.dataDir)).not.toContain("telemetry");
      await stage[Symbol.asyncDispose]();
      await clickhouse[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

const BESIDE = ["SQLite and the store beside the control plane", beside] as const;
const ELSEWHERE = ["PostgreSQL and CLICKHOUSE_URL", elsewhere] as const;

describe.each(BY_SERVERS ? [ELSEWHERE] : [BESIDE, ELSEWHERE])("%s", (_, open) => {
  let way: Way;
  beforeAll(async () => {
    way = await open();
  });
  afterAll(async () => {
    await way.end();
  });

  test("protobuf, JSON and gRPC deliver 100,000 spans, none lost, none twice", async () => {
    const { stage } = way;
    const token = await stage.token();
    const headers = { authorization: `Bearer ${token}` };
    const metadata = new Metadata();
    metadata.set("authorization", headers.authorization);
    const compression = CompressionAlgorithm.GZIP;
    // All batches of a flush go out at once; the exporters themselves give up past 30.
    const concurrencyLimit = 100;
    await exportSpans(
      new ProtobufExporter({ url: `${stage.httpUrl}/v1/traces`, headers, compression, concurrencyLimit }),
      "by-protobuf",
      EACH,
    );
    // By the console's own port, as where 4318 is not reachable.
    await exportSpans(
      new JsonExporter({ url: `${stage.server.url}/v1/traces`, headers, concurrencyLimit }),
      "by-json",
      EACH,
    );
    await exportSpans(
      new GrpcExporter({ url: stage.grpcUrl, metadata, compression, concurrencyLimit }),
      "by-grpc",
      EACH,
    );
    const store = await way.look();
    // The SDK's flush does not wait for a batch that was under way already when it began.
    await eventually(
      () => store.rows<{ spans: number }>("SELECT count() AS spans FROM otel_traces"),
      ([row]) => (row?.spans ?? 0) >= 3 * EACH,
    );
    const rows = await store.rows<Record<string, unknown>>(
      `SELECT ServiceName AS service, count() AS spans, uniqExact(SpanId) AS ids, uniqExact(TraceId) AS traces,
        countIf(StatusCode = 'Error' AND StatusMessage = 'refused') AS errors, countIf(length(Events.Name) = 1) AS events,
        countIf(SpanKind = 'Client' AND SpanAttributes['share'] = '0.5' AND SpanAttributes['retry'] = 'false') AS calls,
        uniqExact(Environment, ResourceAttributes['deployment.environment.name'], ScopeName, ScopeVersion) AS places,
        any(Environment) AS env, countIf(Duration = 0 OR Duration > 60e9) AS odd
      FROM otel_traces GROUP BY service ORDER BY service`,
    );
    const half = EACH / 2;
    const expected = {
      spans: EACH,
      ids: EACH,
      traces: half,
      errors: Math.ceil(EACH / 100),
      events: half,
      calls: half,
      places: 1,
      env: "dev",
      odd: 0,
    };
    expect(rows).toEqual(["by-grpc", "by-json", "by-protobuf"].map((service) => ({ service, ...expected })));
    const [times] = await store.rows<{ traces: number }>(
      "SELECT uniqExact(TraceId) AS traces FROM otel_traces_trace_id_ts",
    );
    expect(times).toEqual({ traces: half * 3 });
    const edges = await store.rows<Record<string, unknown>>(
      `SELECT Caller AS caller, Callee AS callee, CalleeKind AS kind, sum(Calls) AS calls, sum(Errors) AS errors
      FROM leverframe_edges GROUP BY ALL ORDER BY caller`,
    );
    expect(edges).toEqual(
      ["by-grpc", "by-json", "by-protobuf"].map((caller) => ({
        caller,
        callee: "payment",
        kind: "service",
        calls: half,
        errors: Math.ceil(EACH / 100),
      })),
    );
  });
});
