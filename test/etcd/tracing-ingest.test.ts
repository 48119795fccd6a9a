import { afterAll, beforeAll, expect, test } from "vitest";
import { ClickHouseServer } from "../support/clickhouse-server.ts";
import { eventually } from "../support/eventually.ts";
import { startTelemetryStage, type TelemetryStage } from "../support/telemetry-stage.ts";
import { TracedService } from "../support/traced-service.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Services as they are, their agents' telemetry, our ingest and the store: what is asked later is there. */
const worker = useWorkerEtcd();
let store: ClickHouseServer;
let stage: TelemetryStage;

beforeAll(async () => {
  store = await ClickHouseServer.start();
  stage = await startTelemetryStage({ etcd: worker.endpoint, env: { CLICKHOUSE_URL: store.url } });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const REQUESTS = 20;

test("a trace of three processes is one in the store, and each call is on its edge", async () => {
  const starting = (["inventory", "order", "mailer"] as const).map(async (service) =>
    TracedService.start({
      service,
      env: "dev",
      endpoints: [worker.endpoint],
      otlp: stage.httpUrl,
      token: await stage.token(),
    }),
  );
  const services = await Promise.all(starting);
  const [, order, mailer] = services;
  if (order === undefined || mailer === undefined) throw new Error("they did not start");
  try {
    for (let request = 0; request < REQUESTS; request++) {
      const answer = await fetch(`${order.url}/orders/7?token=abc`);
      expect(await answer.text()).toBe("left 7");
    }
    const sent = await eventually(
      () => order.sent,
      ({ length }) => length === REQUESTS,
    );
    for (const message of sent) mailer.deliver(message);
    const SPANS = REQUESTS * 6;
    await eventually(
      () => store.rows<{ spans: number }>("SELECT count() AS spans FROM otel_traces"),
      ([row]) => row?.spans === SPANS,
      30_000,
    );
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
  const shapes = await store.rows<Record<string, unknown>>(
    `SELECT count() AS traces, services, kinds FROM (
      SELECT TraceId, arraySort(groupUniqArray(ServiceName)) AS services, arraySort(groupArray(SpanKind)) AS kinds
      FROM otel_traces WHERE Environment = 'dev' GROUP BY TraceId) GROUP BY services, kinds`,
  );
  expect(shapes).toEqual([
    {
      traces: REQUESTS,
      services: ["inventory", "mailer", "order"],
      kinds: ["Client", "Consumer", "Internal", "Producer", "Server", "Server"],
    },
  ]);
  const [odd] = await store.rows<Record<string, unknown>>(
    `SELECT countIf(SpanAttributes['leverframe.revision.shared'] = '') AS unstamped,
      countIf(ParentSpanId != '' AND ParentSpanId NOT IN (SELECT SpanId FROM otel_traces)) AS orphans,
      countIf(toString(SpanAttributes) LIKE '%abc%') AS told FROM otel_traces`,
  );
  expect(odd).toEqual({ unstamped: 0, orphans: 0, told: 0 });
  const edges = await eventually(
    () =>
      store.rows<Record<string, unknown>>(
        `SELECT Environment AS env, Caller AS caller, Callee AS callee, CalleeKind AS kind, sum(Calls) AS calls, sum(Errors) AS errors
        FROM leverframe_edges GROUP BY ALL ORDER BY callee`,
      ),
    ({ length }) => length >= 2,
  );
  const counted = { env: "dev", caller: "order", calls: REQUESTS, errors: 0 };
  expect(edges).toEqual([
    { ...counted, callee: "inventory", kind: "service" },
    { ...counted, callee: "orders", kind: "queue" },
  ]);
});
