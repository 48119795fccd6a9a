import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { Drain } from "../../src/features/history/drain.ts";
import type { HistoryEntry } from "../../src/features/history/history-reader.ts";
import type { JournalSource } from "../../src/features/history/journal-source.ts";
import { monotonicMs, sleep } from "../../src/infra/clock.ts";
import { createJournalSource } from "../../src/infra/etcd/journal-source.ts";
import { type Database, openDatabase } from "../../src/infra/sql/database.ts";
import { createHistoryStore } from "../../src/infra/sql/history-store.ts";
import { eventually } from "./eventually.ts";
import { heldHistory } from "./held-history.ts";
import {
  type CommittedJournal,
  commitJournal,
  journalEdit,
  journalOf,
  makeLeader,
  setEpoch,
} from "./journals.ts";
import { PostgresServer } from "./postgres-server.ts";
import { freshEnvironment, useWorkerEtcd, type WorkerEtcd } from "./worker-etcd.ts";

const log = pino({ level: "silent" });
export const FIRST = "epochaaaaaaaa";
let worker: WorkerEtcd;
let postgres: PostgresServer;
let dir = "";
let count = 0;
/** Of the test that runs: an environment of its own, and the fence of whoever leads. */
export let env = "";
export let fence = 0;
/** What the test that runs leaves behind, ended after it. */
export const ends: (() => Promise<void>)[] = [];

/** Call it at the top of a file: real etcd, real PostgreSQL, and an environment for each test. */
export function openDrains(): { readonly worker: WorkerEtcd; readonly postgres: () => PostgresServer } {
  worker = useWorkerEtcd();
  beforeAll(async () => {
    postgres = await PostgresServer.start();
    dir = await mkdtemp(path.join(tmpdir(), "leverframe-drain-"));
  });
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    env = freshEnvironment();
    await setEpoch(worker.etcd, env, FIRST);
    fence = await makeLeader(worker.etcd);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  return { worker, postgres: () => postgres };
}

export const source = () => createJournalSource(() => worker.etcd, log);

export function open(url: string): Database {
  const database = openDatabase(url, { log, backoffFirstMs: 20, backoffMaxMs: 100 });
  ends.push(() => database.close());
  return database;
}

export const emptySqlite = (): string => pathToFileURL(path.join(dir, `drain-${count++}.db`)).href;
export const emptyPostgres = (): Promise<string> => postgres.createDatabase(`drain_${count++}`);

export interface Running {
  readonly drain: Drain;
  readonly problems: string[];
  stop(): Promise<void>;
}

/** A drain that leads by `fence` until stopped. */
export function run(database: Database, under = fence, journals: JournalSource = source()): Running {
  const problems: string[] = [];
  const drain = new Drain(env, {
    journals,
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

export const commit = (
  name = "order/switch/pay",
  version = 1,
  given: object = {},
): Promise<CommittedJournal> =>
  commitJournal(worker.etcd, env, journalOf([journalEdit(name, version)], given));

export const placesOf = (rows: readonly HistoryEntry[]) => rows.map((row) => [row.journal.id, row.revision]);
export const placesIn = (rows: readonly CommittedJournal[]) => rows.map((row) => [row.id, row.revision]);

export async function expectHeld(database: Database, committed: readonly CommittedJournal[]): Promise<void> {
  const rows = await eventually(
    () => heldHistory(database, env).catch(() => []),
    (rows) => rows.length >= committed.length,
    30_000,
  );
  expect(placesOf(rows)).toEqual(placesIn(committed));
}
