import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { journalKey, journalRoot, leaderKey } from "@leverframe/agent/protocol";
import { pino } from "pino";
import { ulid } from "ulid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Drain } from "../../src/features/history/drain.ts";
import type { HistoryEntry } from "../../src/features/history/history-reader.ts";
import { HistoryService } from "../../src/features/history/history-service.ts";
import { pruneJournals } from "../../src/features/history/retention.ts";
import { monotonicMs, sleep } from "../../src/infra/clock.ts";
import { createJournalSource } from "../../src/infra/etcd/journal-source.ts";
import { type Database, openDatabase } from "../../src/infra/sql/database.ts";
import { createHistoryReader } from "../../src/infra/sql/history-reader.ts";
import { createHistoryStore } from "../../src/infra/sql/history-store.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { heldHistory } from "../support/held-history.ts";
import {
  type CommittedJournal,
  commitJournal,
  journalEdit,
  journalOf,
  makeLeader,
  setEpoch,
} from "../support/journals.ts";
import { eventually } from "../support/operator.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** Real etcd into real SQL: each journal once, in the order of the commits, whatever breaks in between. */
const worker = useWorkerEtcd();
const log = pino({ level: "silent" });
let postgres: PostgresServer;
let dir = "";
beforeAll(async () => {
  postgres = await PostgresServer.start();
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-drain-"));
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const FIRST = "epochaaaaaaaa";
const SECOND = "epochbbbbbbbb";
let count = 0;
let env = "";
let fence = 0;
const ends: (() => Promise<void>)[] = [];
beforeEach(async () => {
  env = freshEnvironment();
  await setEpoch(worker.etcd, env, FIRST);
  fence = await makeLeader(worker.etcd);
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const source = () => createJournalSource(() => worker.etcd, log);

function open(url: string): Database {
  const database = openDatabase(url, { log, backoffFirstMs: 20, backoffMaxMs: 100 });
  ends.push(() => database.close());
  return database;
}

const emptySqlite = (): string => pathToFileURL(path.join(dir, `drain-${count++}.db`)).href;
const emptyPostgres = (): Promise<string> => postgres.createDatabase(`drain_${count++}`);

interface Running {
  readonly drain: Drain;
  readonly problems: string[];
  stop(): Promise<void>;
}

/** A drain that leads by `fence` until stopped. */
function run(database: Database, under = fence): Running {
  const problems: string[] = [];
  const drain = new Drain(env, {
    journals: source(),
    store: createHistoryStore(database),
    now: monotonicMs,
    today: () => new Date(),
    sleep,
    onProjected: () => undefined,
    onProblem: ({ what, err }) => problems.push(`${what}${err instanceof Error ? `: ${err.message}` : ""}`),
  });
  const over = new AbortController();
  const running = drain.run(under, over.signal);
  const stop = async (): Promise<void> => {
    over.abort();
    await running;
  };
  ends.push(stop);
  return { drain, problems, stop };
}

const commit = (name = "order/switch/pay", version = 1, given: object = {}): Promise<CommittedJournal> =>
  commitJournal(worker.etcd, env, journalOf([journalEdit(name, version)], given));

const placesOf = (rows: readonly HistoryEntry[]) => rows.map((row) => [row.journal.id, row.revision]);
const placesIn = (rows: readonly CommittedJournal[]) => rows.map((row) => [row.id, row.revision]);

async function expectHeld(database: Database, committed: readonly CommittedJournal[]): Promise<void> {
  const rows = await eventually(
    () => heldHistory(database, env).catch(() => []),
    (rows) => rows.length >= committed.length,
    30_000,
  );
  expect(placesOf(rows)).toEqual(placesIn(committed));
}

describe.each(["sqlite", "postgresql"] as const)("the drain into %s", (provider) => {
  const empty = async (): Promise<string> => (provider === "sqlite" ? emptySqlite() : emptyPostgres());

  test("takes what stood before it began and what comes after, in order", async () => {
    const committed: CommittedJournal[] = [];
    for (let n = 1; n <= 30; n += 1) committed.push(await commit("order/switch/pay", n));
    const database = open(await empty());
    const { drain } = run(database);
    for (let n = 31; n <= 60; n += 1) committed.push(await commit("order/switch/pay", n));
    await expectHeld(database, committed);
    await eventually(
      () => drain.caughtUp,
      (caughtUp) => caughtUp,
    );
    expect([drain.waiting, drain.delayMs]).toEqual([0, 0]);
    expect((await heldHistory(database, env))[40]?.journal).toEqual(committed[40]?.journal);
  });

  test("passes over what is no journal of ours, and says so", async () => {
    const first = await commit();
    await worker.etcd.put(`${journalRoot(env)}stranger`, "not JSON");
    await worker.etcd.put(journalKey(env, ulid()), JSON.stringify(journalOf([])));
    const last = await commit();
    const database = open(await empty());
    const { problems } = run(database);
    await expectHeld(database, [first, last]);
    expect(problems.filter((what) => what.includes("passed over"))).toHaveLength(2);
  });

  test("fills an emptied database again from what etcd holds", async () => {
    const committed = [await commit(), await commit(), await commit()];
    const before = open(await empty());
    const running = run(before);
    await expectHeld(before, committed);
    // Under its feet, as a restore does: it looks every five seconds, though nothing new happens.
    await before.run(async (client) => {
      await client.changeSet.deleteMany({ where: { env } });
      await client.historyCursor.deleteMany({ where: { env } });
      await client.historyLife.deleteMany({ where: { env } });
    });
    await expectHeld(before, committed);
    await running.stop();
    const after = open(await empty());
    run(after);
    await expectHeld(after, committed);
  });

  test("stopped anywhere and begun again, doubles nothing and leaves nothing out", async () => {
    const random = seeded(seedOfRun(process.env["SEED"]));
    const database = open(await empty());
    const committed: CommittedJournal[] = [];
    const writing = (async () => {
      for (let n = 1; n <= 400; n += 1) committed.push(await commit("order/switch/pay", n));
    })();
    for (let restart = 0; restart < 15; restart += 1) {
      const running = run(database);
      await pause(random() * 60);
      await running.stop();
    }
    run(database);
    await writing;
    await expectHeld(database, committed);
  });

  test("keeps lives of etcd apart, and never doubles an id that both know", async () => {
    const database = open(await empty());
    const running = run(database);
    const old = [await commit(), await commit(), await commit()];
    await expectHeld(database, old);
    await running.stop();
    // Restored to before the last one, and confirmed.
    await worker.etcd.txn({ compare: [], success: [{ delete: journalKey(env, old[2]!.id) }] });
    await setEpoch(worker.etcd, env, SECOND);
    const fresh = [await commit("order/switch/other"), await commit("order/switch/other", 2)];
    run(database);
    await expectHeld(database, [...old, ...fresh]);
    const rows = await heldHistory(database, env);
    expect(rows.map((row) => row.epoch)).toEqual([FIRST, FIRST, FIRST, SECOND, SECOND]);
    const reader = createHistoryReader(database);
    expect(await reader.position(env)).toEqual({ epoch: SECOND, revision: fresh[1]!.revision });
    const state = await reader.stateAt(env, { revision: fresh[1]!.revision });
    expect(state.map((one) => [one.name, one.revision])).toEqual([
      ["other", fresh[1]!.revision],
      ["pay", old[1]!.revision],
    ]);
  });

  test("knows a restored backup by what it has lost, though its epoch is the same and its revision later", async () => {
    const database = open(await empty());
    const before = run(database);
    const old = [await commit(), await commit("order/switch/pay", 2)];
    await expectHeld(database, old);
    await before.stop();
    await worker.etcd.txn({ compare: [], success: [{ delete: journalKey(env, old[1]!.id) }] });
    const fresh = await commit("order/switch/other");
    run(database);
    await expectHeld(database, [...old, fresh]);
    const state = await createHistoryReader(database).stateAt(env, { revision: fresh.revision });
    expect(state.map((one) => [one.name, one.revision])).toEqual([
      ["other", fresh.revision],
      ["pay", old[0]!.revision],
    ]);
  });

  test("notices another epoch while it runs", async () => {
    const database = open(await empty());
    run(database);
    const first = await commit();
    await expectHeld(database, [first]);
    await setEpoch(worker.etcd, env, SECOND);
    const second = await commit();
    await expectHeld(database, [first, second]);
    expect((await heldHistory(database, env)).map((row) => row.epoch)).toEqual([FIRST, SECOND]);
  });

  test("of a leader that was paused writes nothing once a later one has", async () => {
    const database = open(await empty());
    await database.ready(10_000);
    const later = await makeLeader(worker.etcd);
    const old = run(database, fence);
    const first = await commit();
    await eventually(
      () => old.problems.length,
      (problems) => problems > 0,
    );
    expect(await heldHistory(database, env)).toEqual([]);
    const next = run(database, later);
    await expectHeld(database, [first]);
    // Even where it could not see that another leads: SQL's own fence stops it.
    const store = createHistoryStore(database);
    const position = await store.position(env);
    const stray = journalOf([]);
    expect(
      await store.append(env, position!, [{ id: stray.id, revision: 1e9, journal: stray }], fence),
    ).toBeUndefined();
    await next.stop();
  });

  test("deletes journals from etcd after a week, if they stand in SQL and under the leader's fence only", async () => {
    const database = open(await empty());
    const store = createHistoryStore(database);
    const week = 7 * 24 * 3_600_000;
    const at = (ms: number) => ({ id: ulid(ms), at: new Date(ms).toISOString() });
    const now = Date.now();
    const old = await commit("order/switch/a", 1, at(now - week - 60_000));
    const planned = await commit("order/switch/b", 1, { id: ulid(now - 2 * week) });
    const young = await commit("order/switch/c", 1, at(now - week + 60_000));
    const running = run(database);
    await expectHeld(database, [old, planned, young]);
    await running.stop();
    const unknown = await commit("order/switch/d", 1, at(now - week - 60_000));
    const ports = { journals: source(), store };
    const { signal } = new AbortController();
    expect(await pruneJournals(ports, env, fence + 1, new Date(now), signal)).toBe(0);
    expect(await pruneJournals(ports, env, fence, new Date(now), signal)).toBe(1);
    const left = (await source().list(env)).keys.map((key) => key.id);
    expect(left).toEqual([planned.id, young.id, unknown.id]);
    // What is gone from etcd is no gap: it goes on where it was.
    run(database);
    await expectHeld(database, [old, planned, young, unknown]);
  });
});

test("the service keeps house: etcd lets go after a week, SQL after a month but for the newest versions", {
  timeout: 120_000,
}, async () => {
  const database = open(emptySqlite());
  const day = 24 * 3_600_000;
  const start = Date.now() - 40 * day;
  const committed: CommittedJournal[] = [];
  for (let n = 0; n < 130; n += 1) {
    const ms = start + n * 60_000;
    committed.push(
      await commit("order/switch/busy", n + 1, { id: ulid(ms), at: new Date(ms).toISOString() }),
    );
  }
  const recent = await commit("order/switch/calm", 1);
  const delays: (number | undefined)[] = [];
  const over = new AbortController();
  const service = new HistoryService({
    journals: source(),
    store: createHistoryStore(database),
    environments: () => [env],
    leadership: () => ({
      fence: { key: leaderKey, createRevision: fence },
      lead(work) {
        void work({ key: leaderKey, createRevision: fence }, over.signal);
        return () => over.abort();
      },
    }),
    now: monotonicMs,
    today: () => new Date(),
    sleep,
    onProjected: () => undefined,
    onDelay: (_, delayMs) => delays.push(delayMs),
    onProblem: () => undefined,
  });
  service.start();
  ends.push(() => service.close());
  await eventually(
    () => source().list(env),
    (listing) => listing.keys.length === 1,
  );
  const left = await eventually(
    () => heldHistory(database, env),
    (rows) => rows.length === 101,
  );
  expect(placesOf(left)).toEqual(placesIn([...committed.slice(-100), recent]));
  expect(service.status(env)).toEqual({ delayMs: 0, waiting: 0 });
  await service.close();
  expect(service.status(env)).toBeUndefined();
  expect(delays.at(-1)).toBeUndefined();
});

test("a large backlog is read in bounded pieces: bodies that memory does not keep come from etcd", {
  timeout: 120_000,
}, async () => {
  const database = open(emptySqlite());
  const { drain } = run(database, fence + 1);
  const committed: CommittedJournal[] = [];
  for (let n = 1; n <= 40; n += 1) {
    const edit = journalEdit("order/config/page", n, `${n}`.repeat(200_000));
    committed.push(await commitJournal(worker.etcd, env, journalOf([edit])));
  }
  expect(drain.caughtUp).toBe(false);
  run(database);
  await expectHeld(database, committed);
  expect((await heldHistory(database, env))[39]?.journal).toEqual(committed[39]?.journal);
});

test("SQL cut off again and again under load: each once, in order, and the delay is known meanwhile", {
  timeout: 120_000,
}, async () => {
  const random = seeded(seedOfRun(process.env["SEED"]));
  const url = await emptyPostgres();
  await using proxy = await FaultProxy.start(postgres.port);
  const direct = open(url);
  await direct.ready(10_000);
  const cut = open(url.replace(`:${postgres.port}/`, `:${proxy.port}/`));
  const { drain } = run(cut);
  const committed: CommittedJournal[] = [];
  const writing = { on: true };
  const writer = (async () => {
    for (let n = 1; writing.on; n += 1) committed.push(await commit("order/switch/pay", n));
  })();
  for (let fault = 0; fault < 12; fault += 1) {
    await pause(random() * 100);
    // In the middle of an answer or of a request: whether it was committed is then unknown.
    proxy.cutAfter(random() < 0.5 ? "down" : "up", Math.ceil(random() * 4_000));
    await eventually(
      () => proxy.cutPending,
      (pending) => !pending,
    );
  }
  proxy.refuse(true);
  proxy.cutAll();
  await pause(1_200);
  expect(drain.delayMs).toBeGreaterThan(800);
  expect(drain.waiting).toBeGreaterThan(10);
  proxy.heal();
  writing.on = false;
  await writer;
  await expectHeld(direct, committed);
  expect(proxy.cuts).toBeGreaterThan(10);
  await eventually(
    () => drain.delayMs,
    (delayMs) => delayMs === 0,
  );
});
