import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { hashOf } from "../../src/features/access/access-service.ts";
import { createLog } from "../../src/infra/log.ts";
import { ClickHouseStore } from "../../src/infra/telemetry/clickhouse-store.ts";
import { startIngestProcess } from "../../src/infra/telemetry/ingest-process.ts";
import { startStoreProcess } from "../../src/infra/telemetry/store-process.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { eventually } from "../support/eventually.ts";
import { traceBody } from "../support/otlp-bodies.ts";
import { seeded } from "../support/seeded.ts";
import { startTelemetryStage, type TelemetryStage } from "../support/telemetry-stage.ts";

const log = createLog("silent", "test");
const TOKEN = "lf_token-of-the-test";
const KILLS = 8;
const SENDERS = 6;
const SPANS = 40;
const closing: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const storesOf = async (stage: TelemetryStage): Promise<number[]> => {
  const found: number[] = [];
  for (const pid of await stage.programs()) {
    if ((await readFile(`/proc/${pid}/cmdline`, "utf8")).includes("telemetry-store")) found.push(pid);
  }
  return found;
};

/** Store and ingest as the control plane runs them, and an adapter to look into the store. */
async function startEyes() {
  const dir = await mkdtemp(path.join(tmpdir(), "leverframe-eyes-"));
  closing.push(() => rm(dir, { recursive: true, force: true }));
  const store = new ClickHouseStore(log);
  let url: string | undefined;
  const beside = startStoreProcess({
    file: path.resolve("dist/telemetry-store.mjs"),
    dir,
    memoryBytes: 1024 ** 3,
    onUrl(now, why) {
      url = now;
      if (now === undefined) store.away(why);
      else store.use(now);
      ingest.update({ storeUrl: now ?? "" });
    },
    log,
  });
  const ingest = startIngestProcess({
    file: path.resolve("dist/ingest.mjs"),
    orders: () => ({
      host: "127.0.0.1",
      httpPort: 0,
      grpcPort: 0,
      queueBytes: 64 * 1024 ** 2,
      redactKeys: [],
      redactPatterns: [],
      ...(url === undefined ? {} : { storeUrl: url }),
      tokens: [{ hash: hashOf(TOKEN), scopes: [{ role: "reporter", env: "dev", services: "*" }] }],
    }),
    log,
  });
  closing.push(async () => {
    await ingest.stop();
    store.away("the test is over");
    await beside.stop();
  });
  await eventually(
    () => store.unavailable === undefined && ingest.ready !== undefined,
    (up) => up,
    30_000,
  );
  return { store, beside, ingest };
}

test("every batch that was answered 200 is there, whole, however often the store is killed", async () => {
  const { store, beside, ingest } = await startEyes();
  const random = seeded(6);
  const answered: number[] = [];
  let sent = 0;
  const over = new AbortController();
  const send = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const batch = (sent += 1);
      const body = traceBody({ service: "killed", spans: SPANS, attributes: { batch: `${batch}` } });
      const answer = await fetch(`http://127.0.0.1:${ingest.ready?.httpPort}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf", authorization: `Bearer ${TOKEN}` },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(30_000),
      });
      await answer.arrayBuffer();
      if (answer.status === 200) answered.push(batch);
      else expect(answer.status).toBe(503);
    }
  };
  const senders = Array.from({ length: SENDERS }, send);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(200 + random() * 1_300);
    const { pid } = beside;
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    const before = answered.length;
    await eventually(
      () => answered.length,
      (now) => now > before + SENDERS,
      60_000,
    );
  }
  over.abort();
  await Promise.all(senders);
  await eventually(
    () => store.unavailable,
    (why) => why === undefined,
    30_000,
  );
  const rows = await store.query<{ batch: string; ids: number; many: number }>(
    "SELECT SpanAttributes['batch'] AS batch, uniqExact(SpanId) AS ids, count() AS many FROM otel_traces GROUP BY batch",
    {},
    { deadlineMs: 30_000 },
  );
  const stored = new Map(rows.map(({ batch, ids }) => [Number(batch), ids]));
  expect(answered.length).toBeGreaterThan(KILLS * SENDERS);
  expect(answered.filter((batch) => stored.get(batch) !== SPANS)).toEqual([]);
  // No batch is there in part either, answered or not.
  expect(rows.filter(({ ids }) => ids !== SPANS)).toEqual([]);
  // Both go when they are told to.
  const pids = [beside.pid ?? -1, ingest.pid ?? -1];
  for (const close of closing.splice(1).toReversed()) await close();
  expect(pids.filter(isAlive)).toEqual([]);
});

test("a control plane whose ports are taken takes telemetry by its own, and leaves nothing behind, however it goes", async () => {
  const etcd = await EtcdServer.start();
  closing.push(() => etcd.close());
  const first = await startTelemetryStage({ etcd: etcd.endpoint });
  closing.push(() => first[Symbol.asyncDispose]());
  const ports = {
    LEVERFRAME_OTLP_HTTP_PORT: new URL(first.httpUrl).port,
    LEVERFRAME_OTLP_GRPC_PORT: new URL(first.grpcUrl).port,
  };
  const second = await startTelemetryStage({ etcd: etcd.endpoint, env: ports, portsTaken: true });
  closing.push(() => second[Symbol.asyncDispose]());
  expect(second.server.log).toContain("a port for telemetry is taken");
  const token = await second.token();
  const post = (url: string): Promise<Response> =>
    fetch(`${url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf", authorization: `Bearer ${token}` },
      body: new Uint8Array(traceBody({ service: "order", spans: 3 })),
    });
  expect((await post(second.server.url)).status).toBe(200);
  expect((await post(first.httpUrl)).status).toBe(200);
  // Its eyes go and come back; its levers were ready all the while.
  const [store = 0] = await storesOf(first);
  process.kill(store, "SIGKILL");
  const readiness = async () =>
    (await (await fetch(`${first.server.url}/readyz`)).json()) as {
      ready: boolean;
      checks: Record<string, { ok: boolean; why?: string }>;
    };
  const blind = await eventually(readiness, ({ checks }) => checks["telemetry-store"]?.ok === false);
  expect([blind.ready, blind.checks["telemetry-store"]?.why]).toEqual([
    true,
    expect.stringContaining("telemetry store"),
  ]);
  await first.ready();
  expect((await post(first.httpUrl)).status).toBe(200);
  const children = [...(await second.programs()), ...(await first.programs())];
  expect(children).toHaveLength(4);
  await second.server.kill();
  await first.server.stop();
  await eventually(
    () => children.filter(isAlive),
    (alive) => alive.length === 0,
  );
});

test("switched off, it starts nothing, says so to exporters, and is ready", async () => {
  const etcd = await EtcdServer.start();
  closing.push(() => etcd.close());
  const server = await ControlPlaneProcess.start({
    etcd: etcd.endpoint,
    environments: "dev",
    env: { LEVERFRAME_TELEMETRY: "off" },
  });
  closing.push(() => server[Symbol.asyncDispose]());
  const answer = await fetch(`${server.url}/v1/traces`, { method: "POST", body: "" });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  const readiness = (await (await fetch(`${server.url}/readyz`)).json()) as { checks: object };
  expect(Object.keys(readiness.checks).filter((name) => name.startsWith("telemetry"))).toEqual([]);
  expect((await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8")).trim()).toBe("");
});
