import { setTimeout as sleep } from "node:timers/promises";
import { formatRef, liveRoot, parseKey, type ResourceRef } from "@leverframe/agent/protocol";
import fc from "fast-check";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { isDomainError } from "../../src/domain/errors.ts";
import { endingRequest, expiringOf } from "../../src/domain/expiry.ts";
import { type BackService, createBackService } from "../../src/features/back/back-service.ts";
import { createEnvironment } from "../../src/features/environments/environment-service.ts";
import { createPublisher, type Publisher } from "../../src/features/publish/publish-service.ts";
import { createBackStore } from "../../src/infra/etcd/back-store.ts";
import { createEnvironmentStore } from "../../src/infra/etcd/environment-store.ts";
import { createPublishStore } from "../../src/infra/etcd/publish-store.ts";
import { journalHistory } from "../support/journal-history.ts";
import { LeverModel, type ModelEdit, type ModelLever, plain } from "../support/lever-model.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** The real publisher and the real ways back on a real etcd, against a model that knows none of their means. */
const worker = useWorkerEtcd();
const EPOCH = "epochepoch0001";
const author = { kind: "person", id: "ada" } as const;

const RUNS = 60;
const done = new Map<string, number>();
const count = (what: string): void => void done.set(what, (done.get(what) ?? 0) + 1);

interface Real {
  readonly env: string;
  readonly publisher: Publisher;
  readonly back: BackService;
}

const REFS: readonly ResourceRef[] = [
  { service: "order", kind: "switch", name: "a" },
  { service: "order", kind: "config", name: "b" },
  { service: "payment", kind: "switch", name: "a" },
  { service: "payment", kind: "config", name: "c" },
];
const specOf = (ref: ResourceRef, seed: number): unknown =>
  ref.kind === "switch"
    ? {
        position: seed % 2 === 0 ? "NORMAL" : "DEGRADED",
        level: "non-core",
        strategy: "static",
        payload: seed,
      }
    : { format: "text", value: `value ${seed}` };

const levels = fc.record({
  ref: fc.constantFrom(...REFS),
  seed: fc.nat({ max: 99 }),
  what: fc.constantFrom("change", "change", "rollout", "expiry", "expiry", "delete"),
  minutes: fc.integer({ min: 1, max: 60 }),
  described: fc.boolean(),
});
type Wish = typeof levels extends fc.Arbitrary<infer W> ? W : never;

/** The model's answer to a wish, and the edit that asks for it. */
function wishOf(
  model: LeverModel,
  { ref, seed, what, minutes, described }: Wish,
): { edit: EditRequest; made: ModelEdit } | undefined {
  const stood = model.at(ref);
  const baseRevision = stood?.revision ?? 0;
  if (what === "delete") {
    return stood && { edit: { ...ref, op: "delete", baseRevision }, made: { ref, after: undefined } };
  }
  const spec = specOf(ref, seed);
  const rollout =
    what === "rollout"
      ? {
          id: ulid(),
          salt: `s${seed}`,
          shareBp: seed * 100,
          stickiness: "instance",
          candidate: specOf(ref, seed + 1),
        }
      : undefined;
  const at = new Date(model.now + minutes * 60_000).toISOString();
  const restore =
    stood === undefined
      ? null
      : (stood.lever.expiry?.restore ?? (stood.lever.expiry === undefined ? stood.lever.spec : null));
  const after: ModelLever = {
    spec,
    ...(rollout === undefined ? {} : { rollout }),
    description: described ? `about ${seed}` : stood?.lever.description,
    ...(what === "expiry" ? { expiry: { at, restore } } : {}),
  };
  const edit: EditRequest = {
    ...ref,
    op: "put",
    spec,
    ...(rollout === undefined ? {} : { rollout }),
    ...(described ? { meta: { description: `about ${seed}` } } : {}),
    ...(what === "expiry" ? { expiry: { at } } : {}),
    baseRevision,
  };
  return { edit, made: { ref, after } };
}

/** Etcd holds what the model says, at the revisions that it says. */
async function compare(model: LeverModel, real: Real): Promise<void> {
  const { kvs } = await worker.etcd.range({ prefix: liveRoot(real.env) });
  const stands = kvs.flatMap((entry) => {
    const place = parseKey(entry.key);
    if (place.at !== "live") return [];
    const { spec, rollout, meta } = JSON.parse(entry.value.toString());
    const expiry = meta.expiry && { at: meta.expiry.at, restore: meta.expiry.restore };
    return [
      `${formatRef(place)} v${meta.version} r${entry.modRevision} ${plain({ spec, rollout, description: meta.description, expiry })}`,
    ];
  });
  const wanted = [...model.live].map(
    ([name, { lever, version, revision }]) => `${name} v${version} r${revision} ${plain(lever)}`,
  );
  expect(stands.toSorted()).toEqual(wanted.toSorted());
}

async function expectRefusal(work: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(codes).toContain(isDomainError(error) ? error.code : `none (${String(error)})`);
}
const said = (real: Real) => ({ env: real.env, id: ulid(), author, reason: "why" });

type Step = fc.AsyncCommand<LeverModel, Real>;
const step = (name: string, work: (model: LeverModel, real: Real) => Promise<void>): Step => ({
  check: () => true,
  async run(model, real) {
    await work(model, real);
    await compare(model, real);
  },
  toString: () => name,
});

const publish = fc.array(levels, { minLength: 1, maxLength: 3 }).map((wishes) =>
  step(`publish ${JSON.stringify(wishes)}`, async (model, real) => {
    const byRef = new Map(wishes.map((wish) => [formatRef(wish.ref), wish]));
    const asked = [...byRef.values()].flatMap((wish) => wishOf(model, wish) ?? []);
    if (asked.length === 0) return;
    const request = { ...said(real), edits: asked.map(({ edit }) => edit) };
    count("publish");
    const { revision } = await real.publisher.publish(request);
    model.commit(
      request.id,
      revision,
      asked.map(({ made }) => made),
    );
  }),
);
const undo = fc.nat({ max: 12 }).map((ago) =>
  step(`undo the change ${ago} ago`, async (model, real) => {
    const change = model.changes.at(-1 - (ago % Math.max(1, model.changes.length)));
    if (change === undefined) return;
    const wanted = model.undo(change);
    const request = { ...said(real), changeSetId: change.id };
    if (wanted === "conflict" || wanted === "nothing") {
      count("undo refused");
      await expectRefusal(
        real.back.undo(request, () => undefined),
        wanted === "conflict" ? "CONFLICT" : "INVALID",
      );
      return;
    }
    count("undo");
    const { revision } = await real.back.undo(request, () => undefined);
    model.commit(request.id, revision, wanted);
  }),
);
const rollback = fc
  .tuple(fc.constantFrom(...REFS), fc.nat({ max: 30 }), fc.boolean())
  .map(([ref, pick, byRevision]) =>
    step(
      `roll ${formatRef(ref)} back (${pick}, ${byRevision ? "revision" : "version"})`,
      async (model, real) => {
        const known = model.versions.get(formatRef(ref)) ?? [];
        const chosen = known[pick % Math.max(1, known.length)];
        if (chosen === undefined || (!byRevision && chosen.lever === undefined)) return;
        // Versions count anew after a deletion: the newest of that number is meant.
        const former = byRevision
          ? chosen.lever
          : known.findLast((one) => one.version === chosen.version && one.lever !== undefined)?.lever;
        const wanted = model.rollback(ref, former);
        const request = {
          ...said(real),
          ref,
          to: byRevision ? { revision: chosen.revision } : { version: chosen.version },
          baseRevision: model.at(ref)?.revision ?? 0,
        };
        if (wanted === undefined) {
          count("rollback refused");
          await expectRefusal(real.back.rollback(request), "INVALID");
          return;
        }
        count("rollback");
        const { revision } = await real.back.rollback(request);
        model.commit(request.id, revision, [wanted]);
      },
    ),
  );
const stale = fc.tuple(fc.constantFrom(...REFS), fc.nat({ max: 30 })).map(([ref, pick]) =>
  step(`roll ${formatRef(ref)} back, seen too early`, async (model, real) => {
    const known = (model.versions.get(formatRef(ref)) ?? []).filter((one) => one.lever !== undefined);
    const [seen, chosen] = [known.at(-2), known[pick % Math.max(1, known.length)]];
    if (seen === undefined || chosen === undefined || seen.revision === model.at(ref)?.revision) return;
    const request = { ...said(real), ref, to: { revision: chosen.revision }, baseRevision: seen.revision };
    await expectRefusal(real.back.rollback(request), "CONFLICT", "INVALID");
  }),
);
const timeGoes = fc.integer({ min: 1, max: 40 }).map((minutes) =>
  step(`${minutes} minutes go by`, async (model) => {
    model.now += minutes * 60_000;
  }),
);
const expire = fc.integer({ min: 0, max: 60 }).map((minutes) =>
  step(`${minutes} minutes go by, and what is due ends`, async (model, real) => {
    model.now += minutes * 60_000;
    const { kvs } = await worker.etcd.range({ prefix: liveRoot(real.env) });
    for (const entry of kvs) {
      const expiring = expiringOf(entry);
      if (expiring === undefined || expiring.atMs > model.now) continue;
      const stood = model.at(expiring);
      count("expiry");
      const request = endingRequest(real.env, expiring, ulid());
      const { revision } = await real.publisher.publish(request);
      const { service, kind, name } = expiring;
      model.commit(request.id, revision, [
        { ref: { service, kind, name }, after: model.resolved(stood?.lever) },
      ]);
    }
  }),
);
const compact = fc.constant(
  step("etcd forgets its past", async () => {
    const { revision } = await worker.etcd.range({ key: "none" });
    await worker.etcd.compact(revision).catch(() => undefined);
  }),
);

test("edits, rollouts, expiries, rollbacks and undos in any order leave what the model says", async () => {
  const steps = [
    publish,
    publish,
    publish,
    undo,
    undo,
    rollback,
    rollback,
    stale,
    timeGoes,
    expire,
    expire,
    compact,
  ];
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 40, size: "max" }), async (commands) => {
      const env = freshEnvironment();
      await createEnvironment(
        createEnvironmentStore(worker.etcd, () => worker.etcd),
        env,
        EPOCH,
      );
      const model = new LeverModel();
      const now = (): Date => new Date(model.now);
      const store = createPublishStore(() => worker.etcd);
      const publisher = createPublisher({ store, now, monotonic: () => performance.now(), sleep });
      const back = createBackService({
        store: createBackStore(() => worker.etcd),
        history: journalHistory(worker.etcd, EPOCH),
        journal: (of, id) => store.journal(of, id),
        publisher,
        now,
      });
      await fc.asyncModelRun(() => ({ model, real: { env, publisher, back } }), commands);
    }),
    { numRuns: RUNS },
  );
  // A generator that makes nothing would prove nothing.
  for (const what of ["publish", "undo", "undo refused", "rollback", "rollback refused", "expiry"])
    expect(done.get(what) ?? 0, what).toBeGreaterThan(RUNS / 2);
}, 240_000);
