import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createAgent } from "@leverframe/agent";
import { openEtcd } from "@leverframe/agent/etcd";
import { EtcdServer } from "../support/etcd-server.ts";

/**
 * Ten million calls through everything that an agent does for one: a decision, the choice of an instance, breaker, and
 * `agent.call` with its policies. What the process then holds more than after the first half million, and what is left
 * once the agent is closed. Exits with 1 where that is more than is promised.
 */
const CALLS = Number(process.argv[2] ?? 10_000_000);
const WARM = 500_000;
const MOST_MB = 5;
const MB = 1_048_576;
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const write = (line: string): void => void process.stdout.write(`${line}\n`);

const server = await EtcdServer.start();
const etcd = openEtcd({ endpoints: [server.endpoint] });
const agent = createAgent({ service: "shop", env: "bench", etcd, instance: "shop-1", snapshotDir: false });
const callee = createAgent({
  service: "bank",
  env: "bench",
  etcd,
  instance: "bank-1",
  address: "127.0.0.1:9",
  metrics: false,
  snapshotDir: false,
});
const lever = agent.switch("comments", { level: "non-core" });
const breaker = agent.breaker("bank");
const bank = agent.service("bank");
await Promise.all([agent.start(), callee.start()]);

const failure = new Error("no");
let made = 0;
/** One call in a hundred fails, and what is retried is made at once. */
const work = async (): Promise<number> => {
  made += 1;
  if (made % 100 === 0) throw failure;
  return 1;
};
const options = {
  timeout: { timeoutMs: 1_000 },
  retry: { maxAttempts: 2, waitDurationMs: 0, maxWaitDurationMs: 0 },
  limit: { type: "CONCURRENCY", maxConcurrentCalls: 100, maxQueueDurationMs: 0 },
  idempotent: true,
} as const;

async function run(calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    if (lever.isDegraded({ userId: `u-${call % 1_000}` })) throw new Error("nobody pulled it");
    const taken = bank.acquire();
    const under = call % 2 === 0 ? agent.call("bank", work, options) : breaker.call(work);
    await under.catch(() => undefined);
    taken?.done();
    // The process has other work, too.
    if (call % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function rss(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().rss / MB;
}

await run(WARM);
const before = await rss();
const beganMs = performance.now();
const tenth = Math.ceil(CALLS / 10);
for (let done = 0; done < CALLS; done += tenth) {
  await run(Math.min(tenth, CALLS - done));
  write(`${((done + tenth) / 1e6).toFixed(1).padStart(6)} million calls: ${(await rss()).toFixed(1)} MB`);
}
const tookMs = performance.now() - beganMs;
const grown = (await rss()) - before;
write(
  `${CALLS.toLocaleString("en")} calls, ${((tookMs * 1e6) / CALLS).toFixed(0)} ns each: RSS ${grown >= 0 ? "+" : ""}${grown.toFixed(1)} MB (< ${MOST_MB})`,
);

await Promise.all([agent.close(), callee.close()]);
etcd.close();
await server.stop();
await new Promise((resolve) => setTimeout(resolve, 200));
const left = process
  .getActiveResourcesInfo()
  .filter((kind) => !/^(PipeWrap|TTYWrap|FSReqCallback|Immediate)$/.test(kind));
write(`left after close(): ${left.length === 0 ? "nothing" : left.join(", ")}`);
if (grown >= MOST_MB || left.length > 0) process.exitCode = 1;
