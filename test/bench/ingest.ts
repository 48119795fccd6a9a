import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOf } from "../../src/features/access/access-service.ts";
import { createLog } from "../../src/infra/log.ts";
import { ClickHouseStore } from "../../src/infra/telemetry/clickhouse-store.ts";
import { type IngestProcess, startIngestProcess } from "../../src/infra/telemetry/ingest-process.ts";
import { startStoreProcess } from "../../src/infra/telemetry/store-process.ts";
import { Bearer } from "../../src/telemetry/ingest/bearer.ts";
import { Redaction } from "../../src/telemetry/ingest/redaction.ts";
import { RowWriter } from "../../src/telemetry/ingest/row-writer.ts";
import { TraceDecoder } from "../../src/telemetry/ingest/traces.ts";
import { loadBodies, OtlpLoad, SPANS_A_BODY, usageOf } from "./support/otlp-load.ts";
import { peerDecoder } from "./support/otlp-proto.ts";
import { median } from "./support/statistics.ts";

/**
 * Spans a second from socket to store, answered once they are stored, and what each costs in CPU; beside the bare
 * decoder of protobufjs on the same bodies in the same run. The aim: 40,000 spans a second. Everything runs on this
 * machine, the senders too.
 */
const AIM = 40_000;
const SECONDS = Number(process.env["SECONDS"] ?? 15);
const CONNECTIONS = Number(process.env["CONNECTIONS"] ?? 96);
const ROUNDS = 7;
const TOKEN = "lf_token-of-the-bench";
const log = createLog("warn", "bench");
const bodies = loadBodies(256);
const bytesASpan = (bodies[0]?.length ?? 0) / SPANS_A_BODY;

/** Spans a second of CPU: rounds of all bodies, the median. */
function decodes(work: (body: Buffer) => unknown): number {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = process.cpuUsage();
    for (const body of bodies) work(body);
    const { user, system } = process.cpuUsage(from);
    rates.push((bodies.length * SPANS_A_BODY * 1e6) / (user + system));
  }
  return median(rates.slice(2));
}

const bearer = new Bearer({ hash: "", scopes: [{ role: "reporter", env: "bench", services: "*" }] });
const decoder = new TraceDecoder(new Redaction());
const out = new RowWriter();
const bounds = { fromMs: 0, toMs: Date.now() + 3_600_000 };
const peer = decodes(peerDecoder());
const ours = decodes((body) => {
  out.clear();
  decoder.decode(body, bearer, bounds, out);
});
console.log(`     ${bytesASpan.toFixed(0)} bytes a span, ten attributes, ${SPANS_A_BODY} spans a body`);
console.log(`     bare decoder (protobufjs)      ${peer.toFixed(0).padStart(7)} spans a CPU second`);
console.log(
  `     to redacted rows (ours)        ${ours.toFixed(0).padStart(7)} spans a CPU second · ${(ours / peer).toFixed(2)} ×`,
);

const dir = await mkdtemp(path.join(tmpdir(), "leverframe-bench-ingest-"));
const store = new ClickHouseStore(log);
let url: string | undefined;
let ingest: IngestProcess | undefined;
const beside = startStoreProcess({
  file: path.resolve("dist/telemetry-store.mjs"),
  dir,
  memoryBytes: 1024 ** 3,
  onUrl(now, why) {
    url = now;
    if (now === undefined) store.away(why);
    else store.use(now);
    ingest?.update({ storeUrl: now ?? "" });
  },
  log,
});
ingest = startIngestProcess({
  file: path.resolve("dist/ingest.mjs"),
  orders: () => ({
    host: "127.0.0.1",
    httpPort: 0,
    grpcPort: 0,
    queueBytes: 192 * 1024 ** 2,
    redactKeys: [],
    redactPatterns: [],
    ...(url === undefined ? {} : { storeUrl: url }),
    tokens: [{ hash: hashOf(TOKEN), scopes: [{ role: "reporter", env: "bench", services: "*" }] }],
  }),
  log,
});
while (store.unavailable !== undefined || ingest.ready === undefined) await sleep(50);
const pids = { ingest: ingest.pid ?? 0, store: beside.pid ?? 0 };
const load = new OtlpLoad({
  url: `http://127.0.0.1:${ingest.ready.httpPort}`,
  token: TOKEN,
  connections: CONNECTIONS,
  bodies,
});
await sleep(3_000);
const before = { ingest: await usageOf(pids.ingest), store: await usageOf(pids.store) };
const acceptedBefore = load.accepted;
const fromMs = performance.now();
const peaks = { ingest: 0, store: 0 };
while (performance.now() - fromMs < SECONDS * 1_000) {
  await sleep(250);
  for (const name of ["ingest", "store"] as const) {
    peaks[name] = Math.max(peaks[name], (await usageOf(pids[name])).residentMb);
  }
}
const seconds = (performance.now() - fromMs) / 1_000;
const spans = load.accepted - acceptedBefore;
const after = { ingest: await usageOf(pids.ingest), store: await usageOf(pids.store) };
await load.stop();
const [row] = await store.query<{ spans: number }>(
  "SELECT count() AS spans FROM otel_traces",
  {},
  { deadlineMs: 60_000 },
);
const cpu = (name: keyof typeof pids): number =>
  ((after[name].cpuSeconds - before[name].cpuSeconds) * 1e6) / spans;
const rate = spans / seconds;
const whole = row?.spans === load.accepted;
console.log(
  `     CPU a span: ingest ${cpu("ingest").toFixed(1)} µs, store ${cpu("store").toFixed(1)} µs, together ${(cpu("ingest") + cpu("store")).toFixed(1)} µs · ` +
    `bare decoder ${(1e6 / peer).toFixed(1)} µs (${((cpu("ingest") + cpu("store")) / (1e6 / peer)).toFixed(1)} ×)`,
);
console.log(
  `     memory at most: ingest ${peaks.ingest.toFixed(0)} MiB, store ${peaks.store.toFixed(0)} MiB`,
);
console.log(
  `     answers: ${[...load.statuses].map(([status, count]) => `${count} × ${status}`).join(", ")}`,
);
console.log(
  `${whole ? "ok  " : "MISS"} ${row?.spans ?? 0} spans are there of ${load.accepted} that were answered for`,
);
console.log(
  `${rate >= AIM ? "ok  " : "MISS"} ${rate.toFixed(0)} spans a second from socket to store (aim ${AIM})`,
);
await ingest.stop();
store.away("done");
await beside.stop();
await rm(dir, { recursive: true, force: true });
process.exit(rate >= AIM && whole ? 0 : 1);
