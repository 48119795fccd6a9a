import { setTimeout as sleep } from "node:timers/promises";
import {
  formatRef,
  journalKey,
  journalSchema,
  liveKey,
  liveRoot,
  parseKey,
} from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { beforeEach, describe, expect, test } from "vitest";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { type DomainError, isDomainError } from "../../src/domain/errors.ts";
import { type BackService, createBackService } from "../../src/features/back/back-service.ts";
import { noHistory, type PastHistory } from "../../src/features/back/former-bodies.ts";
import { createEnvironment } from "../../src/features/environments/environment-service.ts";
import type { ConflictReport } from "../../src/features/publish/conflict-report.ts";
import { createPublisher, type Publisher } from "../../src/features/publish/publish-service.ts";
import type { PublishStore } from "../../src/features/publish/publish-store.ts";
import { createBackStore } from "../../src/infra/etcd/back-store.ts";
import { createEnvironmentStore } from "../../src/infra/etcd/environment-store.ts";
import { createPublishStore } from "../../src/infra/etcd/publish-store.ts";
import { journalHistory } from "../support/journal-history.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
const author = { kind: "person", id: "ada" } as const;
const EPOCH = "epochepoch0001";
const anybody = (): void => undefined;
let env = "";
let publisher: Publisher;
let back: BackService;

const publisherOn = (store: PublishStore): Publisher =>
  createPublisher({ store, now: () => new Date(), monotonic: () => performance.now(), sleep });
const backBy = (by: Publisher, history: PastHistory = journalHistory(worker.etcd, EPOCH)): BackService =>
  createBackService({
    store: createBackStore(() => worker.etcd),
    history,
    journal: (of, id) => createPublishStore(() => worker.etcd).journal(of, id),
    publisher: by,
    now: () => new Date(),
  });

beforeEach(async () => {
  env = freshEnvironment();
  await createEnvironment(
    createEnvironmentStore(worker.etcd, () => worker.etcd),
    env,
    EPOCH,
  );
  publisher = publisherOn(createPublishStore(() => worker.etcd));
  back = backBy(publisher);
});

const config = (service: string, name: string, value: string, baseRevision = 0): EditRequest => ({
  service,
  kind: "config",
  name,
  op: "put",
  spec: { format: "text", value },
  baseRevision,
});
const said = () => ({ env, id: ulid(), author, reason: "why" });
const publish = (edits: EditRequest[]) => publisher.publish({ ...said(), edits });
const refused = async (work: Promise<unknown>): Promise<DomainError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isDomainError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};
/** What authors made, by lever. */
async function levers(): Promise<Record<string, unknown>> {
  const { kvs } = await worker.etcd.range({ prefix: liveRoot(env) });
  return Object.fromEntries(
    kvs.flatMap((entry) => {
      const place = parseKey(entry.key);
      if (place.at !== "live") return [];
      const { spec, rollout, meta } = JSON.parse(entry.value.toString());
      return [[formatRef(place), { spec, rollout, owner: meta.owner }]];
    }),
  );
}
const journalOf = async (id: string) =>
  journalSchema.parse(JSON.parse((await worker.etcd.get(journalKey(env, id)))!.value.toString()));
const compactAll = async (): Promise<void> =>
  worker.etcd.compact((await worker.etcd.range({ key: "none" })).revision);

describe("an undo", () => {
  test("takes every edit back, says what it undoes, and can itself be undone", async () => {
    const made = await publish([config("order", "a", "1"), config("order", "b", "1")]);
    const before = await levers();
    const changed = await publish([
      config("order", "a", "2", made.revision),
      { service: "order", kind: "config", name: "b", op: "delete", baseRevision: made.revision },
      config("order", "c", "1"),
    ]);
    const after = await levers();
    const taking = { ...said(), changeSetId: changed.changeSetId };
    const dry = await back.undoDry(taking, anybody);
    expect(dry.sentences).toEqual([
      "order/config/a: value 2 → 1",
      "order/config/b: new (format text, value 1)",
      "order/config/c: deleted",
    ]);
    expect(await levers()).toEqual(after);
    const undone = await back.undo(taking, anybody);
    expect(await levers()).toEqual(before);
    expect(await journalOf(undone.changeSetId)).toMatchObject({ undoes: changed.changeSetId });
    expect(await back.undo(taking, anybody)).toMatchObject({ revision: undone.revision, repeated: true });
    await back.undo({ ...said(), changeSetId: undone.changeSetId }, anybody);
    expect(await levers()).toEqual(after);
  });

  test("never overwrites what somebody changed since: all three sides are shown, and nothing moves", async () => {
    const made = await publish([config("order", "a", "1"), config("order", "b", "1")]);
    const changed = await publish([
      config("order", "a", "2", made.revision),
      config("order", "b", "2", made.revision),
    ]);
    const theirs = await publish([config("order", "a", "3", changed.revision)]);
    const before = await levers();
    const error = await refused(back.undo({ ...said(), changeSetId: changed.changeSetId }, anybody));
    expect(error.code).toBe("CONFLICT");
    expect(error.details).toMatchObject([
      {
        ref: { name: "a" },
        base: { revision: changed.revision, body: { spec: { value: "2" } } },
        theirs: { revision: theirs.revision, body: { spec: { value: "3" } } },
        yours: { body: { spec: { value: "1" } } },
      },
    ] satisfies (Partial<ConflictReport> | object)[]);
    expect(await levers()).toEqual(before);
  });

  test("works without a history while etcd has what stood; says what is missing once it does not", async () => {
    const direct = backBy(publisher, noHistory);
    const made = await publish([config("order", "a", "1")]);
    const changed = await publish([config("order", "a", "2", made.revision)]);
    const undone = await direct.undo({ ...said(), changeSetId: changed.changeSetId }, anybody);
    expect(await levers()).toMatchObject({ "order/config/a": { spec: { value: "1" } } });
    const again = await publish([config("order", "a", "3", undone.revision)]);
    await compactAll();
    const error = await refused(direct.undo({ ...said(), changeSetId: again.changeSetId }, anybody));
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.publicMessage).toContain("no history at hand");
    await back.undo({ ...said(), changeSetId: again.changeSetId }, anybody);
    expect(await levers()).toMatchObject({ "order/config/a": { spec: { value: "1" } } });
  });

  test("gives back what somebody had written past us, where it was valid", async () => {
    const key = liveKey(env, config("order", "a", ""));
    const body = {
      schema: 1,
      spec: { format: "text", value: "by hand" },
      meta: { version: 3, changeSetId: ulid(), updatedAt: new Date().toISOString() },
    };
    const valid = await worker.etcd.put(
      key,
      JSON.stringify({ ...body, meta: { ...body.meta, changeSetId: undefined } }),
    );
    const changed = await publish([config("order", "a", "2", valid.revision)]);
    const error = await refused(back.undo({ ...said(), changeSetId: changed.changeSetId }, anybody));
    expect(error.publicMessage).toMatch(/what stood there was not valid \(meta\.changeSetId/);
    const ours = await worker.etcd.put(key, JSON.stringify(body));
    const next = await publish([config("order", "a", "3", ours.revision)]);
    await back.undo({ ...said(), changeSetId: next.changeSetId }, anybody);
    expect(await levers()).toMatchObject({ "order/config/a": { spec: { value: "by hand" } } });
  });

  test("asks for the rights of the services that it touches, and knows when there is nothing to undo", async () => {
    const made = await publish([config("order", "a", "1"), config("payment", "a", "1")]);
    const asked: (readonly string[])[] = [];
    const no = (services: readonly string[]): void => {
      asked.push(services);
      throw new Error("not you");
    };
    const request = { ...said(), changeSetId: made.changeSetId };
    await expect(back.undo(request, no)).rejects.toThrow("not you");
    expect(asked).toEqual([["order", "payment"]]);
    expect((await refused(back.undo({ ...said(), changeSetId: ulid() }, anybody))).code).toBe("NOT_FOUND");
  });
});

describe("a rollback", () => {
  test("restores a spec by version or revision, ends a rollout, and keeps what is said of the lever", async () => {
    const ref = { service: "order", kind: "config", name: "a" } as const;
    const first = await publish([{ ...config("order", "a", "1"), meta: { owner: "trade" } }]);
    const second = await publish([{ ...config("order", "a", "2", first.revision), meta: { owner: "shop" } }]);
    const rollout = {
      id: ulid(),
      salt: "s",
      shareBp: 500,
      stickiness: "instance",
      candidate: { format: "text", value: "9" },
    };
    const third = await publish([{ ...config("order", "a", "3", second.revision), rollout }]);
    const to1 = { ...said(), ref, to: { version: 1 }, baseRevision: third.revision };
    expect((await back.rollbackDry(to1)).sentences[0]).toContain("value 3 → 1");
    const fourth = await back.rollback(to1);
    expect(await levers()).toEqual({
      "order/config/a": { spec: { format: "text", value: "1" }, rollout: undefined, owner: "shop" },
    });
    await back.rollback({ ...said(), ref, to: { revision: second.revision }, baseRevision: fourth.revision });
    expect(await levers()).toMatchObject({ "order/config/a": { spec: { value: "2" } } });
    const stale = await refused(back.rollback({ ...to1, id: ulid(), baseRevision: fourth.revision }));
    expect(stale.code).toMatch(/CONFLICT|INVALID/);
  });

  test("makes a deleted lever again", async () => {
    const ref = { service: "order", kind: "config", name: "a" } as const;
    const made = await publish([{ ...config("order", "a", "1"), meta: { owner: "trade" } }]);
    await publish([{ ...ref, op: "delete", baseRevision: made.revision }]);
    await back.rollback({ ...said(), ref, to: { version: 1 }, baseRevision: 0 });
    expect(await levers()).toMatchObject({ "order/config/a": { spec: { value: "1" }, owner: "trade" } });
    expect((await refused(back.rollback({ ...said(), ref, to: { version: 7 }, baseRevision: 0 }))).code).toBe(
      "NOT_FOUND",
    );
  });
});

/** 300 levers in 40 services, and some of every service. */
const manyEdits = (value: string, baseOf: (edit: EditRequest) => number = () => 0): EditRequest[][] => {
  const named = Array.from({ length: 300 }, (_, index) =>
    config(`service-${String(index % 40).padStart(2, "0")}`, `c${index}`, `${value} ${index}`),
  );
  const shared = Array.from({ length: 5 }, (_, index) => config("*", `shared${index}`, `${value} ${index}`));
  const parts = [shared, named.slice(0, 80), named.slice(80, 160), named.slice(160, 240), named.slice(240)];
  return parts.map((part) => part.map((edit) => ({ ...edit, baseRevision: baseOf(edit) })));
};

describe("a restore", () => {
  const admin = { author, reason: "back to yesterday" };

  test("of 300 levers in 40 services, interrupted in the middle, goes on and ends equal to the target", async () => {
    let last = 0;
    for (const edits of manyEdits("then")) last = (await publish(edits)).revision;
    const target = await levers();
    const standing = await worker.etcd.range({ prefix: liveRoot(env) });
    const revisions = new Map(standing.kvs.map((entry) => [entry.key, entry.modRevision]));
    const baseOf = (edit: EditRequest): number => revisions.get(liveKey(env, edit)) ?? 0;
    for (const edits of manyEdits("now", baseOf)) {
      // A tenth is deleted, and as many are new.
      await publish(
        edits.map((edit, index) =>
          index % 10 === 0
            ? {
                service: edit.service,
                kind: edit.kind,
                name: edit.name,
                op: "delete",
                baseRevision: edit.baseRevision,
              }
            : edit,
        ),
      );
    }
    await publish(
      Array.from({ length: 30 }, (_, index) => config(`service-${index + 10}`, `new${index}`, "new")),
    );
    expect(await levers()).not.toEqual(target);

    const groupId = ulid();
    const place = { env, moment: { revision: last } };
    const plan = await back.restores.plan(place, { groupId, author });
    expect(plan).toMatchObject({ refusals: [], changeSets: expect.any(Number) });
    expect(plan.seen).toHaveLength(335);
    expect(plan.changeSets).toBeGreaterThan(3);
    expect(await levers()).not.toEqual(target);

    // It dies three times: before a part, in one whose answer it never sees, and before the next.
    const store = createPublishStore(() => worker.etcd);
    const request = { ...place, ...admin, groupId, seen: plan.seen };
    const dyingAt = (part: number, after: boolean): BackService => {
      let commits = 0;
      return backBy(
        publisherOn({
          ...store,
          async commit(planned) {
            commits += 1;
            if (commits === part && !after) throw new Error("killed");
            const outcome = await store.commit(planned);
            if (commits === part) throw new Error("killed");
            return outcome;
          },
        }),
      );
    };
    await expect(dyingAt(2, false).restores.restore(request)).rejects.toThrow("killed");
    await expect(dyingAt(1, true).restores.restore(request)).rejects.toThrow("killed");
    const half = await levers();
    expect(half).not.toEqual(target);
    const done = await back.restores.restore(request);
    expect(await levers()).toEqual(target);
    expect(done.changeSets).toHaveLength(plan.changeSets);
    expect(done.changeSets.filter((one) => one.repeated).length).toBeGreaterThanOrEqual(2);
    const groups = await Promise.all(done.changeSets.map((one) => journalOf(one.changeSetId)));
    expect(new Set(groups.map((one) => one.groupId))).toEqual(new Set([groupId]));
    expect((await back.restores.plan(place, { groupId, author })).seen).toEqual([]);
  });

  test("stops at a lever that somebody changed since the plan, and overwrites nothing", async () => {
    const made = await publish([config("order", "a", "1"), config("order", "b", "1")]);
    const changed = await publish([
      config("order", "a", "2", made.revision),
      config("order", "b", "2", made.revision),
    ]);
    const groupId = ulid();
    const place = { env, service: "order", moment: { revision: made.revision } };
    const plan = await back.restores.plan(place, { groupId, author });
    expect(plan.sentences).toEqual(["order/config/a: value 2 → 1", "order/config/b: value 2 → 1"]);
    await publish([config("order", "a", "3", changed.revision)]);
    const error = await refused(back.restores.restore({ ...place, ...admin, groupId, seen: plan.seen }));
    expect(error.code).toBe("CONFLICT");
    expect(error.publicMessage).toMatch(/0 of 1 change sets of group .* are committed/);
    expect(await levers()).toMatchObject({
      "order/config/a": { spec: { value: "3" } },
      "order/config/b": { spec: { value: "2" } },
    });
    const outside = { ...place, service: "payment", ...admin, groupId, seen: plan.seen };
    expect((await refused(back.restores.restore(outside))).code).toBe("INVALID");
  });

  test("of a service leaves the others alone; to a time, and past compaction, the history tells", async () => {
    const made = await publish([config("order", "a", "1"), config("payment", "a", "1")]);
    await sleep(5);
    const at = new Date().toISOString();
    await sleep(5);
    await publish([config("order", "a", "2", made.revision), config("payment", "a", "2", made.revision)]);
    await compactAll();
    const groupId = ulid();
    const byTime = await back.restores.plan({ env, service: "order", moment: { at } }, { groupId, author });
    const byRevision = await back.restores.plan(
      { env, service: "order", moment: { revision: made.revision } },
      { groupId, author },
    );
    expect(byTime.sentences).toEqual(["order/config/a: value 2 → 1"]);
    expect(byRevision.seen).toEqual(byTime.seen);
    await back.restores.restore({
      env,
      service: "order",
      moment: { at },
      ...admin,
      groupId,
      seen: byTime.seen,
    });
    expect(await levers()).toMatchObject({
      "order/config/a": { spec: { value: "1" } },
      "payment/config/a": { spec: { value: "2" } },
    });
  });

  test("deletes only what the history saw being made: what it has forgotten is named, and left alone", async () => {
    const made = await publish([config("order", "a", "1")]);
    await sleep(5);
    const at = new Date().toISOString();
    await sleep(5);
    await publish([config("order", "a", "2", made.revision), config("order", "new", "1")]);
    const foreign = { service: "order", kind: "config", name: "foreign" } as const;
    const body = {
      schema: 1,
      spec: { format: "text", value: "by hand" },
      meta: { version: 1, changeSetId: ulid(), updatedAt: at },
    };
    await worker.etcd.put(
      liveKey(env, foreign),
      JSON.stringify({ ...body, meta: { ...body.meta, updatedAt: "2099-01-01T00:00:00Z" } }),
    );
    const plan = await back.restores.plan({ env, moment: { at } }, { groupId: ulid(), author });
    expect(plan.unknown).toEqual([foreign]);
    expect(plan.sentences).toEqual(["order/config/a: value 2 → 1", "order/config/new: deleted"]);
  });

  test("is judged by the interlock like any change: the plan says what would be refused", async () => {
    const lever = (name: string, level: string, position: string, baseRevision = 0): EditRequest => ({
      service: "order",
      kind: "switch",
      name,
      op: "put",
      spec: { position, level, strategy: "simplified" },
      baseRevision,
    });
    const made = await publish([lever("core", "core", "DEGRADED"), lever("less", "non-core", "DEGRADED")]);
    const healed = await publish([lever("core", "core", "NORMAL", made.revision)]);
    const both = await publish([lever("less", "non-core", "NORMAL", made.revision)]);
    const ref = { service: "order", kind: "switch", name: "core" } as const;
    const refusals = [
      back.undo({ ...said(), changeSetId: healed.changeSetId }, anybody),
      back.rollback({ ...said(), ref, to: { version: 1 }, baseRevision: healed.revision }),
    ];
    for (const work of refusals) expect((await refused(work)).code).toBe("REFUSED");
    const groupId = ulid();
    const place = { env, service: "order", moment: { revision: healed.revision - 1 } };
    expect((await back.restores.plan(place, { groupId, author })).refusals).toEqual([]);
    await publish([
      { ...ref, name: "less", op: "delete", baseRevision: both.revision },
      lever("other", "non-core", "NORMAL"),
    ]);
    const later = { env, service: "order", moment: { revision: made.revision } };
    // The lesser one comes back degraded with it, and the new one goes: as a whole it is sound.
    expect((await back.restores.plan(later, { groupId, author })).refusals).toEqual([]);
    await worker.etcd.put(
      liveKey(env, { ...ref, name: "by-hand" }),
      JSON.stringify({
        schema: 1,
        spec: lever("x", "non-core", "NORMAL").spec,
        meta: { version: 1, changeSetId: ulid(), updatedAt: new Date().toISOString() },
      }),
    );
    const undoing = { ...said(), changeSetId: healed.changeSetId };
    const dry = await back.undoDry(undoing, anybody);
    expect(dry.refusals.map(({ rule }) => rule)).toEqual(["levels", "levels"]);
    await back.undo({ ...undoing, override: { reason: "I know" } }, anybody);
    expect(await journalOf(undoing.id)).toMatchObject({
      undoes: healed.changeSetId,
      override: { reason: "I know" },
    });
  });

  test("refuses what it cannot know: a history that lags, a revision and a time to come", async () => {
    const made = await publish([config("order", "a", "1")]);
    const by = { groupId: ulid(), author };
    const lagging = backBy(publisher, {
      ...noHistory,
      position: async () => ({ epoch: EPOCH, revision: 1 }),
    });
    const at = new Date().toISOString();
    expect((await refused(lagging.restores.plan({ env, moment: { at } }, by))).publicMessage).toMatch(
      /has come to r1 only/,
    );
    const { revision } = await worker.etcd.range({ key: "none" });
    const young = freshEnvironment();
    await createEnvironment(
      createEnvironmentStore(worker.etcd, () => worker.etcd),
      young,
      EPOCH,
    );
    const early = back.restores.plan({ env: young, moment: { revision } }, by);
    expect((await refused(early)).publicMessage).toMatch(/was not there yet at r\d+/);
    const never = { revision: made.revision + 1_000_000 };
    expect((await refused(back.restores.plan({ env, moment: never }, by))).publicMessage).toMatch(
      /no such revision yet/,
    );
    const later = { at: new Date(Date.now() + 60_000).toISOString() };
    expect((await refused(back.restores.plan({ env, moment: later }, by))).publicMessage).toMatch(
      /a time to come/,
    );
  });
});
