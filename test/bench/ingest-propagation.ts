import { Agent as HttpAgent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { EtcdServer } from "../support/etcd-server.ts";
import { startTelemetryStage } from "../support/telemetry-stage.ts";
import { post, publishRequest, revisionOf } from "./support/operator-request.ts";
import { RemoteLoad } from "./support/remote-load.ts";
import { median, percentile } from "./support/statistics.ts";
import { Fleet } from "./support/watching-fleet.ts";

/**
 * What ingest costs the levers: from an operator's request to the last of 100 agents, while nothing is sent and while
 * half as many spans come in as the same machine takes at the most. Rounds of both in turn; the ratio of p99 over all
 * samples. The bound: 1.5. Senders run on this machine too, in a niced process of their own: services elsewhere don't take
 * their time from the control plane.
 */
const ENV = "bench";
const SERVICE = "fleet";
const LIMIT = 1.5;
const AGENTS = 100;
const ROUNDS = Number(process.env["ROUNDS"] ?? 6);
const SAMPLES = Number(process.env["SAMPLES"] ?? 50);
const MOST_SECONDS = 10;
const SETTLE_MS = 220;
const CONNECTIONS = 64;

const etcd = await EtcdServer.start();
const stage = await startTelemetryStage({ etcd: etcd.endpoint, environments: ENV });
const token = await stage.server.token();
const reporter = await stage.token({ env: ENV });
const agents = await Fleet.start(
  { endpoint: etcd.endpoint, env: ENV, service: SERVICE, rawPrefixes: [], mode: "agents" },
  AGENTS,
  2,
);
const keepAlive = new HttpAgent({ keepAlive: true, maxSockets: 1 });
const pad = "x".repeat(400);
let value = 0;
let revision = 0;

async function once(): Promise<number> {
  value += 1;
  const request = publishRequest(stage.server.url, token, {
    env: ENV,
    service: SERVICE,
    kind: "config",
    name: "bench",
    spec: { format: "json", value: JSON.stringify({ value, pad }) },
    baseRevision: revision,
  });
  const last = agents.last(value);
  const fromNs = process.hrtime.bigint();
  const answer = await post(request, keepAlive);
  revision = revisionOf(answer);
  const ms = Number((await last) - fromNs) / 1e6;
  await sleep(SETTLE_MS);
  return ms;
}

const send = (spansPerSecond?: number): RemoteLoad =>
  new RemoteLoad({ url: stage.httpUrl, token: reporter, connections: CONNECTIONS, spansPerSecond });

const most = send();
await sleep(4_000);
const acceptedBefore = most.accepted;
const mostFromMs = performance.now();
await sleep(MOST_SECONDS * 1_000);
const rate = ((most.accepted - acceptedBefore) * 1_000) / (performance.now() - mostFromMs);
await most.stop();
console.log(`     the most that is taken here: ${rate.toFixed(0)} spans a second; half of it is sent below`);
for (let warm = 0; warm < 40; warm += 1) await once();

const idle: number[] = [];
const busy: number[] = [];
let taken = 0;
let busyMs = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  for (let sample = 0; sample < SAMPLES; sample += 1) idle.push(await once());
  const load = send(rate / 2);
  await sleep(4_000);
  const before = load.accepted;
  const fromMs = performance.now();
  for (let sample = 0; sample < SAMPLES; sample += 1) busy.push(await once());
  taken += load.accepted - before;
  busyMs += performance.now() - fromMs;
  await load.stop();
  await sleep(1_500);
}
const words = (values: readonly number[]): string =>
  `p50 ${median(values).toFixed(1)} ms, p90 ${percentile(values, 0.9).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms`;
const ratio = percentile(busy, 0.99) / percentile(idle, 0.99);
console.log(`     idle, ${idle.length} samples: ${words(idle)}`);
console.log(
  `     at ${((taken * 1_000) / busyMs).toFixed(0)} spans a second, ${busy.length} samples: ${words(busy)}`,
);
console.log(
  `${ratio <= LIMIT ? "ok  " : "MISS"} to the last of ${AGENTS} agents: p99 ${ratio.toFixed(2)} × idle (≤ ${LIMIT}), p50 ${(median(busy) / median(idle)).toFixed(2)} ×`,
);
agents.stop();
keepAlive.destroy();
await stage.server.stop();
await stage[Symbol.asyncDispose]();
await etcd.close();
process.exit(ratio <= LIMIT ? 0 : 1);
