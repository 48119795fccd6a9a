import { setTimeout as pause } from "node:timers/promises";
import { journalRoot } from "@leverframe/agent/protocol";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../src/infra/sql/database.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { heldHistory } from "../support/held-history.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";
import { Writer } from "../support/writers.ts";

/**
 * Guarantee (DESIGN §8): SQL gone, or the control plane killed at any instant, levers still move; afterwards the
 * history holds each change set once, in the order of the commits, at the revisions that etcd gave them.
 */
const worker = useWorkerEtcd();
const log = pino({ level: "silent" });
let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await PostgresServer.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** What etcd holds, by revision. */
async function committed(env: string): Promise<readonly (readonly [string, number])[]> {
  const root = journalRoot(env);
  const { kvs } = await worker.etcd.range({ prefix: root, keysOnly: true });
  return kvs
    .map((entry) => [entry.key.slice(root.length), entry.modRevision] as const)
    .sort(([, a], [, b]) => a - b);
}

async function expectTheSame(url: string, env: string, writers: readonly Writer[]): Promise<void> {
  const database = openDatabase(url, { log });
  try {
    await database.ready(20_000);
    const wanted = await committed(env);
    const rows = await eventually(
      () => heldHistory(database, env),
      (rows) => rows.length >= wanted.length,
      30_000,
    );
    expect(rows.map((row) => [row.journal.id, row.revision])).toEqual(wanted);
    const byId = new Map(rows.map((row) => [row.journal.id, row]));
    for (const writer of writers) {
      for (const { id, revision, payload } of writer.acknowledged) {
        expect(byId.get(id)).toMatchObject({ revision, journal: { reason: payload } });
      }
    }
  } finally {
    await database.close();
  }
}

const readyz = async (server: ControlPlaneProcess) => {
  const answer = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  const { checks } = (await answer.json()) as { checks: Record<string, { ok: boolean; why?: string }> };
  return { status: answer.status, sql: checks["sql"] };
};

const delayOf = async (server: ControlPlaneProcess, env: string): Promise<number | undefined> => {
  const answer = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${await server.token()}` },
    signal: AbortSignal.timeout(5_000),
  });
  const text = await answer.text();
  const found = new RegExp(`^leverframe_read_model_delay_seconds\\{env="${env}"\\} (.+)$`, "m").exec(text);
  return found === null ? undefined : Number(found[1]);
};

test("SQL stopped and started again under load: levers move, and the history holds each change once, in order", {
  timeout: 120_000,
}, async () => {
  const env = "prod";
  const url = await postgres.createDatabase("outage");
  await using server = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: env,
    env: { DATABASE_URL: url },
  });
  const levers = await server.levers();
  const writers = ["a", "b", "c", "d"].map(
    (name) =>
      new Writer(
        env,
        name,
        () => levers,
        () => 5,
      ),
  );
  const running = writers.map((writer) => writer.run());
  await eventually(
    () => readyz(server),
    ({ sql }) => sql?.ok === true,
    20_000,
  );
  await pause(1_000);
  for (let outage = 0; outage < 3; outage += 1) {
    await (outage === 1 ? postgres.kill() : postgres.stop());
    const before = writers[0]!.acknowledged.length;
    const away = await eventually(
      () => readyz(server),
      ({ sql }) => sql?.ok === false,
    );
    expect(away).toEqual({ status: 200, sql: { ok: false, why: "sql: not ready, history catches up" } });
    await eventually(
      () => delayOf(server, env),
      (delay) => (delay ?? 0) > 0.5,
    );
    await eventually(
      () => writers[0]!.acknowledged.length,
      (count) => count > before + 5,
    );
    // Started without SQL too: nothing waits for it.
    if (outage === 2) {
      await server.stop();
      await server.up();
      expect((await readyz(server)).status).toBe(200);
    }
    await postgres.up();
    await pause(1_500);
  }
  for (const writer of writers) writer.stop();
  await Promise.all(running);
  await expectTheSame(url, env, writers);
  await eventually(
    () => delayOf(server, env),
    (delay) => delay === 0,
  );
});

test("SIGKILL of the control plane at random instants: the history is exact, and was never ahead of etcd", {
  timeout: 180_000,
}, async () => {
  const env = "killed";
  const random = seeded(seedOfRun(process.env["SEED"]));
  const url = await postgres.createDatabase("kills");
  await using server = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: env,
    env: { DATABASE_URL: url },
  });
  const levers = await server.levers();
  const writers = ["a", "b", "c"].map((name) => new Writer(env, name, () => levers));
  const running = writers.map((writer) => writer.run());
  for (let kill = 0; kill < 6; kill += 1) {
    // The lease of the killed leader must end before the next may lead and drain.
    await pause(1_000 + random() * 6_000);
    await server.kill();
    await server.up();
  }
  for (const writer of writers) writer.stop();
  await Promise.all(running);
  await expectTheSame(url, env, writers);
});
