import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Drain } from "../../src/features/history/drain.ts";
import { monotonicMs, sleep } from "../../src/infra/clock.ts";
import { createJournalSource } from "../../src/infra/etcd/journal-source.ts";
import { openDatabase } from "../../src/infra/sql/database.ts";
import { createHistoryReader } from "../../src/infra/sql/history-reader.ts";
import { createHistoryStore } from "../../src/infra/sql/history-store.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { eventually } from "../support/eventually.ts";
import { heldHistory } from "../support/held-history.ts";
import {
  type CommittedJournal,
  commitJournal,
  journalEdit,
  journalOf,
  makeLeader,
  setEpoch,
} from "../support/journals.ts";

/**
 * Guarantee (DESIGN §4, §8): an etcd that is wiped, or restored from a backup, under a running drain begins another life
 * of the history. Nothing that SQL holds is lost or doubled, and what was lost in etcd is no part of the present.
 */
const ENV = "prod";
const log = pino({ level: "silent" });
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-lives-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A real etcd, SQLite, and a drain between them that leads again whenever told. */
async function begin(name: string) {
  const server = await EtcdServer.start();
  const etcd = server.open();
  const database = openDatabase(pathToFileURL(path.join(dir, `${name}.db`)).href, { log });
  let over = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    over.abort();
    await running;
  };
  return {
    server,
    etcd,
    database,
    reader: createHistoryReader(database),
    async lead(): Promise<void> {
      await stop();
      const fence = await makeLeader(etcd);
      over = new AbortController();
      const drain = new Drain(ENV, {
        journals: createJournalSource(() => etcd, log),
        store: createHistoryStore(database),
        now: monotonicMs,
        today: () => new Date(),
        sleep,
        onProjected: () => undefined,
        onProblem: () => undefined,
      });
      running = drain.run(fence, over.signal);
    },
    commit: (lever: string, version: number) =>
      commitJournal(etcd, ENV, journalOf([journalEdit(`order/switch/${lever}`, version)])),
    async holds(committed: readonly CommittedJournal[]): Promise<void> {
      const rows = await eventually(
        () => heldHistory(database, ENV).catch(() => []),
        (rows) => rows.length >= committed.length,
        40_000,
      );
      expect(rows.map((row) => [row.journal.id, row.revision])).toEqual(
        committed.map((one) => [one.id, one.revision]),
      );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await stop();
      await database.close();
      etcd.close();
      await server.close();
    },
  };
}

test("wiped under the drain: what was is kept apart, and the new life starts from nothing", {
  timeout: 120_000,
}, async () => {
  await using world = await begin("wiped");
  await setEpoch(world.etcd, ENV, "epochaaaaaaaa");
  await world.lead();
  const old: CommittedJournal[] = [];
  for (let version = 1; version <= 20; version += 1) old.push(await world.commit("pay", version));
  await world.holds(old);
  await world.server.wipe();
  await world.server.ready();
  await setEpoch(world.etcd, ENV, "epochbbbbbbbb");
  // The one that led finds no leader key of its own: nothing is written until somebody leads in this life.
  const fresh = [await world.commit("ship", 1), await world.commit("ship", 2)];
  await world.lead();
  await world.holds([...old, ...fresh]);
  const state = await world.reader.stateAt(ENV, { revision: 1_000 });
  expect(state.map((one) => [one.name, one.version])).toEqual([["ship", 2]]);
  expect(await world.reader.position(ENV)).toEqual({
    epoch: "epochbbbbbbbb",
    revision: fresh[1]?.revision,
  });
});

test("restored from a backup under the drain, before and after the epoch is confirmed", {
  timeout: 120_000,
}, async () => {
  await using world = await begin("restored");
  await setEpoch(world.etcd, ENV, "epochaaaaaaaa");
  await world.lead();
  const kept = [await world.commit("pay", 1), await world.commit("pay", 2)];
  await world.holds(kept);
  const data = path.join(world.server.dir, "data");
  const backup = path.join(dir, "backup");
  await world.server.stop();
  await cp(data, backup, { recursive: true });
  await world.server.up();
  const lost = [await world.commit("pay", 3), await world.commit("gone", 1)];
  for (let n = 0; n < 30; n += 1) await world.etcd.put("/elsewhere", `${n}`);
  await world.lead();
  await world.holds([...kept, ...lost]);
  await world.server.stop();
  await rm(data, { recursive: true });
  await cp(backup, data, { recursive: true });
  await world.server.up();
  // The same epoch id, at a revision below one that was seen.
  await world.lead();
  const unconfirmed = await world.commit("ship", 1);
  await world.holds([...kept, ...lost, unconfirmed]);
  const names = async () =>
    (await world.reader.stateAt(ENV, { revision: 1_000 })).map((one) => `${one.name} v${one.version}`);
  expect(await names()).toEqual(["pay v2", "ship v1"]);
  await setEpoch(world.etcd, ENV, "epochbbbbbbbb");
  const confirmed = await world.commit("ship", 2);
  await world.holds([...kept, ...lost, unconfirmed, confirmed]);
  expect(await names()).toEqual(["pay v2", "ship v2"]);
});
