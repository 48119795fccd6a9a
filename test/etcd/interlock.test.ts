import { setTimeout as sleep } from "node:timers/promises";
import {
  journalKey,
  journalSchema,
  liveKey,
  liveRoot,
  receiptKey,
  registryKey,
} from "@leverframe/agent/protocol";
import pino from "pino";
import { ulid } from "ulid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PublishView } from "../../src/domain/change-set.ts";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { type DomainError, isDomainError } from "../../src/domain/errors.ts";
import type { Finding } from "../../src/domain/interlock.ts";
import { createEnvironment } from "../../src/features/environments/environment-service.ts";
import { createPublisher, type Publisher } from "../../src/features/publish/publish-service.ts";
import { type EnvironmentMirrors, followEnvironment } from "../../src/infra/etcd/environment-mirrors.ts";
import {
  changeSettings,
  type FollowedSettings,
  followSettings,
} from "../../src/infra/etcd/environment-settings-store.ts";
import { createEnvironmentStore } from "../../src/infra/etcd/environment-store.ts";
import { createPublishStore } from "../../src/infra/etcd/publish-store.ts";
import { eventually } from "../support/eventually.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** The interlock where it counts: in the publisher, by memory (as the server has it) and without any (`--direct`). */
const worker = useWorkerEtcd();
const log = pino({ level: "silent" });
const author = { kind: "person", id: "ada" } as const;
let env = "";
let mirrors: EnvironmentMirrors;
let settings: FollowedSettings;

const publisherBy = (remembered: () => PublishView | undefined): Publisher =>
  createPublisher({
    store: createPublishStore(() => worker.etcd, remembered),
    now: () => new Date(),
    monotonic: () => performance.now(),
    sleep,
  });

beforeEach(async () => {
  env = freshEnvironment();
  await createEnvironment(
    createEnvironmentStore(worker.etcd, () => worker.etcd),
    env,
    "epochepoch0001",
  );
  settings = followSettings(worker.etcd, log);
  mirrors = followEnvironment({
    env,
    etcd: worker.etcd,
    foreign: false,
    settings: () => settings.of(env),
    log,
  });
  await Promise.all([settings.ready(10_000), mirrors.ready(10_000)]);
});
afterEach(async () => {
  await mirrors.close();
  await settings.close();
});

const lever = (
  name: string,
  level: string,
  position: string,
  extra: Partial<EditRequest> = {},
): EditRequest => ({
  service: "order",
  kind: "switch",
  name,
  op: "put",
  spec: { position, level, strategy: "simplified" },
  baseRevision: 0,
  ...extra,
});
const timeout = (service: string, name: string, timeoutMs: number, baseRevision = 0): EditRequest => ({
  service,
  kind: "timeout",
  name,
  op: "put",
  spec: { timeoutMs },
  baseRevision,
});
const request = (edits: EditRequest[], extra: object = {}) => ({
  env,
  id: ulid(),
  reason: "why",
  author,
  edits,
  ...extra,
});
const refused = async (work: Promise<unknown>): Promise<DomainError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isDomainError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};
const journalOf = async (id: string) =>
  journalSchema.parse(JSON.parse((await worker.etcd.get(journalKey(env, id)))!.value.toString()));
const register = (service: string, instance: string, extra: object = {}) =>
  worker.etcd.put(
    registryKey(env, service, instance),
    JSON.stringify({
      schema: 1,
      service,
      instance,
      incarnation: "one",
      version: "1",
      zone: "",
      agentVersion: "0.1.0",
      startedAt: new Date().toISOString(),
      ...extra,
    }),
  );

describe.each([
  ["from memory", () => publisherBy(() => mirrors.view())],
  ["with etcd alone", () => publisherBy(() => undefined)],
] as const)("%s", (_, open) => {
  let publisher: Publisher;
  beforeEach(() => {
    publisher = open();
  });

  test("a refused change set says what would break, and writes nothing", async () => {
    const first = await publisher.publish(
      request([lever("checkout", "core", "NORMAL"), lever("hints", "non-core", "NORMAL")]),
    );
    const before = await worker.etcd.range({ prefix: liveRoot(env) });
    const asked = request([lever("checkout", "core", "DEGRADED", { baseRevision: first.revision })]);
    const error = await refused(publisher.publish(asked));
    expect(error.code).toBe("REFUSED");
    expect(error.publicMessage).toMatch(/^The interlock refuses this\. .*Degrade order\/switch\/hints first/);
    expect(error.details).toMatchObject([
      { rule: "levels", ref: { name: "checkout" } } satisfies Partial<Finding> | object,
    ]);
    expect((await worker.etcd.range({ prefix: liveRoot(env) })).kvs).toEqual(before.kvs);
    expect(await worker.etcd.get(journalKey(env, asked.id))).toBeUndefined();
    const dry = await publisher.dryRun(asked);
    expect(dry.refusals).toEqual(error.details);
    expect(dry.sentences).toEqual(["order/switch/checkout: position NORMAL → DEGRADED"]);
    // What it asks for was done a moment ago: no memory that is behind may refuse it now.
    const hints = lever("hints", "non-core", "DEGRADED", { baseRevision: first.revision });
    await publisher.publish(request([hints]));
    await publisher.publish(asked);
    expect(await journalOf(asked.id)).not.toHaveProperty("override");
  });

  test("an override is recorded with what it broke; one that broke nothing is none; automation has none", async () => {
    const { revision } = await publisher.publish(
      request([lever("checkout", "core", "NORMAL"), lever("hints", "non-core", "NORMAL")]),
    );
    const override = { reason: "the hall is on fire" };
    const needless = request([lever("third", "non-core", "DEGRADED")], { override });
    await publisher.publish(needless);
    expect(await journalOf(needless.id)).not.toHaveProperty("override");
    const edits = [lever("checkout", "core", "DEGRADED", { baseRevision: revision })];
    const rule = request(edits, { override, author: { kind: "rule", id: "expiry" } });
    expect((await refused(publisher.publish(rule))).code).toBe("FORBIDDEN");
    expect((await refused(publisher.publish(request(edits, { override }), { overrides: false }))).code).toBe(
      "FORBIDDEN",
    );
    const forced = request(edits, { override });
    await publisher.publish(forced, { overrides: true });
    expect((await journalOf(forced.id)).override).toEqual({
      reason: "the hall is on fire",
      broke: [expect.stringContaining("order/switch/hints (non-core), which counts, stands NORMAL")],
    });
  });

  test("the last healthy instance counts those registered, and not those that leave", async () => {
    const drain = (instances: string[]) =>
      request([
        {
          service: "order",
          kind: "traffic" as const,
          name: "default",
          op: "put" as const,
          spec: { balancer: "P2C", drain: instances },
          baseRevision: 0,
        },
      ]);
    await publisher.dryRun(drain(["order-1"])).then((dry) => expect(dry.refusals).toEqual([]));
    await register("order", "order-1");
    await register("order", "order-2", { leaving: true });
    await eventually(
      () => publisher.dryRun(drain(["order-1"])),
      (dry) => dry.refusals.length === 1,
      5_000,
    );
    await register("order", "order-2");
    await eventually(
      () => publisher.dryRun(drain(["order-1"])),
      (dry) => dry.refusals.length === 0,
      5_000,
    );
    expect((await publisher.dryRun(drain(["order-1", "order-2"]))).refusals[0]?.sentence).toContain(
      "all 2 healthy instances of order",
    );
  });

  test("a lesser switch of every service counts until the instances say that their code does not read it", async () => {
    await publisher.publish(request([lever("hints", "non-core", "NORMAL", { service: "*" })]));
    const asked = request([lever("checkout", "core", "DEGRADED")]);
    await eventually(
      () => publisher.dryRun(asked),
      (dry) => dry.refusals.length === 1,
      5_000,
    );
    const receipt = (reads: string[]) =>
      worker.etcd.put(
        receiptKey(env, "order", "order-1"),
        JSON.stringify({
          schema: 1,
          incarnation: "one",
          ownRevision: 1,
          sharedRevision: 1,
          delayMs: 0,
          digest: "",
          held: [],
          unsupported: [],
          reads: reads.map((name) => ({ kind: "switch", name, decisions: 0 })),
        }),
      );
    await receipt(["checkout", "hints"]);
    expect((await refused(publisher.publish(asked))).code).toBe("REFUSED");
    await receipt(["checkout"]);
    await publisher.publish(asked);
  });

  test("a freeze holds until it is lifted, and what it is about is said", async () => {
    const freeze = {
      id: ulid(),
      from: "2020-01-01T00:00:00.000Z",
      to: "2099-01-01T00:00:00.000Z",
      reason: "the sale",
    };
    await changeSettings(worker.etcd, env, (standing) => ({ ...standing, freezes: [freeze] }));
    await eventually(
      () => settings.of(env).freezes.length,
      (count) => count === 1,
      5_000,
    );
    const error = await refused(publisher.publish(request([lever("a", "non-core", "NORMAL")])));
    expect(error.publicMessage).toContain("frozen until 2099-01-01T00:00:00.000Z (the sale)");
    await changeSettings(worker.etcd, env, (standing) => ({ ...standing, freezes: [] }));
    // At once: a refusal is proved by a fresh look.
    await publisher.publish(request([lever("a", "non-core", "NORMAL")]));
  });

  test("two who move both ends of a call at once never leave it broken", async () => {
    for (let round = 0; round < 10; round += 1) {
      const [caller, callee] = [`caller${round}`, `callee${round}`];
      const made = await publisher.publish(
        request([timeout(caller, callee, 1_000), timeout(callee, "stock", 500)]),
      );
      const attempts = await Promise.allSettled([
        publisher.publish(request([timeout(caller, callee, 600, made.revision)])),
        publisher.publish(request([timeout(callee, "stock", 900, made.revision)])),
      ]);
      const codes = attempts.map((one) =>
        one.status === "rejected" ? (one.reason as DomainError).code : "done",
      );
      expect(codes.toSorted()).toEqual(["REFUSED", "done"]);
    }
  });
});

test("eight writers at once, each by its memory, never leave a rule broken", async () => {
  const first = publisherBy(() => undefined);
  const quiet = {
    ...lever("a", "non-core", "NORMAL"),
    meta: { conflicts: [{ service: "payment", kind: "switch" as const, name: "b" }] },
  };
  await first.publish(
    request([
      timeout("gateway", "order", 1_000),
      timeout("order", "stock", 500),
      timeout("order", "payment", 500),
      quiet,
      lever("b", "non-core", "NORMAL", { service: "payment" }),
    ]),
  );
  const seen = (edit: EditRequest): EditRequest => ({
    ...edit,
    baseRevision: mirrors.state.live.get(liveKey(env, edit))?.modRevision ?? 0,
  });
  const outcomes = new Map<string, number>();
  const pull = async (turn: number): Promise<void> => {
    const ms = 100 + ((turn * 7_919) % 1_500);
    const position = turn % 2 === 0 ? "DEGRADED" : "NORMAL";
    const edits = [
      timeout("gateway", "order", ms),
      timeout("order", "stock", ms),
      timeout("order", "payment", ms),
      { ...quiet, spec: { ...(quiet.spec as object), position } },
      lever("b", "non-core", position, { service: "payment" }),
    ];
    const edit = edits[turn % edits.length];
    if (edit === undefined) return;
    const outcome = await publisherBy(() => mirrors.view())
      .publish(request([seen(edit)]))
      .then(
        () => "done",
        (error: unknown) => (isDomainError(error) ? error.code : String(error)),
      );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  };
  const broken: unknown[] = [];
  for (let round = 0; round < 25; round += 1) {
    await Promise.all(Array.from({ length: 8 }, (_, writer) => pull(round * 8 + writer)));
    const { kvs } = await worker.etcd.range({ prefix: liveRoot(env) });
    const stands = new Map(kvs.map((entry) => [entry.key, JSON.parse(entry.value.toString()).spec]));
    const spec = (edit: EditRequest): { timeoutMs: number; position: string } =>
      stands.get(liveKey(env, edit));
    const [outer, stock, payment] = [
      spec(timeout("gateway", "order", 0)).timeoutMs,
      spec(timeout("order", "stock", 0)).timeoutMs,
      spec(timeout("order", "payment", 0)).timeoutMs,
    ];
    const both = [spec(quiet), spec(lever("b", "", "", { service: "payment" }))].map((one) => one.position);
    if (stock >= outer || payment >= outer || both.every((one) => one === "DEGRADED"))
      broken.push({ round, outer, stock, payment, both });
  }
  expect(broken).toEqual([]);
  expect([...outcomes.keys()].toSorted()).toEqual(["CONFLICT", "REFUSED", "done"]);
});

test("a memory that knows nothing of a refusal's ground does not decide: its heads are compared", async () => {
  const live = publisherBy(() => undefined);
  const made = await live.publish(
    request([timeout("gateway", "order", 1_000), timeout("order", "stock", 500)]),
  );
  await eventually(() => mirrors.state.live.get(liveKey(env, timeout("order", "stock", 0))), Boolean, 5_000);
  const old = mirrors.view()!;
  const frozen = { ...old, interlock: { ...old.interlock } };
  const levers = old.interlock.levers("timeout");
  const heads = new Map(["gateway", "order"].map((scope) => [scope, old.interlock.headRevision(scope)]));
  frozen.interlock.levers = (kind, scope) =>
    levers.filter(({ ref }) => ref.kind === kind && (scope === undefined || ref.service === scope));
  frozen.interlock.headRevision = (scope) => heads.get(scope) ?? 0;
  await live.publish(request([timeout("order", "stock", 900, made.revision)]));
  let looks = 0;
  const behind = publisherBy(() => {
    looks += 1;
    return looks === 1 ? frozen : undefined;
  });
  const error = await refused(behind.publish(request([timeout("gateway", "order", 600, made.revision)])));
  expect(error.code).toBe("REFUSED");
  expect(looks).toBeGreaterThan(1);
});
