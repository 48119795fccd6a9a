import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { JournalEdit } from "@leverframe/agent/protocol";
import { pino } from "pino";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HistoryReader } from "../../src/features/history/history-reader.ts";
import type { HistoryStore, Position } from "../../src/features/history/history-store.ts";
import { openClient } from "../../src/infra/sql/adapters.ts";
import { type Database, openDatabase } from "../../src/infra/sql/database.ts";
import { createHistoryReader } from "../../src/infra/sql/history-reader.ts";
import { createHistoryStore } from "../../src/infra/sql/history-store.ts";
import { MigrationError, migrate, migrationsOf } from "../../src/infra/sql/migrations.ts";
import { journalEdit, journalOf } from "../support/journals.ts";
import { PostgresServer } from "../support/postgres-server.ts";
import { freshEnvironment } from "../support/worker-etcd.ts";

/** One contract, and both providers keep it. */
const log = pino({ level: "silent" });
const EPOCH = "epochaaaaaaaa";
let postgres: PostgresServer;
let dir = "";
beforeAll(async () => {
  postgres = await PostgresServer.start();
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-sql-"));
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

let databases = 0;
const EMPTY = {
  sqlite: async () => pathToFileURL(path.join(dir, `history-${databases++}.db`)).href,
  postgresql: () => postgres.createDatabase(`history_${databases++}`),
} as const;

test("SQLite's files are their owner's alone, and hold nothing of a transaction that failed", async () => {
  const url = await EMPTY.sqlite();
  const database = openDatabase(url, { log });
  await database.ready(10_000);
  const broken = database.transaction(async (tx) => {
    await tx.verification.create({
      data: { id: "a", identifier: "a", value: "a", expiresAt: new Date() },
    });
    throw new Error("not committed");
  });
  await expect(broken).rejects.toThrow("not committed");
  expect(await database.run((client) => client.verification.count())).toBe(0);
  for (const file of ["", "-wal"]) {
    expect((await stat(`${fileURLToPath(url)}${file}`)).mode & 0o077, file).toBe(0);
  }
  await database.close();
  await expect(database.run((client) => client.verification.count())).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
});

test("many transactions on SQLite keep one connection", async () => {
  const database = openDatabase(await EMPTY.sqlite(), { log });
  await database.ready(10_000);
  const open = async (): Promise<number> => (await readdir("/proc/self/fd")).length;
  const before = await open();
  for (let n = 0; n < 100; n += 1) await database.transaction((tx) => tx.historyLife.count());
  expect((await open()) - before).toBeLessThan(10);
  await database.close();
});

describe.each(["sqlite", "postgresql"] as const)("the history in %s", (provider) => {
  let url = "";
  let database: Database;
  let store: HistoryStore;
  let reader: HistoryReader;
  beforeAll(async () => {
    url = await EMPTY[provider]();
    database = openDatabase(url, { log });
    await database.ready(10_000);
    store = createHistoryStore(database);
    reader = createHistoryReader(database);
  });
  afterAll(() => database.close());

  /** An environment whose journals are written through the store. */
  async function begin(fence = 10) {
    const env = freshEnvironment();
    let position = await store.beginLife(env, undefined, { epoch: EPOCH, baseRevision: 0, fence });
    const write = async (revision: number, edits: JournalEdit[], given: object = {}): Promise<string> => {
      const journal = journalOf(edits, given);
      position = await store.append(env, position!, [{ id: journal.id, revision, journal }], fence);
      expect(position?.revision).toBe(revision);
      return journal.id;
    };
    return { env, write, at: (): Position => position! };
  }

  test("gives a change set back as its journal was, with its place", async () => {
    const { env, write, at } = await begin();
    const edits = [journalEdit("order/switch/pay", 3), journalEdit("order/config/page", null)];
    const id = await write(41, edits, { groupId: ulid(), override: { broke: ["a"], reason: "fire" } });
    const found = await reader.changeSet(env, id);
    expect(found).toMatchObject({ env, epoch: EPOCH, revision: 41, journal: { id, edits, reason: "why" } });
    expect(found?.journal.override).toEqual({ broke: ["a"], reason: "fire" });
    expect(await reader.changeSet(env, ulid())).toBeUndefined();
    expect(await reader.position(env)).toEqual({ epoch: EPOCH, revision: 41 });
    expect(at()).toEqual({ life: 1, epoch: EPOCH, revision: 41, fence: 10 });
    expect(await reader.position(freshEnvironment())).toEqual({ epoch: "", revision: 0 });
  });

  test("pages change sets newest first, each once, and filters them", async () => {
    const { env, write } = await begin();
    for (let revision = 1; revision <= 25; revision += 1) {
      const author = { kind: "person" as const, id: revision % 5 === 0 ? "bob" : "ada" };
      await write(revision, [journalEdit(`order/switch/s${revision % 2}`, revision)], { author });
    }
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await reader.changeSets(env, { limit: 7, cursor });
      expect(page.rows.length).toBeLessThanOrEqual(7);
      seen.push(...page.rows.map((row) => row.revision));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index));
    const byBob = await reader.changeSets(env, { limit: 200, author: "bob" });
    expect(byBob.rows.map((row) => row.revision)).toEqual([25, 20, 15, 10, 5]);
    const byName = await reader.changeSets(env, { limit: 200, service: "order", kind: "switch", name: "s1" });
    expect(byName.rows).toHaveLength(13);
    expect((await reader.changeSets(env, { limit: 200, service: "cart" })).rows).toEqual([]);
    await expect(reader.changeSets(env, { limit: 5, cursor: "1; DROP" })).rejects.toMatchObject({
      code: "INVALID",
    });
  });

  test("finds change sets by words of their reason or author, in any case of letters, newest first", async () => {
    const { env, write } = await begin();
    const other = await begin();
    const by = (id: string, reason: string) => ({ author: { kind: "person" as const, id }, reason });
    const edits = [journalEdit("order/switch/pay", 1)];
    await write(1, edits, by("ada", "Payment is SLOW since noon"));
    await write(2, edits, by("bob", "支付变慢，先降级"));
    await write(3, edits, by("ada", "100% of users"));
    await write(4, edits, by("eve", "100 of users"));
    await other.write(5, edits, by("ada", "payment elsewhere"));
    const found = async (...terms: string[]) =>
      (await reader.mentions(env, terms, 10)).map(({ revision }) => revision);
    expect(await found("payment")).toEqual([1]);
    expect(await found("slow", "ada")).toEqual([1]);
    expect(await found("slow", "bob")).toEqual([]);
    expect(await found("变慢")).toEqual([2]);
    expect(await found("ada")).toEqual([3, 1]);
    expect(await found("100%")).toEqual([3]);
    expect(await found("_")).toEqual([]);
    expect((await reader.mentions(env, ["a"], 1)).map(({ revision }) => revision)).toEqual([3]);
  });

  test("knows each version of a resource, and which was in force when", async () => {
    const { env, write } = await begin();
    const ref = { service: "order", kind: "switch", name: "pay" } as const;
    const at = (minute: number): string => `2026-11-01T00:${String(minute).padStart(2, "0")}:00.000Z`;
    await write(5, [journalEdit("order/switch/pay", 1, "a")], { at: at(1) });
    await write(9, [journalEdit("order/switch/pay", 2, "b")], { at: at(2) });
    await write(12, [journalEdit("order/switch/pay", null)], { at: at(3) });
    await write(15, [journalEdit("order/switch/pay", 1, "c")], { at: at(4) });
    const versions = await reader.versions(env, ref, { limit: 3 });
    expect(versions.rows.map(({ revision, version, op }) => [revision, version, op])).toEqual([
      [15, 1, "put"],
      [12, 2, "delete"],
      [9, 2, "put"],
    ]);
    const rest = await reader.versions(env, ref, { limit: 3, cursor: versions.next });
    expect(rest.rows.map((row) => [row.revision, row.body])).toEqual([
      [5, { spec: { value: "a" }, meta: { version: 1 } }],
    ]);
    expect(rest.next).toBeUndefined();
    expect((await reader.versionAt(env, ref, { revision: 11 }))?.revision).toBe(9);
    expect((await reader.versionAt(env, ref, { revision: 13 }))?.op).toBe("delete");
    expect((await reader.versionAt(env, ref, { at: at(2) }))?.revision).toBe(9);
    expect((await reader.versionAt(env, ref, { at: at(59) }))?.revision).toBe(15);
    expect(await reader.versionAt(env, ref, { revision: 4 })).toBeUndefined();
    expect(await reader.versionAt(env, ref, { at: at(0) })).toBeUndefined();
  });

  test("tells the whole state of a moment, without what was deleted", async () => {
    const { env, write } = await begin();
    await write(2, [journalEdit("order/switch/a", 1), journalEdit("cart/switch/b", 1)]);
    await write(4, [journalEdit("order/switch/a", 2), journalEdit("*/config/c", 1)]);
    await write(6, [journalEdit("cart/switch/b", null), journalEdit("order/limit/d", 1)]);
    const state = async (revision: number, service?: string) =>
      (await reader.stateAt(env, { revision }, service)).map(
        (one) => `${one.service}/${one.kind}/${one.name} v${one.version}`,
      );
    expect(await state(1)).toEqual([]);
    expect(await state(3)).toEqual(["cart/switch/b v1", "order/switch/a v1"]);
    expect(await state(5)).toEqual(["*/config/c v1", "cart/switch/b v1", "order/switch/a v2"]);
    expect(await state(99)).toEqual(["*/config/c v1", "order/limit/d v1", "order/switch/a v2"]);
    expect(await state(99, "order")).toEqual(["order/limit/d v1", "order/switch/a v2"]);
  });

  test("keeps lives of etcd apart: what was lost in a restore is no part of the present", async () => {
    const { env, write, at } = await begin();
    const minute = (n: number): string => `2026-11-02T00:0${n}:00.000Z`;
    await write(10, [journalEdit("order/switch/a", 1)], { at: minute(1) });
    await write(20, [journalEdit("order/switch/a", 2), journalEdit("order/switch/b", 1)], { at: minute(2) });
    const next = { epoch: "epochbbbbbbbb", baseRevision: 10, fence: 3 };
    const life = await store.beginLife(env, at(), next);
    expect(life).toEqual({ life: 2, epoch: next.epoch, revision: 10, fence: 3 });
    const journal = journalOf([journalEdit("order/switch/c", 1)], { at: minute(3) });
    await store.append(env, life!, [{ id: journal.id, revision: 15, journal }], 3);
    const names = async (moment: { revision: number } | { at: string }) =>
      (await reader.stateAt(env, moment)).map((one) => `${one.name} v${one.version}`);
    expect(await names({ revision: 99 })).toEqual(["a v1", "c v1"]);
    expect(await names({ at: minute(2) })).toEqual(["a v2", "b v1"]);
    expect(await names({ at: minute(3) })).toEqual(["a v1", "c v1"]);
    const ref = { service: "order", kind: "switch", name: "a" } as const;
    expect((await reader.versionAt(env, ref, { revision: 99 }))?.version).toBe(1);
    const all = await reader.changeSets(env, { limit: 10 });
    expect(all.rows.map((row) => [row.epoch, row.revision])).toEqual([
      [next.epoch, 15],
      [EPOCH, 20],
      [EPOCH, 10],
    ]);
  });

  test("writes only from where the position is, under a fence no older than the last, and each id once", async () => {
    const { env, write, at } = await begin(10);
    await write(5, [journalEdit("order/switch/a", 1)]);
    const journal = journalOf([journalEdit("order/switch/a", 2)]);
    const one = [{ id: journal.id, revision: 7, journal }];
    expect(await store.append(env, { ...at(), revision: 4 }, one, 11)).toBeUndefined();
    expect(await store.append(env, { ...at(), life: 2 }, one, 11)).toBeUndefined();
    expect(await store.append(env, at(), one, 9)).toBeUndefined();
    expect((await reader.changeSets(env, { limit: 10 })).rows).toHaveLength(1);
    const moved = await store.append(env, at(), one, 12);
    expect(moved).toMatchObject({ revision: 7, fence: 12 });
    const again = await store.append(env, moved!, [{ ...one[0]!, revision: 8 }], 12);
    expect(again?.revision).toBe(8);
    expect((await reader.changeSet(env, journal.id))?.revision).toBe(7);
    expect((await reader.changeSets(env, { limit: 10 })).rows).toHaveLength(2);
    expect(await store.beginLife(env, at(), { epoch: "other", baseRevision: 0, fence: 99 })).toBeUndefined();
    expect(await store.beginLife(env, undefined, { epoch: "o", baseRevision: 0, fence: 99 })).toBeUndefined();
  });

  test("forgets what is old, but keeps the newest versions and what was in force", async () => {
    const { env, write } = await begin();
    const day = (n: number): string => new Date(Date.UTC(2026, 0, n)).toISOString();
    const ids: string[] = [];
    for (let n = 1; n <= 20; n += 1) {
      const edits = [journalEdit("order/switch/busy", n)];
      if (n === 3) edits.push(journalEdit("order/switch/calm", 1));
      ids.push(await write(n, edits, { at: day(n) }));
    }
    const before = new Date(day(15));
    // In force on day 15 was the version of day 14, which is not among the newest four.
    expect(await store.forget(env, before, 4, new AbortController().signal)).toBe(13);
    const ref = { service: "order", kind: "switch", name: "busy" } as const;
    const left = await reader.versions(env, ref, { limit: 50 });
    expect(left.rows.map((row) => row.revision)).toEqual([20, 19, 18, 17, 16, 15, 14]);
    expect(await store.forget(env, before, 10, new AbortController().signal)).toBe(0);
    expect(await reader.changeSet(env, ids[0]!)).toBeUndefined();
    // Its other resource was changed once only, and stays.
    expect((await reader.changeSet(env, ids[2]!))?.journal.edits).toHaveLength(2);
    expect((await reader.stateAt(env, { revision: 99 })).map((one) => one.name)).toEqual(["busy", "calm"]);
    expect((await reader.stateAt(env, { at: day(15) })).map((one) => one.version)).toEqual([15, 1]);
  });

  test("holds bodies of a full transaction in one batch", async () => {
    const { env, at } = await begin();
    const journals = Array.from({ length: 200 }, (_, index) => {
      const edits = [0, 1, 2].map((n) => journalEdit(`s${index}/config/c${n}`, 1, "ä".repeat(2_000)));
      const journal = journalOf(edits);
      return { id: journal.id, revision: index + 1, journal };
    });
    expect((await store.append(env, at(), journals, 10))?.revision).toBe(200);
    expect(await reader.stateAt(env, { revision: 200 })).toHaveLength(600);
    const known = await store.known(
      env,
      journals.map((one) => one.id),
    );
    expect(new Set(known.map((one) => one.revision)).size).toBe(200);
  });

  test("is migrated by one of many that start at once", async () => {
    const fresh = await EMPTY[provider]();
    const opened = Array.from({ length: 4 }, () => openDatabase(fresh, { log }));
    try {
      await Promise.all(opened.map((one) => one.ready(20_000)));
      const rows = await opened[0]!.run(
        (client) =>
          client.$queryRawUnsafe('SELECT "migration_name" FROM "_prisma_migrations"') as Promise<unknown[]>,
      );
      expect(rows).toHaveLength(migrationsOf(provider).length);
    } finally {
      await Promise.all(opened.map((one) => one.close()));
    }
  });

  test("refuses a migration that was changed, and leaves nothing of one that fails", async () => {
    const { client } = openClient(await EMPTY[provider]());
    try {
      const good = [{ name: "20260101000000_good", sql: 'CREATE TABLE "One" ("a" INTEGER);\n' }];
      expect(await migrate(client, provider, good)).toEqual(["20260101000000_good"]);
      expect(await migrate(client, provider, good)).toEqual([]);
      const bad = {
        name: "20260102000000_bad",
        sql: 'CREATE TABLE "Two" ("a" INTEGER);\n\nCREATE TABLE "One" ("a" INTEGER);\n',
      };
      const failed = migrate(client, provider, [...good, bad]);
      await expect(failed).rejects.toThrow(/20260102000000_bad failed, and nothing of it was applied/);
      await expect(client.$queryRawUnsafe('SELECT * FROM "Two"')).rejects.toThrow();
      const changed = migrate(client, provider, [{ ...good[0]!, sql: `${good[0]!.sql}-- more\n` }]);
      await expect(changed).rejects.toBeInstanceOf(MigrationError);
      // What a newer release applied is left alone.
      expect(await migrate(client, provider, [])).toEqual([]);
    } finally {
      await client.$disconnect();
    }
  });
});
