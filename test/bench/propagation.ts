import { fork } from "node:child_process";
import { Agent as HttpAgent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { openEtcd } from "@leverframe/agent/etcd";
import { headKey, journalRoot, liveKey } from "@leverframe/agent/protocol";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import type { RawOrders } from "./hosts/raw-publisher.ts";
import { builtHost } from "./support/built-host.ts";
import { post, publishRequest, revisionOf } from "./support/operator-request.ts";
import { median, percentile } from "./support/statistics.ts";
import { Fleet } from "./support/watching-fleet.ts";

/**
 * From an operator's HTTP request to the new value returned by the API of the last of N agents (one connection each,
 * in processes of their own, receipts on), beside raw etcd transactions with the same client, connections and watches
 * behind a bare HTTP handler: interleaved, in runs; the ratio of medians and of p99 of each run, and the median of runs.
 */
const ENV = "bench";
const SERVICE = "fleet";
/** Flags of Node's own for the server, the fleets or the raw publisher, such as `--cpu-prof`, to look closer. */
const flagsOf = (name: string): string[] =>
  (process.env[name] ?? "").split(" ").filter((flag) => flag !== "");
const RUNS = Number(process.env["RUNS"] ?? 5);
const sizes = (process.argv[2] ?? "1,100,1000").split(",").map(Number);
const PLAN: Readonly<Record<number, { hosts: number; warm: number; samples: number; limit: number }>> = {
  1: { hosts: 1, warm: 60, samples: 40, limit: 1.3 },
  100: { hosts: 2, warm: 60, samples: 20, limit: 1.3 },
  1000: { hosts: 4, warm: 10, samples: 10, limit: 1.5 },
};

const keepAlive = new HttpAgent({ keepAlive: true, maxSockets: 1 });

const pad = "x".repeat(400);

/** Writes a request; then sends it; then reads what was answered. */
type Prepare = (value: number) => () => Promise<() => void>;

interface Timed {
  /** To the last agent's API. */
  readonly lastMs: number;
  /** To the answer to the operator. */
  readonly ackMs: number;
}

interface Run {
  readonly ours50: number;
  readonly raw50: number;
  readonly ours99: number;
  readonly raw99: number;
  readonly oursAck: number;
  readonly rawAck: number;
}

/** How long the values of one change set of ours are, so that the floor writes as much. */
async function writtenBytes(endpoint: string): Promise<RawOrders["bytes"]> {
  const etcd = openEtcd({ endpoints: [endpoint] });
  const length = async (prefix: string): Promise<number> =>
    (await etcd.range({ prefix })).kvs[0]?.value.length ?? 0;
  try {
    return {
      live: await length(liveKey(ENV, { service: SERVICE, kind: "config", name: "bench" })),
      head: await length(headKey(ENV, SERVICE)),
      journal: await length(journalRoot(ENV)),
    };
  } finally {
    etcd.close();
  }
}

async function measure(size: number): Promise<{ size: number; ratio: number; ratio99: number; ok: boolean }> {
  const plan = PLAN[size] ?? { hosts: 4, warm: 5, samples: 10, limit: 1.5 };
  const etcd = await EtcdServer.start();
  const server = await ControlPlaneProcess.start({
    etcd: etcd.endpoint,
    environments: ENV,
    execArgv: flagsOf("SERVER_FLAGS"),
  });
  const token = await server.token();
  let revision = 0;
  /** A request that is written and not yet sent: the operator's client is no part of the measure. */
  const ours: Prepare = (value) => {
    const request = publishRequest(server.url, token, {
      env: ENV,
      service: SERVICE,
      kind: "config",
      name: "bench",
      spec: { format: "json", value: JSON.stringify({ value, pad }) },
      baseRevision: revision,
    });
    return async () => {
      const answer = await post(request, keepAlive);
      return () => {
        revision = revisionOf(answer);
      };
    };
  };
  (await ours(0)())();
  const rawPublisher = fork(await builtHost("raw-publisher"), [], {
    stdio: "inherit",
    execArgv: flagsOf("RAW_FLAGS"),
  });
  const bytes = await writtenBytes(etcd.endpoint);
  rawPublisher.send({ endpoint: etcd.endpoint, prefix: "/raw/", bytes } satisfies RawOrders);
  const rawPort = await new Promise<number>((resolve) =>
    rawPublisher.once("message", (message) => resolve((message as { port: number }).port)),
  );
  const rawPublish: Prepare = (value) => {
    const request = {
      url: `http://127.0.0.1:${rawPort}/`,
      body: JSON.stringify({ value, pad }),
      headers: {},
    };
    return async () => {
      await post(request, keepAlive);
      return () => undefined;
    };
  };
  const base = {
    endpoint: etcd.endpoint,
    env: ENV,
    service: SERVICE,
    rawPrefixes: ["/raw/live/own/", "/raw/live/all/"],
  };
  const agents = await Fleet.start({ ...base, mode: "agents" }, size, plan.hosts, flagsOf("AGENT_FLAGS"));
  const watchers = await Fleet.start({ ...base, mode: "raw" }, size, plan.hosts, flagsOf("WATCH_FLAGS"));
  // Receipts of a change come up to 50 ms + 2 × spread later; the next sample starts when they are in.
  const settleMs = 120 + size;
  await sleep(settleMs + 1_000);
  const time = async (fleet: Fleet, prepare: Prepare, value: number): Promise<Timed> => {
    const all = fleet.last(value);
    const send = prepare(value);
    const startedAt = process.hrtime.bigint();
    const acknowledged = send().then((read) => ({ atNs: process.hrtime.bigint(), read }));
    const [{ atNs: ackNs, read }, lastNs] = await Promise.all([acknowledged, all]);
    read();
    await sleep(settleMs);
    return { lastMs: Number(lastNs - startedAt) / 1e6, ackMs: Number(ackNs - startedAt) / 1e6 };
  };
  const runs: Run[] = [];
  let value = 0;
  const pair = async (oursFirst: boolean): Promise<{ ours: Timed; raw: Timed }> => {
    value += 1;
    if (!oursFirst) {
      const raw = await time(watchers, rawPublish, value);
      return { raw, ours: await time(agents, ours, value) };
    }
    const first = await time(agents, ours, value);
    return { ours: first, raw: await time(watchers, rawPublish, value) };
  };
  for (let warm = 0; warm < plan.warm; warm += 1) await pair(warm % 2 === 0);
  for (let run = 0; run < RUNS; run += 1) {
    const pairs: { ours: Timed; raw: Timed }[] = [];
    for (let sample = 0; sample < plan.samples; sample += 1) pairs.push(await pair(sample % 2 === 0));
    const of = (read: (one: (typeof pairs)[number]) => number): number[] => pairs.map(read);
    runs.push({
      ours50: median(of(({ ours }) => ours.lastMs)),
      raw50: median(of(({ raw }) => raw.lastMs)),
      ours99: percentile(
        of(({ ours }) => ours.lastMs),
        0.99,
      ),
      raw99: percentile(
        of(({ raw }) => raw.lastMs),
        0.99,
      ),
      oursAck: median(of(({ ours }) => ours.ackMs)),
      rawAck: median(of(({ raw }) => raw.ackMs)),
    });
  }
  const ratio = median(runs.map((one) => one.ours50 / one.raw50));
  const ratio99 = median(runs.map((one) => one.ours99 / one.raw99));
  const show = (key: keyof (typeof runs)[number]): string => median(runs.map((one) => one[key])).toFixed(1);
  console.log(
    `${ratio <= plan.limit ? "ok  " : "MISS"} last of ${String(size).padStart(4)}: ` +
      `ours p50 ${show("ours50")} ms p99 ${show("ours99")} ms · raw p50 ${show("raw50")} ms p99 ${show("raw99")} ms · ` +
      `ratio of medians ${ratio.toFixed(2)} (≤ ${plan.limit}; runs ${runs.map((one) => (one.ours50 / one.raw50).toFixed(2)).join(" ")}) · of p99 ${ratio99.toFixed(2)} · ` +
      `answered after ${show("oursAck")} ms, raw ${show("rawAck")} ms`,
  );
  agents.stop();
  watchers.stop();
  rawPublisher.disconnect();
  await server.stop();
  await server[Symbol.asyncDispose]();
  await etcd.close();
  return { size, ratio, ratio99, ok: ratio <= plan.limit };
}

let ok = true;
for (const size of sizes) ok = (await measure(size)).ok && ok;
keepAlive.destroy();
process.exitCode = ok ? 0 : 1;
