import { setTimeout as sleep } from "node:timers/promises";
import { journalRoot, journalSchema, liveKey, scheduleKey } from "@leverframe/agent/protocol";
import { pino } from "pino";
import { ulid } from "ulid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { isDomainError } from "../../src/domain/errors.ts";
import { Automation } from "../../src/features/automation/automation.ts";
import { createScheduleService } from "../../src/features/automation/schedule-service.ts";
import { createEnvironment } from "../../src/features/environments/environment-service.ts";
import { createPublisher, type Publisher } from "../../src/features/publish/publish-service.ts";
import { followEnvironment } from "../../src/infra/etcd/environment-mirrors.ts";
import { createEnvironmentStore } from "../../src/infra/etcd/environment-store.ts";
import { EtcdLeadership } from "../../src/infra/etcd/leadership.ts";
import { createPublishStore } from "../../src/infra/etcd/publish-store.ts";
import { openScheduleStore } from "../../src/infra/etcd/schedule-store.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
const log = pino({ level: "silent" });
const author = { kind: "person", id: "ada" } as const;
const normal = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;
const degraded = { ...normal, position: "DEGRADED" } as const;
const ref = { service: "order", kind: "switch", name: "comments" } as const;

let env = "";
const closing: (() => Promise<unknown>)[] = [];

/** One replica: it follows, stands for election and does what is due. */
function replica() {
  const leadership = new EtcdLeadership({ etcd: worker.etcd, id: ulid(), log, ttlSeconds: 2 });
  const mirrors = followEnvironment({ env, etcd: worker.etcd, foreign: false, log });
  const store = openScheduleStore(() => worker.etcd, log);
  const publisher: Publisher = createPublisher({
    store: createPublishStore(() => worker.etcd),
    now: () => new Date(),
    monotonic: () => performance.now(),
    sleep,
  });
  const done: { kind: string; lateMs: number }[] = [];
  const problems: string[] = [];
  let aheadMs = 0;
  const automation = new Automation({
    environments: () => [env],
    fence: () => leadership.fence,
    live: () => mirrors.state.live.values(),
    schedules: store,
    publish: (request, terms) => publisher.publish(request, terms),
    newId: () => ulid(),
    wall: () => Date.now() + aheadMs,
    monotonic: () => performance.now(),
    onDone: (what) => done.push(what),
    onProblem: (what) => problems.push(what.why),
  });
  const schedules = createScheduleService({
    store,
    seal: (request) => request,
    dryRun: (request) => publisher.dryRun(request),
    now: () => new Date(),
  });
  leadership.start();
  automation.start();
  closing.push(
    () => automation.close(),
    () => leadership.close(),
    () => mirrors.close(),
    () => store.close(),
  );
  return {
    leadership,
    publisher,
    schedules,
    automation,
    done,
    problems,
    jump: (ms: number) => {
      aheadMs = ms;
    },
  };
}

beforeEach(async () => {
  env = freshEnvironment();
  await createEnvironment(
    createEnvironmentStore(worker.etcd, () => worker.etcd),
    env,
    "epochepoch0001",
  );
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const request = (edit: Partial<EditRequest>) => ({
  env,
  id: ulid(),
  reason: "why",
  author,
  edits: [{ ...ref, op: "put" as const, spec: normal, baseRevision: 0, ...edit }],
});
const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();
const standing = async (): Promise<Record<string, unknown> | undefined> => {
  const entry = await worker.etcd.get(liveKey(env, ref));
  return entry && (JSON.parse(entry.value.toString()) as Record<string, unknown>);
};
const position = async (): Promise<unknown> =>
  ((await standing())?.["spec"] as { position?: unknown } | undefined)?.position;
const journals = async () =>
  (await worker.etcd.range({ prefix: journalRoot(env) })).kvs.map((entry) => ({
    revision: entry.modRevision,
    journal: journalSchema.parse(JSON.parse(entry.value.toString())),
  }));
const expectSoon = async (holds: () => Promise<unknown>, wanted: unknown): Promise<void> => {
  await expect.poll(holds, { timeout: 20_000 }).toEqual(wanted);
};

describe("an expiry", () => {
  test("goes back to what stood before, once, not early, though three replicas look", async () => {
    const [one] = [replica(), replica(), replica()];
    const first = await one.publisher.publish(request({}));
    const at = soon(2_500);
    await one.publisher.publish(request({ spec: degraded, baseRevision: first.revision, expiry: { at } }));
    await expectSoon(position, "NORMAL");
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
    await sleep(1_500);
    const ended = (await journals()).filter(({ journal }) => journal.author.kind === "rule");
    expect(ended).toHaveLength(1);
    expect(ended[0]?.journal).toMatchObject({ author: { id: "expiry" }, reason: "Ended as planned: why" });
    expect(await standing()).not.toHaveProperty("meta.expiry");
  });

  test("deletes what was made only for a time", async () => {
    const { publisher } = replica();
    await publisher.publish(request({ spec: degraded, expiry: { at: soon(1_000) } }));
    await expectSoon(standing, undefined);
  });

  test("is cancelled by a person's later edit, and armed anew by one that says so", async () => {
    const { publisher } = replica();
    const first = await publisher.publish(request({ spec: degraded, expiry: { at: soon(1_500) } }));
    const second = await publisher.publish(request({ spec: degraded, baseRevision: first.revision }));
    await sleep(3_000);
    expect(await position()).toBe("DEGRADED");
    const armed = await publisher.publish(
      request({
        spec: degraded,
        baseRevision: second.revision,
        expiry: { at: soon(60_000), restore: normal },
      }),
    );
    await publisher.publish(
      request({ spec: degraded, baseRevision: armed.revision, expiry: { at: soon(1_000) } }),
    );
    await expectSoon(position, "NORMAL");
  });

  test("that is over already is refused", async () => {
    const { publisher } = replica();
    const error: unknown = await publisher
      .publish(request({ expiry: { at: soon(-1_000) } }))
      .catch((reason: unknown) => reason);
    expect(isDomainError(error) && error.publicMessage).toContain("expiry.at is over already");
  });

  test("waits a minute when the wall clock jumps ahead", async () => {
    const { publisher, jump } = replica();
    await publisher.publish(request({ spec: degraded, expiry: { at: soon(120_000), restore: normal } }));
    await sleep(1_000);
    jump(3_600_000);
    await sleep(2_500);
    expect(await position()).toBe("DEGRADED");
    jump(0);
    await sleep(1_000);
    expect(await position()).toBe("DEGRADED");
  });

  test("that would end in something invalid is refused", async () => {
    const { publisher } = replica();
    const error: unknown = await publisher
      .publish(request({ spec: degraded, expiry: { at: soon(9_000), restore: { position: "SIDEWAYS" } } }))
      .catch((reason: unknown) => reason);
    expect(isDomainError(error) && error.publicMessage).toContain("expiry.restore: spec.position");
    expect(await standing()).toBeUndefined();
  });

  test("that cannot be carried out is said to be overdue, with the reason", async () => {
    const { publisher, automation, problems } = replica();
    await publisher.publish(request({ spec: degraded, expiry: { at: soon(60_000), restore: normal } }));
    const body = await standing();
    const expiry = { at: soon(1_000), restore: { position: "SIDEWAYS" }, armedRevision: 0 };
    await worker.etcd.put(
      liveKey(env, ref),
      JSON.stringify({ ...body, meta: { ...(body?.["meta"] as object), expiry } }),
    );
    await expect
      .poll(() => problems[0], { timeout: 15_000 })
      .toContain("spec.position: must be NORMAL or DEGRADED");
    await expect
      .poll(() => automation.upcoming(env)[0], { timeout: 15_000 })
      .toMatchObject({ kind: "expiry", id: "order/switch/comments", overdue: true });
    expect(automation.upcoming(env)[0]?.why).toContain("spec.position");
  });
});

describe("a schedule", () => {
  test("is published at its time, under its author's name and id, and is gone with it", async () => {
    const { schedules } = replica();
    replica();
    const wanted = request({ spec: degraded });
    const at = soon(2_000);
    const preview = await schedules.create(at, wanted);
    expect(preview.sentences[0]).toContain("order/switch/comments: new");
    await expectSoon(position, "DEGRADED");
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
    expect(await worker.etcd.get(scheduleKey(env, wanted.id))).toBeUndefined();
    const [journal, ...others] = await journals();
    expect(others).toHaveLength(0);
    expect(journal?.journal).toMatchObject({ id: wanted.id, author });
    await expect.poll(() => schedules.list(env)).toHaveLength(0);
  });

  test("loses against a person who changed the lever since, and says so until it is withdrawn", async () => {
    const { schedules, publisher } = replica();
    const wanted = request({ spec: degraded });
    await schedules.create(soon(1_500), wanted);
    await publisher.publish(request({}));
    await expect.poll(() => schedules.list(env)[0]?.failure?.code, { timeout: 15_000 }).toBe("CONFLICT");
    expect(await position()).toBe("NORMAL");
    await schedules.cancel(env, wanted.id);
    await expect.poll(() => schedules.list(env)).toHaveLength(0);
  });

  test("can be withdrawn, and only once", async () => {
    const { schedules } = replica();
    const wanted = request({ spec: degraded });
    await schedules.create(soon(2_000), wanted);
    await expect.poll(() => schedules.list(env)).toHaveLength(1);
    await schedules.cancel(env, wanted.id);
    await expect.poll(() => schedules.list(env)).toHaveLength(0);
    await expect(schedules.cancel(env, wanted.id)).rejects.toThrow("does not wait");
    await sleep(2_500);
    expect(await standing()).toBeUndefined();
  });

  test.each([
    ["a time that is over", -1_000, {}, "over already"],
    ["a time years ahead", 800 * 24 * 3_600_000, {}, "more than a year"],
    ["a body that is not valid", 5_000, { spec: { position: "UP" } }, "spec.position"],
  ])("refuses %s", async (_, ms, edit, why) => {
    const { schedules } = replica();
    const error: unknown = await schedules.create(soon(ms), request(edit)).catch((reason: unknown) => reason);
    expect(isDomainError(error) && error.publicMessage).toContain(why);
    expect((await worker.etcd.range({ prefix: scheduleKey(env, "") })).count).toBe(0);
  });
});
