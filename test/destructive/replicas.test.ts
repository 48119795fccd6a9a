import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { leaderKey, liveKey } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { committedIn, historyOf, placesOf } from "../support/committed.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";
import { Writer } from "../support/writers.ts";

/**
 * Guarantee (DESIGN §8): whichever of several control planes dies or stands still at whatever instant, the history holds
 * each change once and in order, and what ends by itself ends once, not early, and surely.
 */
const ENV = "prod";
const REPLICAS = 3;
const CHANGES = 500;
const WRITERS = 5;
const EXPIRIES = 50;
const KILLS = 10;
const PAUSES = 2;
/** Longer than the leader's lease of 5 s. */
const PAUSE_MS = 8_000;

const worker = useWorkerEtcd();
const normal = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;
const degraded = { ...normal, position: "DEGRADED" } as const;

async function leaderOf(replicas: readonly ControlPlaneProcess[]): Promise<ControlPlaneProcess> {
  for (;;) {
    const entry = await worker.etcd.get(leaderKey);
    const id = entry && (JSON.parse(entry.value.toString()) as { id: string }).id;
    const found = replicas.find((one) => id?.includes(`-${one.pid}-`) === true);
    if (found !== undefined) return found;
    await sleep(50);
  }
}

test("500 change sets and 50 expiries, leaders killed and stopped: history and expiries exactly once", {
  timeout: 400_000,
}, async () => {
  const seed = seedOfRun(process.env["SEED"]);
  console.log(`seed ${seed}`);
  const random = seeded(seed);
  await using postgres = await PostgresServer.start();
  const replicas: ControlPlaneProcess[] = [];
  const shared = {
    DATABASE_URL: await postgres.createDatabase("replicas"),
    LEVERFRAME_SESSION_KEY: randomBytes(32).toString("hex"),
    LEVERFRAME_MASTER_KEYS: `k1:${randomBytes(32).toString("base64url")}`,
  };
  for (let index = 0; index < REPLICAS; index += 1) {
    replicas.push(await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: ENV, env: shared }));
  }
  const ports: LeverPort[] = [];
  for (const replica of replicas) ports.push(await replica.levers());
  // Each asks another replica at each try: any of them serves anything.
  let turn = 0;
  const port = (): LeverPort => {
    turn += 1;
    const found = ports[turn % ports.length];
    if (found === undefined) throw new Error("there is a replica");
    return found;
  };
  const startedMs = Date.now();
  const ends = new Map<string, number>();
  for (let index = 0; index < EXPIRIES; index += 1) {
    const atMs = startedMs + 8_000 + Math.round(random() * 45_000);
    const name = `ends-${index}`;
    ends.set(name, atMs);
    await port().publish({
      env: ENV,
      id: ulid(),
      reason: "for a while",
      edits: [
        {
          service: "order",
          kind: "switch",
          name,
          op: "put",
          spec: degraded,
          baseRevision: 0,
          expiry: { at: new Date(atMs).toISOString(), restore: normal },
        },
      ],
    });
  }
  const writers = Array.from(
    { length: WRITERS },
    (_, index) => new Writer(ENV, `w${index}`, port, () => 300 + random() * 300),
  );
  const writing = Promise.all(writers.map((writer) => writer.run(CHANGES / WRITERS)));
  const troubles = [...Array<"kill">(KILLS).fill("kill"), ...Array<"pause">(PAUSES).fill("pause")]
    .map((what) => ({ what, order: random() }))
    .sort((a, b) => a.order - b.order);
  const paused: { untilMs: number; fence: number }[] = [];
  for (const { what } of troubles) {
    await sleep(random() * 2_500);
    const leader = await leaderOf(replicas);
    if (what === "kill") {
      await leader.kill();
      await leader.up();
    } else {
      const entry = await worker.etcd.get(leaderKey);
      process.kill(leader.pid, "SIGSTOP");
      await sleep(PAUSE_MS);
      paused.push({ untilMs: Date.now(), fence: entry?.createRevision ?? 0 });
      process.kill(leader.pid, "SIGCONT");
      // Whatever it had begun, it may not end in its old name: the key is another's by now.
      expect((await worker.etcd.get(leaderKey))?.createRevision).not.toBe(entry?.createRevision);
    }
  }
  await writing;
  const lastMs = Math.max(...ends.values());
  await sleep(Math.max(0, lastMs + 1_000 - Date.now()));
  await expect
    .poll(
      async () =>
        (await committedIn(worker.etcd, ENV)).filter(({ journal }) => journal.author.kind === "rule").length,
      {
        timeout: 30_000,
      },
    )
    .toBe(EXPIRIES);

  const committed = await committedIn(worker.etcd, ENV);
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  expect(acknowledged).toHaveLength(CHANGES);
  const byId = new Map(committed.map(({ journal, revision }) => [journal.id, revision]));
  expect(acknowledged.filter((one) => byId.get(one.id) !== one.revision)).toEqual([]);
  const ended = new Map<string, number[]>();
  for (const { journal } of committed.filter((one) => one.journal.author.kind === "rule")) {
    const [edit] = journal.edits;
    ended.set(edit?.name ?? "", [...(ended.get(edit?.name ?? "") ?? []), Date.parse(journal.at)]);
  }
  expect([...ended.values()].every((times) => times.length === 1)).toBe(true);
  const lateMs = [...ends].map(([name, atMs]) => (ended.get(name)?.[0] ?? Number.NaN) - atMs);
  expect(lateMs.filter((ms) => !(ms >= 0))).toEqual([]);
  for (const name of ends.keys()) {
    const entry = await worker.etcd.get(liveKey(ENV, { service: "order", kind: "switch", name }));
    expect(entry?.value.toString()).toContain("NORMAL");
  }
  await expect
    .poll(async () => (await historyOf(replicas[0] ?? (await leaderOf(replicas)), ENV)).length, {
      timeout: 60_000,
    })
    .toBe(committed.length);
  for (const replica of replicas) {
    expect(placesOf(await historyOf(replica, ENV))).toEqual(placesOf(committed));
  }
  const sorted = lateMs.toSorted((a, b) => a - b);
  console.log(
    `${KILLS} leaders killed, ${paused.length} stopped for ${PAUSE_MS / 1_000} s; ${committed.length} change sets, ` +
      `${writers.reduce((sum, writer) => sum + writer.unknown, 0)} tries without an answer; expiries late by ` +
      `${sorted[EXPIRIES / 2]?.toFixed(0)} ms (median), ${sorted.at(-1)?.toFixed(0)} ms (worst)`,
  );
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
});
