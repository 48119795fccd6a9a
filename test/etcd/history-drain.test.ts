import { setTimeout as pause } from "node:timers/promises";
import { journalKey, journalRoot } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { describe, expect, test } from "vitest";
import type { JournalSource } from "../../src/features/history/journal-source.ts";
import { pruneJournals } from "../../src/features/history/retention.ts";
import { createHistoryReader } from "../../src/infra/sql/history-reader.ts";
import { createHistoryStore } from "../../src/infra/sql/history-store.ts";
import {
  commit,
  emptyPostgres,
  emptySqlite,
  env,
  expectHeld,
  FIRST,
  fence,
  open,
  openDrains,
  run,
  source,
} from "../support/drains.ts";
import { eventually } from "../support/eventually.ts";
import { heldHistory } from "../support/held-history.ts";
import { type CommittedJournal, journalOf, makeLeader, setEpoch } from "../support/journals.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";

/** Real etcd into real SQL: each journal once, in the order of the commits, whatever breaks in between. */
const { worker } = openDrains();
const SECOND = "epochbbbbbbbb";

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

  test("passes over nothing that is committed between its first list and what the follower tells of", async () => {
    const database = open(await empty());
    await database.ready(10_000);
    const real = source();
    const slow: JournalSource = {
      ...real,
      // The follower's own list comes a while after the drain's first.
      follow(of, listener) {
        let follower: ReturnType<JournalSource["follow"]> | undefined;
        const late = setTimeout(() => {
          follower = real.follow(of, listener);
        }, 400);
        return {
          async close() {
            clearTimeout(late);
            await follower?.close();
          },
        };
      },
    };
    const committed = [await commit()];
    run(database, undefined, slow);
    await expectHeld(database, committed);
    committed.push(await commit("order/switch/pay", 2));
    await pause(800);
    committed.push(await commit("order/switch/pay", 3));
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
