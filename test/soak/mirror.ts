import { parseArgs } from "node:util";
import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import { EtcdServer } from "../support/etcd-server.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { GroupLoad } from "../support/group-load.ts";
import { MirrorWitness } from "../support/mirror-witness.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";

/**
 * Many changes through every fault at once: connections cut in the middle of messages, stalls one way, refusals,
 * compactions while away, kills of etcd; and a wipe at the end. Four mirrors follow. Exits with 1 when any of them broke
 * a promise. `--changes 40000 --seed N`.
 */
const { values } = parseArgs({
  options: { changes: { type: "string", default: "40000" }, seed: { type: "string" } },
});
const changes = Number(values.changes);
const seed = seedOfRun(values.seed);
const random = seeded(seed);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const PREFIX = "/soak/";
const HEAD = `${PREFIX}~head`;
const KEYS = 8;
const startedMs = performance.now();

console.log(`mirror soak: ${changes} changes, seed ${seed}`);

const server = await EtcdServer.start();
const direct = openEtcd({ endpoints: [server.endpoint] });
const proxy = await FaultProxy.start(server.clientPort);
const clients: Etcd[] = [];
const throughProxy = (): Etcd => {
  const etcd = openEtcd({ endpoints: [proxy.endpoint] });
  clients.push(etcd);
  return etcd;
};
const byHead = { kind: "head" as const, key: HEAD, epochOf: (value: Buffer) => value.toString() };
const witnesses = [byHead, byHead, { kind: "newest" as const }, { kind: "newest" as const }].map(
  (check) => new MirrorWitness({ etcd: throughProxy(), prefix: PREFIX, check, keysPerGroup: KEYS }),
);
for (const witness of witnesses) witness.mirror.start();
await Promise.all(witnesses.map((witness) => witness.mirror.ready(10_000)));

const counts = { cuts: 0, stalls: 0, refusals: 0, compactions: 0, kills: 0 };
let epoch = "epoch-1";
const load = new GroupLoad({
  etcd: direct,
  prefix: PREFIX,
  random,
  groups: 40,
  keysPerGroup: KEYS,
  padBytes: 40,
  head: { key: HEAD, body: () => epoch },
});
const newest = (): number => Math.max(0, ...load.acknowledged);
const written = new AbortController();

/** One fault after another for as long as there is load, so that every one of them hits traffic. */
async function breakThings(): Promise<void> {
  while (!written.signal.aborted) {
    const draw = random();
    if (draw < 0.7) {
      proxy.cutAfter("down", Math.floor(random() * 200_000));
      const untilMs = performance.now() + 1_000;
      while (proxy.cutPending && performance.now() < untilMs && !written.signal.aborted) await sleep(3);
    } else if (draw < 0.82) {
      const direction = random() < 0.5 ? "up" : "down";
      counts.stalls++;
      proxy.pause(direction);
      await sleep(random() * 600);
      proxy.resume(direction);
    } else if (draw < 0.93) {
      counts.refusals++;
      proxy.refuse(true);
      proxy.cutAll();
      await sleep(random() * 800);
      if (random() < 0.5 && load.acknowledged.size > 0) {
        counts.compactions++;
        await direct.compact(newest()).catch(() => undefined);
      }
      proxy.refuse(false);
    } else if (draw < 0.96) {
      counts.kills++;
      await server.kill();
      await sleep(random() * 300);
      await server.up();
    }
    await sleep(random() * 120);
  }
}

const breaking = breakThings();
await load.run({ changes, lanes: 6, pauseMs: 25 });
written.abort();
await breaking;
proxy.heal();
const loadedMs = performance.now();
await load.step();
const violations: string[] = [];

async function judge(label: string): Promise<void> {
  for (const [i, witness] of witnesses.entries()) {
    try {
      await witness.reach(newest(), 60_000);
    } catch (error) {
      violations.push(`${label}, mirror ${i}: ${String(error)}`);
    }
    for (const wrong of await witness.verdict(direct, load))
      violations.push(`${label}, mirror ${i}: ${wrong}`);
  }
}

await judge("after the faults");
const settledMs = Math.round(performance.now() - loadedMs);
counts.cuts = proxy.cuts;
const figures = witnesses.map((witness) => ({
  applied: witness.changes,
  ...witness.mirror.counters,
  state: witness.mirror.status.state,
}));

// Another life of the data: what went before is void.
epoch = "epoch-2";
await server.wipe();
load.acknowledged.clear();
await load.run({ changes: 1_000 });
for (const untilMs = performance.now() + 20_000; performance.now() < untilMs; await sleep(20))
  if (witnesses.every((witness) => witness.mirror.counters.epochs > 0)) break;
await judge("after the wipe");
for (const [i, witness] of witnesses.entries())
  if (witness.mirror.counters.epochs !== 1)
    violations.push(`mirror ${i} saw ${witness.mirror.counters.epochs} epochs`);

await Promise.all(witnesses.map((witness) => witness.mirror.close()));
for (const client of clients) client.close();
direct.close();
await proxy.close();
await server.close();

console.table(figures);
console.log(JSON.stringify({ seed, changes: load.changes, unknown: load.unknown, ...counts, settledMs }));
console.log(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s, ${violations.length} violations`);
for (const violation of violations.slice(0, 50)) console.error(`VIOLATION ${violation}`);
process.exitCode = violations.length === 0 ? 0 : 1;
