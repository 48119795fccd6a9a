import { setTimeout as pause } from "node:timers/promises";
import { leaderKey } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import { HistoryService } from "../../src/features/history/history-service.ts";
import { monotonicMs, sleep } from "../../src/infra/clock.ts";
import { createHistoryStore } from "../../src/infra/sql/history-store.ts";
import {
  commit,
  emptyPostgres,
  emptySqlite,
  ends,
  env,
  expectHeld,
  fence,
  open,
  openDrains,
  placesIn,
  placesOf,
  run,
  source,
} from "../support/drains.ts";
import { eventually } from "../support/eventually.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { heldHistory } from "../support/held-history.ts";
import { type CommittedJournal, commitJournal, journalEdit, journalOf } from "../support/journals.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";

/** The drain and its house-keeping under load and faults: bounded, exact, and never silent about its delay. */
const { worker, postgres } = openDrains();

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
  await using proxy = await FaultProxy.start(postgres().port);
  const direct = open(url);
  await direct.ready(10_000);
  const cut = open(url.replace(`:${postgres().port}/`, `:${proxy.port}/`));
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
