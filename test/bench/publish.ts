import { type ChildProcess, fork } from "node:child_process";
import { Agent as HttpAgent } from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openEtcd } from "@leverframe/agent/etcd";
import { headKey, journalRoot, liveKey } from "@leverframe/agent/protocol";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import type { RawOrders } from "./hosts/raw-publisher.ts";
import type { WritersOrders } from "./hosts/raw-writers.ts";
import { post, publishRequest, revisionOf } from "./support/operator-request.ts";
import { median, percentile } from "./support/statistics.ts";

/**
 * Change sets a second through the control plane at 1, 8 and 64 writers, each on a lever of its own, beside bare etcd
 * transactions of the same shape and sizes, in turns; and how far the history in SQL is behind, also at a steady 200 a
 * second. All on this machine: operators, control plane, SQL and etcd share its cores. `npm run bench -- publish
 * [1,8,64] [postgresql]`: SQLite if nothing is said.
 */
const ENV = "bench";
const SERVICE = "fleet";
const RUN_MS = Number(process.env["RUN_MS"] ?? 4_000);
const RUNS = Number(process.env["RUNS"] ?? 3);
const POSTGRES = process.argv.includes("postgresql");
const WRITERS = (process.argv[2]?.match(/^[\d,]+$/)?.[0] ?? "1,8,64").split(",").map(Number);
const STEADY_PER_SECOND = 200;
const STEADY_MS = 10_000;
const DELAY_LIMIT_MS = 500;

const pad = "x".repeat(400);
const etcd = await EtcdServer.start();
const postgres = POSTGRES ? await PostgresServer.start() : undefined;
const server = await ControlPlaneProcess.start({
  etcd: etcd.endpoint,
  environments: ENV,
  env: postgres === undefined ? {} : { DATABASE_URL: await postgres.createDatabase("bench") },
});
const token = await server.token();
const http = new HttpAgent({ keepAlive: true, maxSockets: 128 });
const revisions = new Map<string, number>();

/** One pull of a lever of its own; gives ms. */
async function pull(name: string): Promise<number> {
  const request = publishRequest(server.url, token, {
    env: ENV,
    service: SERVICE,
    kind: "config",
    name,
    spec: { format: "json", value: JSON.stringify({ value: Math.random(), pad }) },
    baseRevision: revisions.get(name) ?? 0,
  });
  const sentMs = performance.now();
  revisions.set(name, revisionOf(await post(request, http)));
  return performance.now() - sentMs;
}

async function ours(writers: number): Promise<{ perSecond: number; took: number[] }> {
  const until = performance.now() + RUN_MS;
  const took: number[] = [];
  const loop = async (writer: number): Promise<void> => {
    while (performance.now() < until) took.push(await pull(`w${writer}`));
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => loop(writer)));
  return { perSecond: (took.length * 1_000) / RUN_MS, took };
}

async function raw(writers: number, bytes: RawOrders["bytes"]): Promise<number> {
  const child: ChildProcess = fork(path.resolve("test/bench/hosts/raw-writers.ts"), [], {
    stdio: "inherit",
    execArgv: [...process.execArgv],
  });
  const orders: WritersOrders = { endpoint: etcd.endpoint, prefix: "/raw/", bytes, writers, ms: RUN_MS };
  child.send(orders);
  const done = await new Promise<number>((resolve, reject) => {
    child.once("message", (count) => resolve(count as number));
    child.once("exit", (code) => reject(new Error(`the floor ended with ${code}`)));
  });
  child.removeAllListeners("exit");
  child.disconnect();
  return (done * 1_000) / RUN_MS;
}

/** How many values of the histogram of delays are at or below each bound, cumulative, by bound in ms. */
async function delays(): Promise<Map<number, number>> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const buckets = new Map<number, number>();
  for (const line of (await answer.text()).split("\n")) {
    const found = /^leverframe_read_model_projected_seconds_bucket\{.*le="([^"]+)".*\} (\d+)/.exec(line);
    if (found) buckets.set(Number(found[1] === "+Inf" ? "Infinity" : found[1]) * 1_000, Number(found[2]));
  }
  return buckets;
}

/** The bound below which 99 % of what came since lies, and how many came. */
async function delaySince(before: ReadonlyMap<number, number>): Promise<{ p99: number; count: number }> {
  await sleep(2_500);
  const after = [...(await delays())].sort(([a], [b]) => a - b);
  const since = after.map(([bound, count]): [number, number] => [bound, count - (before.get(bound) ?? 0)]);
  const count = since.at(-1)?.[1] ?? 0;
  return { p99: since.find(([, below]) => below >= count * 0.99)?.[0] ?? Number.NaN, count };
}

async function writtenBytes(): Promise<RawOrders["bytes"]> {
  const client = openEtcd({ endpoints: [etcd.endpoint] });
  const length = async (prefix: string): Promise<number> =>
    (await client.range({ prefix })).kvs[0]?.value.length ?? 0;
  try {
    return {
      live: await length(liveKey(ENV, { service: SERVICE, kind: "config", name: "w0" })),
      head: await length(headKey(ENV, SERVICE)),
      journal: await length(journalRoot(ENV)),
    };
  } finally {
    client.close();
  }
}

for (let warm = 0; warm < 200; warm += 1) await pull("w0");
const bytes = await writtenBytes();
let ok = true;
for (const writers of WRITERS) {
  const before = await delays();
  const pairs: { ours: number; raw: number }[] = [];
  const took: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const first = await ours(writers);
    took.push(...first.took);
    pairs.push({ ours: first.perSecond, raw: await raw(writers, bytes) });
  }
  const { p99, count } = await delaySince(before);
  console.log(
    `${String(writers).padStart(3)} writers: ${median(pairs.map((one) => one.ours)).toFixed(0)} change sets/s ` +
      `(p50 ${median(took).toFixed(1)} ms, p99 ${percentile(took, 0.99).toFixed(1)} ms) · raw ` +
      `${median(pairs.map((one) => one.raw)).toFixed(0)}/s · ratio ${median(pairs.map((one) => one.ours / one.raw)).toFixed(2)} · ` +
      `read model: p99 ≤ ${p99} ms (${count})`,
  );
}
const before = await delays();
const startedMs = performance.now();
const steady: Promise<number>[] = [];
for (let index = 0; index < (STEADY_PER_SECOND * STEADY_MS) / 1_000; index += 1) {
  const dueMs = startedMs + (index * 1_000) / STEADY_PER_SECOND;
  await sleep(Math.max(0, dueMs - performance.now()));
  // A name for each slot of a second: no two pulls of a lever are under way at once.
  steady.push(pull(`s${index % STEADY_PER_SECOND}`));
}
const took = await Promise.all(steady);
const { p99, count } = await delaySince(before);
ok = p99 <= DELAY_LIMIT_MS && count >= took.length;
console.log(
  `${ok ? "ok  " : "MISS"} steady ${STEADY_PER_SECOND}/s for ${STEADY_MS / 1_000} s: publish p50 ${median(took).toFixed(1)} ms ` +
    `p99 ${percentile(took, 0.99).toFixed(1)} ms · read model p99 ≤ ${p99} ms of ${count} (≤ ${DELAY_LIMIT_MS} ms)`,
);
http.destroy();
await server.stop();
await server[Symbol.asyncDispose]();
await etcd.close();
await postgres?.[Symbol.asyncDispose]();
process.exitCode = ok ? 0 : 1;
