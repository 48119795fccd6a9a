import { setTimeout as sleep } from "node:timers/promises";
import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import {
  EVERY_SERVICE,
  headKey,
  headSchema,
  journalKey,
  journalSchema,
  LIMITS,
  liveKey,
  liveRoot,
} from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { beforeEach, describe, expect, test } from "vitest";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { type DomainError, isDomainError } from "../../src/domain/errors.ts";
import { createEnvironment } from "../../src/features/environments/environment-service.ts";
import {
  type ConflictReport,
  createPublisher,
  type Publisher,
} from "../../src/features/publish/publish-service.ts";
import { createEnvironmentStore } from "../../src/infra/etcd/environment-store.ts";
import { createPublishStore } from "../../src/infra/etcd/publish-store.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
const author = { kind: "person", id: "ada" } as const;
const EPOCH = "epochepoch0001";
const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;
let env = "";
let publisher: Publisher;

const publisherOn = (etcd: Etcd, store = createPublishStore(() => etcd)): Publisher =>
  createPublisher({
    store,
    now: () => new Date(),
    monotonic: () => performance.now(),
    sleep,
  });

beforeEach(async () => {
  env = freshEnvironment();
  await createEnvironment(
    createEnvironmentStore(worker.etcd, () => worker.etcd),
    env,
    EPOCH,
  );
  publisher = publisherOn(worker.etcd);
});

const put = (name: string, baseRevision: number, extra: Partial<EditRequest> = {}): EditRequest => ({
  service: "order",
  kind: "switch",
  name,
  op: "put",
  spec,
  baseRevision,
  ...extra,
});
const request = (edits: EditRequest[], extra: object = {}) => ({
  env,
  id: ulid(),
  reason: "why",
  author,
  edits,
  ...extra,
});
const stored = async (key: string): Promise<Record<string, unknown>> =>
  JSON.parse((await worker.etcd.get(key))!.value.toString());
const refused = async (work: Promise<unknown>): Promise<DomainError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isDomainError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};

describe("a change set", () => {
  test("is levers, heads and journal in one transaction", async () => {
    const edits = [put("a", 0), put("b", 0), put("c", 0, { service: "payment" })];
    const { id, ...asked } = request(edits);
    const done = await publisher.publish({ id, ...asked });
    const keys = [
      ...edits.map((edit) => liveKey(env, edit)),
      headKey(env, "order"),
      headKey(env, "payment"),
      journalKey(env, id),
    ];
    for (const key of keys) expect((await worker.etcd.get(key))?.modRevision, key).toBe(done.revision);
    const head = headSchema.parse(await stored(headKey(env, "order")));
    expect(head).toEqual({ epoch: EPOCH, changeSetId: id, keyCount: 2, receiptSpreadMs: 0 });
    const journal = journalSchema.parse(await stored(journalKey(env, id)));
    expect(journal).toMatchObject({ id, author, reason: "why", targetCount: { order: 0, payment: 0 } });
    expect(journal.edits.map((edit) => edit.oldRevision)).toEqual([0, 0, 0]);
  });

  test("counts versions, keeps what meta the author left alone, and journals the digest of the old body", async () => {
    const first = await publisher.publish(request([put("a", 0, { meta: { owner: "trade" } })]));
    const next = request([put("a", first.revision, { spec: { ...spec, position: "DEGRADED" } })]);
    await publisher.publish(next);
    expect((await stored(liveKey(env, put("a", 0))))["meta"]).toMatchObject({
      version: 2,
      owner: "trade",
      reason: "why",
    });
    const [edit] = journalSchema.parse(await stored(journalKey(env, next.id))).edits;
    expect(edit).toMatchObject({
      oldRevision: first.revision,
      oldDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(edit).not.toHaveProperty("oldBody");
  });

  test("keeps the body of a lever that somebody wrote past us", async () => {
    const { revision } = await worker.etcd.put(liveKey(env, put("a", 0)), "nonsense");
    const next = request([put("a", revision)]);
    await publisher.publish(next);
    const [edit] = journalSchema.parse(await stored(journalKey(env, next.id))).edits;
    expect(edit).toMatchObject({ oldBody: "nonsense" });
  });

  test("deletes, and the head counts what is left", async () => {
    const first = await publisher.publish(request([put("a", 0), put("b", 0)]));
    await publisher.publish(request([{ ...put("a", first.revision), op: "delete", spec: undefined }]));
    expect(await worker.etcd.get(liveKey(env, put("a", 0)))).toBeUndefined();
    expect(await stored(headKey(env, "order"))).toMatchObject({ keyCount: 1 });
  });

  test("shows its diff in a dry run and stores nothing", async () => {
    const before = (await worker.etcd.range({ prefix: liveRoot(env) })).kvs.length;
    const dry = await publisher.dryRun(request([put("a", 0)]));
    expect(dry.sentences[0]).toBe(
      "order/switch/a: new (position NORMAL, level non-core, strategy simplified)",
    );
    expect((await worker.etcd.range({ prefix: liveRoot(env) })).kvs).toHaveLength(before);
  });
});

describe("a conflict", () => {
  test("is typed, has all three sides, and writes nothing of the set", async () => {
    const first = await publisher.publish(request([put("a", 0), put("b", 0)]));
    const theirs = await publisher.publish(
      request([put("a", first.revision, { spec: { ...spec, position: "DEGRADED" } })]),
    );
    const error = await refused(
      publisher.publish(
        request([put("a", first.revision, { spec: { ...spec, level: "core" } }), put("b", first.revision)]),
      ),
    );
    expect(error.code).toBe("CONFLICT");
    const [report, ...others] = error.details as ConflictReport[];
    expect(others).toEqual([]);
    expect(report?.base).toMatchObject({
      revision: first.revision,
      body: { spec: { position: "NORMAL", level: "non-core" } },
    });
    expect(report?.theirs).toMatchObject({
      revision: theirs.revision,
      body: { spec: { position: "DEGRADED" } },
    });
    expect(report?.yours.body).toMatchObject({ spec: { level: "core" } });
    expect((await worker.etcd.get(liveKey(env, put("b", 0))))?.modRevision).toBe(first.revision);
  });

  test("of 16 writers of one lever exactly one wins each round", async () => {
    let base = 0;
    for (let round = 0; round < 5; round += 1) {
      const attempts = await Promise.allSettled(
        Array.from({ length: 16 }, () => publisher.publish(request([put("a", base)]))),
      );
      const won = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
      expect(won).toHaveLength(1);
      for (const attempt of attempts) {
        if (attempt.status === "rejected") expect((attempt.reason as DomainError).code).toBe("CONFLICT");
      }
      base = won[0]!.revision;
    }
  });

  test("writers of different levers of every service don't disturb each other, though they share a head", async () => {
    const attempts = Array.from({ length: 8 }, (_, index) =>
      publisher.publish(request([put(`s${index}`, 0, { service: EVERY_SERVICE })])),
    );
    expect((await Promise.all(attempts)).map((one) => one.repeated)).not.toContain(true);
  });
});

describe("an unknown outcome", () => {
  test("is resolved by the id, whether or not the lost answer was a success", async () => {
    await using proxy = await FaultProxy.start(worker.server.clientPort);
    const etcd = openEtcd({ endpoints: [proxy.endpoint] });
    const sound = createPublishStore(() => worker.etcd);
    // What is read before comes by a sound way: it is the commit's answer that gets lost.
    const store = { ...createPublishStore(() => etcd), view: sound.view.bind(sound) };
    const cut = publisherOn(etcd, store);
    let lost = 0;
    try {
      await etcd.status();
      for (let round = 0; round < 12; round += 1) {
        const asked = request([put(`r${round}`, 0)]);
        if (round % 2 === 0) proxy.pause("down");
        const publishing = cut.publish(asked);
        await sleep(round % 2 === 0 ? 30 : 0);
        lost += proxy.cutAll();
        proxy.resume("down");
        const done = await publishing;
        const journal = await worker.etcd.get(journalKey(env, asked.id));
        expect(journal?.modRevision).toBe(done.revision);
        expect(journal?.version).toBe(1);
        expect((await worker.etcd.get(liveKey(env, put(`r${round}`, 0))))?.version).toBe(1);
      }
    } finally {
      etcd.close();
    }
    expect(lost).toBeGreaterThan(6);
  });

  test("the same request again is a success that writes nothing; the same id with other edits is refused", async () => {
    const asked = request([put("a", 0)]);
    const first = await publisher.publish(asked);
    expect(await publisher.publish(asked)).toMatchObject({ revision: first.revision, repeated: true });
    const other = { ...asked, edits: [put("b", 0)] };
    expect((await refused(publisher.publish(other))).code).toBe("REUSED_ID");
    expect((await worker.etcd.get(journalKey(env, asked.id)))?.version).toBe(1);
  });
});

describe("limits come before sending", () => {
  test("too many writes, too large a body, too large a set", async () => {
    const many = Array.from({ length: LIMITS.operations }, (_, index) => put(`s${index}`, 0));
    expect((await refused(publisher.publish(request(many)))).code).toBe("TOO_LARGE");
    const config = (bytes: number, name: string): EditRequest => ({
      ...put(name, 0),
      kind: "config",
      spec: { format: "text", value: "x".repeat(bytes) },
    });
    expect(
      (await refused(publisher.publish(request([config(LIMITS.specBytes, "a")])))).publicMessage,
    ).toMatch(/at most 262144/);
    const large = [config(200_000, "a"), config(200_000, "b"), config(200_000, "c")];
    expect((await refused(publisher.publish(request(large)))).publicMessage).toMatch(
      /one transaction holds 1048576/,
    );
    await publisher.publish(request([config(200_000, "a"), config(200_000, "b")]));
    expect((await worker.etcd.range({ prefix: liveRoot(env) })).kvs).toHaveLength(4);
  });

  test("126 levers go in one transaction", async () => {
    const edits = Array.from({ length: LIMITS.operations - 2 }, (_, index) => put(`s${index}`, 0));
    const done = await publisher.publish(request(edits));
    expect(
      (await worker.etcd.range({ prefix: liveRoot(env) })).kvs.filter(
        (entry) => entry.modRevision === done.revision,
      ),
    ).toHaveLength(127);
  });
});

test.each([
  [{ reason: "  " }, /reason must not be empty/],
  [{ id: "mine" }, /change set id must be a ULID/],
  [{ edits: [] }, /at least one edit/],
  [{ env: "Prod!" }, /environment must be/],
  [{ env: "elsewhere" }, /no environment elsewhere/],
])("refuses %j and says why", async (change, message) => {
  const error = await refused(publisher.publish({ ...request([put("a", 0)]), ...change }));
  expect(error.publicMessage).toMatch(message);
});

test.each([
  [{ kind: "gizmo" as never }, /kind must be one of/],
  [{ name: "UPPER" }, /name must be/],
  [{ service: "a/b" }, /service must be/],
  [{ spec: undefined }, /spec is missing/],
  [{ spec: { ...spec, positon: "NORMAL" } }, /Unrecognized key: "positon"/],
  [
    { spec: { ...spec, audience: [{ contextName: "ip", operator: "CIDR", values: ["10.0.0.0/99"] }] } },
    /is not a range/,
  ],
  [{ baseRevision: -1 }, /baseRevision/],
  [{ op: "delete" as const }, /only what was seen can be deleted/],
])("refuses an edit %j and says why", async (change, message) => {
  const error = await refused(publisher.publish(request([{ ...put("a", 0), ...change }])));
  expect(error.publicMessage).toMatch(message);
});

test("refuses a set that mixes every service with named ones, and a lever twice", async () => {
  expect(
    (await refused(publisher.publish(request([put("a", 0), put("a", 0, { service: EVERY_SERVICE })]))))
      .publicMessage,
  ).toMatch(/never both/);
  expect((await refused(publisher.publish(request([put("a", 0), put("a", 0)])))).publicMessage).toMatch(
    /edited twice/,
  );
});
