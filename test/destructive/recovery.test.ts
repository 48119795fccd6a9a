import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Agent, createAgent } from "@leverframe/agent";
import { ulid } from "ulid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { type RemoteClient, remoteClient } from "../../src/cli/remote-client.ts";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { DomainError } from "../../src/domain/errors.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { restoreBackup, saveBackup } from "../support/etcd-backup.ts";
import { EtcdServer } from "../support/etcd-server.ts";

/**
 * Guarantee (DESIGN §8): etcd restored from yesterday's backup, or wiped: the console names what differs from SQL and
 * publishes it again on request; agents go from the last state that they had to that very state, with nothing between.
 */
const ENV = "prod";
const normal = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;
const degraded = { ...normal, position: "DEGRADED" } as const;
let dir = "";
let server: EtcdServer;
let control: ControlPlaneProcess;
let remote: RemoteClient;
let agent: Agent;
/** All that the code ever saw, in order. */
let seen: string[];

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-backup-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

beforeEach(async () => {
  server = await EtcdServer.start();
  control = await ControlPlaneProcess.start({ etcd: server.endpoint, environments: ENV });
  remote = remoteClient(control.url, await control.token());
  seen = [];
  agent = createAgent({
    service: "order",
    env: ENV,
    instance: "order-1",
    etcd: { endpoints: [server.endpoint] },
    metrics: false,
    snapshotDir: false,
  });
  const comments = agent.switch("comments", { level: "non-core" });
  comments.onChange(() => seen.push(`comments ${comments.isDegraded()}`));
  const page = agent.config("page", z.object({ size: z.number() }), { default: { size: 0 } });
  page.onChange(({ size }) => seen.push(`page ${size}`));
  await agent.start();
});
afterEach(async () => {
  await agent.close();
  await control[Symbol.asyncDispose]();
  await server.close();
});

const edit = (kind: "switch" | "config", name: string, spec: unknown, baseRevision: number): EditRequest => ({
  service: "order",
  kind,
  name,
  op: "put",
  spec,
  baseRevision,
});
const json = (size: number): unknown => ({ format: "json", value: JSON.stringify({ size }) });
async function publish(...edits: EditRequest[]): Promise<number> {
  const { api, call } = remote;
  const done = await call(() =>
    api.publish.commit.mutate({ env: ENV, id: ulid(), reason: "a change", edits }),
  );
  return done.revision;
}
const held = async (): Promise<void> => {
  await expect.poll(() => agent.status.hold?.reason, { timeout: 30_000 }).toBeDefined();
};
const holding = async (): Promise<number> =>
  (await remote.api.fleet.services.query({ env: ENV })).flatMap((service) =>
    service.instances.filter((instance) => instance.hold !== undefined),
  ).length;

/** As an operator does: looks again while the history does not follow the new life yet. */
async function examine(by: { readonly env: string; readonly groupId: string }) {
  const untilMs = performance.now() + 30_000;
  for (;;) {
    try {
      return await remote.call(() => remote.api.epoch.examine.mutate(by));
    } catch (error) {
      const early = error instanceof DomainError && error.code === "UNAVAILABLE";
      if (!early || performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

describe("the way back", () => {
  test("after a backup: named, published again, and only then obeyed", async () => {
    const first = await publish(edit("switch", "comments", normal, 0), edit("config", "page", json(10), 0));
    const doomed = await publish(edit("switch", "doomed", normal, 0));
    const backup = path.join(dir, "backup.db");
    await saveBackup(server, backup);
    await publish(edit("switch", "comments", degraded, first));
    await publish(edit("config", "page", json(20), first), edit("switch", "fresh", degraded, 0));
    await publish({ service: "order", kind: "switch", name: "doomed", op: "delete", baseRevision: doomed });
    await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toBe("page 20");
    await expect
      .poll(async () => (await remote.api.history.changeSets.query({ env: ENV, limit: 50 })).rows.length, {
        timeout: 10_000,
      })
      .toBe(5);
    const before = [...seen];

    await restoreBackup(server, backup);
    await held();
    await expect.poll(holding, { timeout: 30_000 }).toBe(1);
    const groupId = ulid();
    const found = await examine({ env: ENV, groupId });
    expect(found.holding).toEqual(["order-1"]);
    expect(found.lost?.changeSets).toBe(3);
    expect(found.plan?.sentences.toSorted()).toEqual([
      'order/config/page: value {"size":10} → {"size":20}',
      expect.stringContaining("order/switch/comments: position NORMAL → DEGRADED"),
      expect.stringContaining("order/switch/doomed: deleted"),
      expect.stringContaining("order/switch/fresh: new"),
    ]);
    expect(seen).toEqual(before);

    const done = await remote.call(() =>
      remote.api.epoch.republish.mutate({
        env: ENV,
        groupId,
        reason: "the backup was a day old",
        seen: [...(found.plan?.seen ?? [])],
      }),
    );
    expect(done.confirmed).not.toBeNull();
    await expect.poll(() => agent.status.hold, { timeout: 20_000 }).toBeUndefined();
    await expect.poll(() => agent.status.epoch, { timeout: 20_000 }).toBe(done.confirmed?.epoch);
    // From what it served to what it serves, without a look at yesterday's.
    expect(
      seen.slice(before.length).filter((what) => what !== "page 20" && what !== "comments true"),
    ).toEqual([]);
    const { levers } = await remote.api.levers.board.query({ env: ENV });
    expect(levers.map((row) => row.name)).toEqual(["page", "comments", "fresh"]);
    const [page] = levers;
    await publish(edit("config", "page", json(30), page?.revision ?? 0));
    await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toBe("page 30");
    const again = await remote.call(() => remote.api.epoch.examine.mutate({ env: ENV, groupId: ulid() }));
    expect(again).toEqual({ holding: [], lost: null, plan: null });
  });

  test("after a wipe: everything is published again from SQL", async () => {
    await publish(edit("switch", "comments", degraded, 0), edit("config", "page", json(10), 0));
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2);
    await expect
      .poll(async () => (await remote.api.history.changeSets.query({ env: ENV, limit: 50 })).rows.length, {
        timeout: 10_000,
      })
      .toBe(1);
    const before = [...seen];
    await server.wipe();
    await held();
    await expect.poll(holding, { timeout: 30_000 }).toBe(1);
    const by = { env: ENV, groupId: ulid() };
    const found = await examine(by);
    expect(found.lost?.changeSets).toBe(1);
    expect(found.plan?.seen).toHaveLength(2);
    const done = await remote.call(() =>
      remote.api.epoch.republish.mutate({
        ...by,
        reason: "etcd was wiped",
        seen: [...(found.plan?.seen ?? [])],
      }),
    );
    expect(done.restored?.changeSets).toHaveLength(1);
    await expect.poll(() => agent.status.hold, { timeout: 20_000 }).toBeUndefined();
    expect(seen.slice(before.length).filter((what) => !before.includes(what))).toEqual([]);
    expect(agent.status.held).toEqual([]);
  });
});
