import { setTimeout as sleep } from "node:timers/promises";
import { journalKey, journalRoot, journalSchema, liveKey } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import type { AnonymousRequest, LeverPort } from "../../src/cli/lever-port.ts";
import { isDomainError } from "../../src/domain/errors.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/**
 * Guarantee (DESIGN §8): the control plane killed at any instant loses or halves nothing that it acknowledged, and
 * what was left unknown is resolved by the change set's id.
 */
const KILLS = 52;
/** Kills for which etcd has committed a change set whose answer is still under way to the control plane. */
const KILLS_BEFORE_ANSWER = 14;
const WRITERS = 8;
const ENV = "prod";

const worker = useWorkerEtcd();
const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;

interface Tally {
  readonly acknowledged: Map<string, { revision: number; request: AnonymousRequest }>;
  readonly refused: Set<string>;
  unknown: number;
  resolvedAsDone: number;
  resolvedAsNot: number;
}

test("52 kills under 8 conflicting writers: whole, once, and nothing left unknown", {
  timeout: 600_000,
}, async () => {
  const seed = seedOfRun(process.env["SEED"]);
  console.log(`seed ${seed}`);
  const random = seeded(seed);
  await using proxy = await FaultProxy.start(worker.server.clientPort);
  await using server = await ControlPlaneProcess.start({ etcd: proxy.endpoint, environments: ENV });
  const levers = await server.levers();
  const tally: Tally = {
    acknowledged: new Map(),
    refused: new Set(),
    unknown: 0,
    resolvedAsDone: 0,
    resolvedAsNot: 0,
  };
  const running = { on: true };
  const writers = Array.from({ length: WRITERS }, async (_, index) => {
    while (running.on) await writeOnce(levers, index, tally, () => running.on);
  });
  let beforeAnswer = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(40 + random() * 260);
    if (kill % 3 === 0 && beforeAnswer < KILLS_BEFORE_ANSWER)
      beforeAnswer += (await killBeforeAnswer(server, proxy, tally)) ? 1 : 0;
    else await server.kill();
    await server.up();
  }
  running.on = false;
  await Promise.all(writers);
  console.log(
    `${KILLS} kills, ${beforeAnswer} of them between send and answer; ${tally.acknowledged.size} acknowledged, ` +
      `${tally.unknown} unknown (${tally.resolvedAsDone} had been done, ${tally.resolvedAsNot} not), ${tally.refused.size} refused`,
  );
  expect(beforeAnswer).toBeGreaterThanOrEqual(10);
  expect(tally.unknown).toBeGreaterThan(10);
  await expectWholeAndOnce(tally);
});

/** One edit of two levers that all writers want; an answer that is lost is asked for again under the same id. */
async function writeOnce(
  levers: LeverPort,
  writer: number,
  tally: Tally,
  goOn: () => boolean,
): Promise<void> {
  const names = [`shared-${writer % 2}`, `shared-${2 + (writer % 3)}`];
  let request: AnonymousRequest;
  try {
    const { levers: rows } = await levers.board(ENV, { service: "order" });
    const edits = names.map((name) => ({
      service: "order",
      kind: "switch" as const,
      name,
      op: "put" as const,
      spec: { ...spec, payload: `${writer} ${Math.random()}` },
      baseRevision: rows.find((row) => row.name === name)?.revision ?? 0,
    }));
    request = { env: ENV, id: ulid(), reason: `writer ${writer}`, edits };
  } catch {
    await sleep(50);
    return;
  }
  let lost = false;
  for (;;) {
    try {
      const done = await levers.publish(request);
      tally.acknowledged.set(request.id, { revision: done.revision, request });
      if (lost && done.repeated) tally.resolvedAsDone += 1;
      return;
    } catch (error) {
      const code = isDomainError(error) ? error.code : "FAILED";
      if (code === "CONFLICT") {
        tally.refused.add(request.id);
        if (lost) tally.resolvedAsNot += 1;
        return;
      }
      if (code !== "UNAVAILABLE" && code !== "UNKNOWN_OUTCOME") throw error;
      if (!lost) tally.unknown += 1;
      lost = true;
      await sleep(goOn() ? 60 : 200);
    }
  }
}

/** Stops answers from etcd, waits until etcd holds a change set that nobody was told of, then kills. */
async function killBeforeAnswer(
  server: ControlPlaneProcess,
  proxy: FaultProxy,
  tally: Tally,
): Promise<boolean> {
  const before = new Set(await journalIds());
  proxy.pause("down");
  try {
    for (let look = 0; look < 100; look += 1) {
      const news = (await journalIds()).filter((id) => !before.has(id) && !tally.acknowledged.has(id));
      if (news.length > 0) {
        await server.kill();
        return news.some((id) => !tally.acknowledged.has(id));
      }
      await sleep(10);
    }
    await server.kill();
    return false;
  } finally {
    proxy.resume("down");
  }
}

async function journalIds(): Promise<string[]> {
  const { kvs } = await worker.etcd.range({ prefix: journalRoot(ENV), keysOnly: true });
  return kvs.map((entry) => entry.key.slice(journalRoot(ENV).length));
}

async function expectWholeAndOnce(tally: Tally): Promise<void> {
  for (const [id, { revision, request }] of tally.acknowledged) {
    const journal = await worker.etcd.get(journalKey(ENV, id));
    expect(journal, `${id} was acknowledged`).toBeDefined();
    expect([journal?.modRevision, journal?.createRevision, journal?.version], id).toEqual([
      revision,
      revision,
      1,
    ]);
    expect(journalSchema.parse(JSON.parse(journal!.value.toString())).edits).toHaveLength(
      request.edits.length,
    );
    for (const edit of request.edits) {
      const { kvs } = await worker.etcd.range({ key: liveKey(ENV, edit), revision });
      const body = JSON.parse(kvs[0]!.value.toString()) as { spec: unknown; meta: { changeSetId: string } };
      expect(kvs[0]!.modRevision).toBe(revision);
      expect(body).toMatchObject({ spec: edit.spec as object, meta: { changeSetId: id } });
    }
  }
  const ids = await journalIds();
  for (const id of tally.refused) expect(ids, `${id} was refused`).not.toContain(id);
  // Nothing is in etcd that its author was not told of.
  expect(ids.filter((id) => !tally.acknowledged.has(id))).toEqual([]);
}
