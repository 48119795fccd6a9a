import { createAgent } from "@leverframe/agent";
import { openEtcd } from "@leverframe/agent/etcd";
import { leverframeFetch } from "@leverframe/agent/http";
import { Agent as Connections, fetch as undiciFetch } from "undici";
import { trafficBody } from "../support/bodies.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { HttpService } from "../support/http-service.ts";
import { Operator } from "../support/operator.ts";
import { percentile } from "./support/statistics.ts";

/**
 * One of ten instances is ten times slower: real HTTP servers in processes of their own, four requests at a time each, 10 ms
 * of work and 100 ms. Requests come at random moments that are the same for each balancer (an open loop: a slow answer
 * delays no later request), and the balancer is changed live, by the caller's traffic lever. Latencies of the last seconds
 * of each run, and how p99 compares with round robin's.
 */
const INSTANCES = 10;
const WORK_MS = 10;
const WORKERS = 4;
/** At the usual rate the slow one is asked for more than it can do by round robin. */
const USUAL_RATE = 500;
const REQUESTS_PER_SECOND = Number(process.argv[2] ?? USUAL_RATE);
const RUN_MS = 10_000;
const WARM_UP_MS = 2_000;
const TIMEOUT_MS = 30_000;
/** What this program states, at the usual rate. */
const LEAST_FACTOR = { P2C: 3, LATENCY_EWMA: 3 } as const;

const env = "bench";
const server = await EtcdServer.start();
const etcd = openEtcd({ endpoints: [server.endpoint] });
const operator = new Operator(etcd, env);
await operator.commit("*", {});
const services: HttpService[] = [];
for (let index = 0; index < INSTANCES; index++) {
  const slow = index === 0;
  services.push(
    await HttpService.start({
      env,
      service: "payment",
      instance: slow ? "payment-slow" : `payment-${index}`,
      endpoints: [server.endpoint],
      workMs: slow ? 10 * WORK_MS : WORK_MS,
      workers: WORKERS,
    }),
  );
}
const agent = createAgent({
  service: "gateway",
  env,
  instance: "gateway-1",
  etcd,
  metrics: false,
  snapshotDir: false,
  dependencies: ["payment"],
});
await agent.start();
const connections = new Connections({ pipelining: 1 });
const call = leverframeFetch(agent, {
  fetch: undiciFetch as unknown as typeof fetch,
  dispatcher: connections,
});

/** Gaps between requests, exponential, from the same seed each time. */
function* gaps(): Generator<number> {
  let state = 42;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    yield (-Math.log(((state >>> 0) + 1) / 4_294_967_297) * 1_000) / REQUESTS_PER_SECOND;
  }
}

interface Run {
  readonly latenciesMs: number[];
  slow: number;
  failed: number;
}

async function run(): Promise<Run> {
  const result: Run = { latenciesMs: [], slow: 0, failed: 0 };
  const open = new Set<Promise<void>>();
  const fromMs = performance.now();
  let dueMs = 0;
  for (const gapMs of gaps()) {
    dueMs += gapMs;
    if (dueMs > RUN_MS) break;
    const aheadMs = fromMs + dueMs - performance.now();
    if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    const counted = dueMs > WARM_UP_MS;
    const one = request(fromMs + dueMs, counted, result).finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
  return result;
}

/** Its latency begins when it was due, so that a client that falls behind hides nothing. */
async function request(dueMs: number, counted: boolean, result: Run): Promise<void> {
  try {
    const answer = await call("http://payment/pay", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { instance } = (await answer.json()) as { instance: string };
    if (counted && instance === "payment-slow") result.slow++;
  } catch {
    if (counted) result.failed++;
  }
  if (counted) result.latenciesMs.push(performance.now() - dueMs);
}

async function balanceBy(balancer: "ROUND_ROBIN" | "P2C" | "LATENCY_EWMA"): Promise<void> {
  await operator.commit("gateway", { "traffic/payment": trafficBody({ balancer }) });
  while (agent.service("payment").balancing.balancer !== balancer) await new Promise(setImmediate);
}

process.stdout.write(
  `${INSTANCES} instances, one ${10 * WORK_MS} ms and the others ${WORK_MS} ms, ${WORKERS} requests at a time each; ` +
    `${REQUESTS_PER_SECOND} requests/s for ${RUN_MS / 1_000} s, the first ${WARM_UP_MS / 1_000} s not counted\n\n` +
    `balancer          p50        p99       max   to the slow one   failed   p99 beside round robin\n`,
);
let turnsP99 = Number.NaN;
let missed = false;
for (const balancer of ["ROUND_ROBIN", "P2C", "LATENCY_EWMA"] as const) {
  await balanceBy(balancer);
  const { latenciesMs, slow, failed } = await run();
  const p99 = percentile(latenciesMs, 0.99);
  if (balancer === "ROUND_ROBIN") turnsP99 = p99;
  const factor = turnsP99 / p99;
  const stated =
    balancer === "ROUND_ROBIN" || REQUESTS_PER_SECOND !== USUAL_RATE ? undefined : LEAST_FACTOR[balancer];
  if (failed > 0 || (stated !== undefined && !(factor >= stated))) missed = true;
  const ms = (value: number): string => `${value.toFixed(1).padStart(8)} ms`;
  const share = `${((100 * slow) / latenciesMs.length).toFixed(2)} %`.padStart(17);
  process.stdout.write(
    `${balancer.padEnd(13)}${ms(percentile(latenciesMs, 0.5))}${ms(p99)}${ms(Math.max(...latenciesMs))}${share}` +
      `${String(failed).padStart(9)}   ${factor.toFixed(1)} × better${stated === undefined ? "" : ` (stated: ${stated})`}\n`,
  );
}
process.stdout.write(missed ? "\nMISSED\n" : "\nmet\n");
process.exitCode = missed ? 1 : 0;

await agent.close();
await connections.close();
await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
etcd.close();
await server.close();
