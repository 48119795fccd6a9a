import { type ChildProcess, fork } from "node:child_process";
import { Agent as HttpAgent } from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Mirror, openEtcd } from "@leverframe/agent/etcd";
import { receiptsRoot } from "@leverframe/agent/protocol";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import type { LightOrders, LightReport } from "./hosts/light-agents.ts";
import { post, publishRequest, revisionOf } from "./support/operator-request.ts";
import { percentile } from "./support/statistics.ts";

/**
 * One change of a lever of every service (`*`), pulled over HTTP in front of 6,000 light agents: how long until the
 * receipts of all are in etcd, and what commits of another lever cost meanwhile, beside the same when nothing moves.
 */
const ENV = "bench";
const AGENTS = Number(process.argv[2] ?? 6_000);
const HOSTS = 6;
const CLIENTS_PER_HOST = 8;
const ROUNDS = Number(process.env["RUNS"] ?? 3);
const COMMITS_PER_SECOND = 20;
const IDLE_MS = 15_000;
/** Receipts carry decisions once more, 10 s and the spread later; then it is quiet again. */
const QUIET_MS = 10_000 + AGENTS + 5_000;
const RECEIPTS_WITHIN_MS = 10_000;
const MOST_RATIO = 2;
const PATIENCE_MS = 60_000;

const flagsOf = (name: string): string[] =>
  (process.env[name] ?? "").split(" ").filter((flag) => flag !== "");
const http = new HttpAgent({ keepAlive: true });

async function startHosts(endpoint: string): Promise<{ children: ChildProcess[]; rssMb: number }> {
  const children: ChildProcess[] = [];
  const each = Math.ceil(AGENTS / HOSTS);
  const sizes = await Promise.all(
    Array.from({ length: HOSTS }, async (_, host) => {
      const child = fork(path.resolve("test/bench/hosts/light-agents.ts"), [], {
        stdio: "inherit",
        execArgv: [...process.execArgv, ...flagsOf("AGENT_FLAGS")],
      });
      children.push(child);
      const ready = new Promise<LightReport>((resolve, reject) => {
        child.once("message", (report) => resolve(report as LightReport));
        child.once("exit", (code) => reject(new Error(`a host ended with ${code}`)));
      });
      const count = Math.min(each, AGENTS - host * each);
      child.send({
        endpoint,
        env: ENV,
        service: `fleet-${host}`,
        count,
        clients: CLIENTS_PER_HOST,
        startRate: 40,
      } satisfies LightOrders);
      return (await ready).rssMb;
    }),
  );
  return { children, rssMb: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Counts the instances whose receipt proves a revision of the shared levers. */
class Receipts {
  readonly mirror: Mirror;
  readonly #proved = new Map<string, number>();
  #wanted: { revision: number; done: () => void } | undefined;
  #count = 0;

  constructor(endpoint: string) {
    this.mirror = new Mirror({
      etcd: openEtcd({ endpoints: [endpoint] }),
      prefix: receiptsRoot(ENV),
      check: { kind: "newest" },
      onBatch: ({ changes }) => {
        for (const change of changes) {
          if (change.type === "delete") continue;
          const { sharedRevision } = JSON.parse(change.entry.value.toString()) as { sharedRevision: number };
          const { key } = change.entry;
          const wanted = this.#wanted?.revision ?? Number.POSITIVE_INFINITY;
          if ((this.#proved.get(key) ?? 0) < wanted && sharedRevision >= wanted) this.#count += 1;
          this.#proved.set(key, sharedRevision);
        }
        this.#look();
      },
    });
    this.mirror.start();
  }

  /** Resolves when all agents have proved it. */
  all(revision: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${this.#count} of ${AGENTS} receipts after ${PATIENCE_MS} ms`)),
        PATIENCE_MS,
      );
      this.#count = 0;
      for (const proved of this.#proved.values()) if (proved >= revision) this.#count += 1;
      this.#wanted = {
        revision,
        done: () => {
          clearTimeout(late);
          resolve();
        },
      };
      this.#look();
    });
  }

  #look(): void {
    const wanted = this.#wanted;
    if (wanted === undefined || this.#count < AGENTS) return;
    this.#wanted = undefined;
    wanted.done();
  }
}

/** Pulls one switch again and again; each from the revision that the last one gave. */
class Lever {
  readonly #server: ControlPlaneProcess;
  readonly #token: string;
  readonly #service: string;
  #revision = 0;
  #degraded = false;

  constructor(server: ControlPlaneProcess, token: string, service: string) {
    this.#server = server;
    this.#token = token;
    this.#service = service;
  }

  /** Gives the revision. */
  async pull(): Promise<number> {
    this.#degraded = !this.#degraded;
    const request = publishRequest(this.#server.url, this.#token, {
      env: ENV,
      service: this.#service,
      kind: "switch",
      name: "bench",
      spec: { position: this.#degraded ? "DEGRADED" : "NORMAL", level: "core", strategy: "simplified" },
      baseRevision: this.#revision,
    });
    this.#revision = revisionOf(await post(request, http));
    return this.#revision;
  }
}

/** Does it at a steady rate until told to stop; gives what each took in ms. */
async function steadily(work: () => Promise<unknown>, until: Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  const ending = { over: false };
  void until.finally(() => {
    ending.over = true;
  });
  const fromMs = performance.now();
  for (let index = 0; !ending.over; index += 1) {
    const dueMs = fromMs + (index * 1_000) / COMMITS_PER_SECOND;
    await sleep(Math.max(0, dueMs - performance.now()));
    if (ending.over) break;
    const sentMs = performance.now();
    await work();
    took.push(performance.now() - sentMs);
  }
  return took;
}

/** What commits cost through the control plane, and what plain puts cost at the same moments: etcd's own share. */
class Costs {
  readonly commits: number[] = [];
  readonly puts: number[] = [];

  async gather(until: Promise<unknown>): Promise<void> {
    const [commits, puts] = await Promise.all([
      steadily(() => other.pull(), until),
      steadily(() => probe.put("/probe", "x".repeat(900)), until),
    ]);
    this.commits.push(...commits);
    this.puts.push(...puts);
  }
}

const etcd = await EtcdServer.start();
const server = await ControlPlaneProcess.start({
  etcd: etcd.endpoint,
  environments: ENV,
  execArgv: flagsOf("SERVER_FLAGS"),
});
const token = await server.token();
const shared = new Lever(server, token, "*");
const other = new Lever(server, token, "other");
const probe = openEtcd({ endpoints: [etcd.endpoint] });
await shared.pull();
await other.pull();
const receipts = new Receipts(etcd.endpoint);
const startedMs = performance.now();
const { children, rssMb } = await startHosts(etcd.endpoint);
await receipts.all(1);
console.log(
  `${AGENTS} agents in ${HOSTS} processes over ${HOSTS * CLIENTS_PER_HOST} connections: started in ` +
    `${((performance.now() - startedMs) / 1_000).toFixed(0)} s, ${rssMb} MiB together`,
);
await receipts.all(await shared.pull());
await sleep(QUIET_MS);
const idle = new Costs();
const storm = new Costs();
const allMs: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  await idle.gather(sleep(IDLE_MS));
  const fromMs = performance.now();
  const all = receipts.all(await shared.pull());
  await storm.gather(all);
  await all;
  allMs.push(performance.now() - fromMs);
  await sleep(QUIET_MS);
}
const worstMs = Math.max(...allMs);
const ratioOf = (of: (costs: Costs) => readonly number[]): number =>
  percentile(of(storm), 0.99) / percentile(of(idle), 0.99);
const ratio = ratioOf(({ commits }) => commits);
const verdict = (ok: boolean): string => (ok ? "ok  " : "MISS");
const figures = (values: readonly number[]): string =>
  `p50 ${percentile(values, 0.5).toFixed(1)} ms p99 ${percentile(values, 0.99).toFixed(1)} ms (${values.length})`;
const inTime = worstMs <= RECEIPTS_WITHIN_MS;
const steady = ratio <= MOST_RATIO;
console.log(
  `${verdict(inTime)} all ${AGENTS} receipts in: ${allMs.map((ms) => (ms / 1_000).toFixed(2)).join(", ")} s (≤ ${RECEIPTS_WITHIN_MS / 1_000} s)`,
);
console.log(
  `${verdict(steady)} commits meanwhile: ${figures(storm.commits)} · idle ${figures(idle.commits)} · ratio of p99 ${ratio.toFixed(2)} (≤ ${MOST_RATIO})`,
);
console.log(
  `     etcd alone, plain puts at the same moments: ${figures(storm.puts)} · idle ${figures(idle.puts)} · ` +
    `ratio of p99 ${ratioOf(({ puts }) => puts).toFixed(2)}`,
);
for (const child of children) {
  child.removeAllListeners("exit");
  child.disconnect();
}
await receipts.mirror.close();
probe.close();
http.destroy();
await server.stop();
await server[Symbol.asyncDispose]();
await etcd.close();
process.exit(inTime && steady ? 0 : 1);
