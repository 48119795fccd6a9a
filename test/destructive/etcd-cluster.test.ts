import { setTimeout as sleep } from "node:timers/promises";
import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import { journalRoot, journalSchema, liveRoot } from "@leverframe/agent/protocol";
import { expect, test } from "vitest";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { Writer } from "../support/writers.ts";

/** Guarantee (DESIGN §8): with three members, the leader's death stops nothing for long and loses nothing acknowledged. */
const ENV = "prod";
const KILLS = 10;
const WRITERS = 6;

async function leaderOf(members: readonly EtcdServer[]): Promise<EtcdServer> {
  for (;;) {
    for (const member of members) {
      const etcd = member.open({ deadlineMs: 1_000 });
      const status = await etcd.status().catch(() => undefined);
      etcd.close();
      if (status !== undefined && status.leader !== "0" && status.leader === status.memberId) return member;
    }
    await sleep(50);
  }
}

/** Everything under a prefix, at one revision. */
async function allOf(etcd: Etcd, prefix: string, revision: number): Promise<string[]> {
  const { kvs } = await etcd.range({ prefix, revision, deadlineMs: 20_000 });
  return kvs.map((entry) => `${entry.key} ${entry.modRevision} ${entry.value.toString()}`);
}

test("ten leaders killed under load: writes resume, members agree, nothing acknowledged is lost", {
  timeout: 300_000,
}, async () => {
  const members = await EtcdServer.startCluster(3);
  const endpoints = members.map((member) => member.endpoint);
  await using control = await ControlPlaneProcess.start({ etcd: endpoints.join(","), environments: ENV });
  const levers = await control.levers();
  const writers = Array.from({ length: WRITERS }, (_, index) => new Writer(ENV, `w${index}`, () => levers));
  const running = Promise.all(writers.map((writer) => writer.run()));
  const outages: number[] = [];
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(700);
      const leader = await leaderOf(members);
      const killedMs = performance.now();
      await leader.kill();
      // Not one that was on its way already: the first that each writer has after the kill, and then the first of all.
      const counts = writers.map((writer) => writer.acknowledged.length);
      await expect
        .poll(() => writers.every((writer, index) => writer.acknowledged.length > (counts[index] ?? 0)), {
          timeout: 30_000,
          interval: 20,
        })
        .toBe(true);
      const resumed = writers.map((writer, index) => writer.acknowledged[counts[index] ?? 0]?.atMs ?? 0);
      outages.push(Math.max(...resumed) - killedMs);
      await leader.up();
    }
  } finally {
    for (const writer of writers) writer.stop();
  }
  await running;
  const sorted = outages.toSorted((a, b) => a - b);
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  console.log(
    `${KILLS} leaders killed; every writer wrote again after ${sorted[KILLS / 2]?.toFixed(0)} ms (median), ` +
      `${sorted.at(-1)?.toFixed(0)} ms (worst); ${acknowledged.length} acknowledged, ` +
      `${writers.reduce((sum, writer) => sum + writer.unknown, 0)} tries without an answer`,
  );
  const cluster = openEtcd({ endpoints });
  const { revision } = await cluster.range({ key: "now", countOnly: true });
  const journals = new Map(
    (await cluster.range({ prefix: journalRoot(ENV), deadlineMs: 20_000 })).kvs.map((entry) => [
      journalSchema.parse(JSON.parse(entry.value.toString())).id,
      entry.modRevision,
    ]),
  );
  expect(acknowledged.filter((one) => journals.get(one.id) !== one.revision)).toEqual([]);
  const states: string[][] = [];
  for (const member of members) {
    const etcd = member.open();
    states.push([
      ...(await allOf(etcd, liveRoot(ENV), revision)),
      ...(await allOf(etcd, journalRoot(ENV), revision)),
    ]);
    etcd.close();
  }
  expect(states[1]).toEqual(states[0]);
  expect(states[2]).toEqual(states[0]);
  for (const writer of writers) {
    const last = writer.acknowledged.at(-1);
    expect(states[0]?.find((line) => line.includes(`/switch/${writer.name} `))).toContain(last?.payload);
  }
  cluster.close();
  for (const member of members) await member.close();
});
