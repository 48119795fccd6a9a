import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Etcd } from "@leverframe/agent/etcd";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentProcess } from "../support/agent-process.ts";
import { switchBody } from "../support/bodies.ts";
import { restoreBackup, saveBackup } from "../support/etcd-backup.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment } from "../support/worker-etcd.ts";

const EPOCH = "epoch0000001a";
const NEXT_EPOCH = "epoch0000002b";

let server: EtcdServer;
let etcd: Etcd;
let operator: Operator;
let dir = "";

beforeEach(async () => {
  server = await EtcdServer.start();
  etcd = server.open();
  operator = new Operator(etcd, freshEnvironment());
  dir = await mkdtemp(join(tmpdir(), "leverframe-agent-"));
  await operator.commit("*", { "switch/shared": switchBody("DEGRADED") });
  await operator.commit("order", { "switch/own": switchBody("DEGRADED") });
});
afterEach(async () => {
  etcd.close();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

const start = (instance: string, endpoints: readonly string[] = [server.endpoint]) =>
  AgentProcess.start({
    agent: {
      service: "order",
      env: operator.env,
      instance,
      etcd: { endpoints },
      metrics: false,
      snapshotDir: join(dir, "snapshots"),
      dependencies: ["order"],
      startDeadlineMs: 2_000,
      address: `127.0.0.1:${instance.slice(-1)}`,
    },
    switches: ["own", "shared"],
  });

const served = async (agent: AgentProcess) => [
  await agent.isDegraded("own"),
  await agent.isDegraded("shared"),
];

/** Until the receipt in etcd says that nothing is obeyed. */
const holds = (instance: string, reason: string) =>
  eventually(
    () => operator.receipt("order", instance).catch(() => undefined),
    (receipt) => receipt?.hold?.reason === reason,
    20_000,
  );
const snapshotSettles = () => new Promise((resolve) => setTimeout(resolve, 1_600));

describe("etcd stopped", () => {
  test("the last good values are served, also by a process that restarts; all is live again after", async () => {
    await using old = await start("order-1");
    const killed = await start("order-2");
    await eventually(
      () => old.instances("order"),
      (found) => Object.keys(found).length === 2,
    );
    expect(await served(killed)).toEqual([true, true]);
    await snapshotSettles();
    await server.kill();
    await killed.kill();

    expect(await served(old)).toEqual([true, true]);
    await using again = await start("order-2");
    expect(await served(again)).toEqual([true, true]);
    const status = await again.status();
    expect(status).toMatchObject({ source: "snapshot", epoch: EPOCH });
    expect(status.snapshotAgeMs).toBeGreaterThan(500);
    expect((await again.pick("order"))?.address).toMatch(/^127\.0\.0\.1:[12]$/);
    await using stranger = await start("order-3");
    expect(await served(stranger)).toEqual([false, false]);
    expect((await stranger.status()).source).toBe("default");

    await server.up();
    const revision = await operator.commit("order", { "switch/own": switchBody("NORMAL") });
    for (const instance of ["order-1", "order-2", "order-3"]) {
      await eventually(
        () => operator.receipt("order", instance).catch(() => undefined),
        (receipt) => (receipt?.ownRevision ?? 0) >= revision,
        5_000,
      );
    }
    for (const [name, agent] of Object.entries({ old, again, stranger })) {
      // Each stream comes by itself, and live are those that have seen both.
      await eventually(
        () => agent.status(),
        ({ source }) => source === "live",
      );
      expect([name, await served(agent)]).toEqual([name, [false, true]]);
    }
  });

  test("an agent is proved to be stale, and says so", async () => {
    await using agent = await start("order-1");
    expect((await agent.status()).stale).toBe(false);
    await server.kill();
    await eventually(
      () => agent.status(),
      ({ stale }) => stale,
      40_000,
    );
    expect(await served(agent)).toEqual([true, true]);
  });
});

describe("a wiped etcd", () => {
  test("is held against, also after a restart, and obeyed once its epoch is confirmed", async () => {
    await using old = await start("order-1");
    const killed = await start("order-2");
    await snapshotSettles();
    await server.wipe();
    const held = await holds("order-1", "head-missing");
    expect(held).toMatchObject({ epoch: EPOCH });
    expect(held?.ownRevision).toBeGreaterThan(0);
    await killed.kill();
    await using again = await start("order-2");
    await holds("order-2", "head-missing");
    for (const agent of [old, again]) expect(await served(agent)).toEqual([true, true]);
    expect((await again.status()).hold?.reason).toBe("head-missing");

    await operator.commit("order", { "switch/own": switchBody("NORMAL") }, { epoch: NEXT_EPOCH });
    await operator.commit("*", {}, { epoch: NEXT_EPOCH });
    const strange = await holds("order-1", "epoch-changed");
    expect(strange?.hold?.seenEpoch).toBe(NEXT_EPOCH);
    for (const agent of [old, again]) expect(await served(agent)).toEqual([true, true]);

    const fresh = { epoch: "epoch0000003c", confirms: EPOCH };
    await operator.commit("order", {}, fresh);
    const revision = await operator.commit("*", {}, fresh);
    for (const instance of ["order-1", "order-2"]) {
      const receipt = await eventually(
        () => operator.receipt("order", instance),
        (found) => found?.hold === undefined && (found?.sharedRevision ?? 0) >= revision,
      );
      expect(receipt?.epoch).toBe("epoch0000003c");
    }
    for (const agent of [old, again]) expect(await served(agent)).toEqual([false, false]);
  });
});

describe("an etcd restored from a backup", () => {
  /** Backs up, lives on, restores: what agents saw after the backup never happened any more. */
  const liveOn = async (agent: AgentProcess) => {
    await operator.commit("order", { "switch/own": switchBody("NORMAL") });
    const revision = await operator.commit("order", { "switch/own": switchBody("DEGRADED") });
    await eventually(
      () => agent.status(),
      ({ ownRevision }) => ownRevision >= revision,
    );
  };
  const confirm = async () => {
    const fresh = { epoch: NEXT_EPOCH, confirms: EPOCH };
    await operator.commit("*", {}, fresh);
    return operator.commit("order", { "switch/own": switchBody("NORMAL") }, fresh);
  };
  const expectObeyedOnceConfirmed = async (agent: AgentProcess) => {
    await eventually(
      () => operator.receipt("order", "order-1").catch(() => undefined),
      (receipt) => receipt?.hold?.reason === "epoch-changed",
      // Where the backup holds our lease too, only the check of every 10 s sees it, and a first one may fail.
      45_000,
    );
    // The restored life goes on by itself, and still is not ours.
    await operator.commit("order", { "switch/own": switchBody("NORMAL") });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await served(agent)).toEqual([true, true]);
    const revision = await confirm();
    await eventually(
      () => operator.receipt("order", "order-1"),
      (receipt) => receipt?.hold === undefined && (receipt?.ownRevision ?? 0) >= revision,
    );
    expect(await served(agent)).toEqual([false, true]);
  };

  /** Puts etcd's files back to what they were before it lived on. */
  const restoreFiles = async (agent: AgentProcess, beforeKill: () => void = () => undefined) => {
    await server.stop();
    await cp(join(server.dir, "data"), join(dir, "backup"), { recursive: true });
    await server.up();
    await liveOn(agent);
    beforeKill();
    await server.kill();
    await rm(join(server.dir, "data"), { recursive: true });
    await cp(join(dir, "backup"), join(server.dir, "data"), { recursive: true });
    await server.up();
  };

  test("by its files, with the same cluster id, is held against until it is confirmed", async () => {
    await using agent = await start("order-1");
    await restoreFiles(agent);
    await expectObeyedOnceConfirmed(agent);
  });

  test("is held against though others wrote on, and its revision is above the one that was seen", async () => {
    await using agent = await start("order-1");
    const { pid } = agent;
    if (pid === undefined) throw new Error("the agent's process has no pid");
    try {
      const seen = (await operator.commit("*", {})) + 100;
      await restoreFiles(agent, () => process.kill(pid, "SIGSTOP"));
      let revision = 0;
      while (revision < seen) ({ revision } = await etcd.put("/somebody/else", "x"));
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await expectObeyedOnceConfirmed(agent);
  });

  test("by etcdctl's snapshot is held against until it is confirmed", async () => {
    await using agent = await start("order-1");
    const backup = join(dir, "backup.db");
    await saveBackup(server, backup);
    await liveOn(agent);
    await restoreBackup(server, backup);
    await expectObeyedOnceConfirmed(agent);
  });
});

describe("another cluster in the place of ours", () => {
  test("is held against, whatever it says, and ours is obeyed when it is back", async () => {
    await using other = await EtcdServer.start();
    const otherEtcd = other.open();
    try {
      const foreign = new Operator(otherEtcd, operator.env);
      for (let change = 0; change < 20; change++) {
        await foreign.commit("order", { "switch/own": switchBody("NORMAL") }, { epoch: NEXT_EPOCH });
      }
      await foreign.commit("*", {}, { epoch: NEXT_EPOCH });
      await other.stop();
      await using agent = await start("order-1", [server.endpoint, other.endpoint]);
      expect((await agent.status()).epoch).toBe(EPOCH);
      await server.kill();
      await other.up();
      const held = await eventually(
        () => foreign.receipt("order", "order-1").catch(() => undefined),
        (receipt) => receipt?.hold !== undefined,
        30_000,
      );
      expect(held?.hold).toMatchObject({ reason: "epoch-changed", seenEpoch: NEXT_EPOCH });
      expect(await served(agent)).toEqual([true, true]);
      await other.kill();
      await server.up();
      const revision = await operator.commit("order", { "switch/own": switchBody("NORMAL") });
      await eventually(
        () => operator.receipt("order", "order-1").catch(() => undefined),
        (receipt) => receipt?.hold === undefined && (receipt?.ownRevision ?? 0) >= revision,
        30_000,
      );
      expect(await served(agent)).toEqual([false, true]);
    } finally {
      otherEtcd.close();
    }
  });
});

test("a paused etcd hangs nobody, and a paused agent catches up", async () => {
  await using agent = await start("order-1");
  server.signal("SIGSTOP");
  const fromMs = performance.now();
  expect(await served(agent)).toEqual([true, true]);
  await using late = await start("order-2");
  expect(performance.now() - fromMs).toBeLessThan(8_000);
  expect(await served(late)).toEqual([false, false]);
  server.signal("SIGCONT");
  await agent.kill("SIGSTOP");
  const revision = await operator.commit("order", { "switch/own": switchBody("NORMAL") });
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  await agent.kill("SIGCONT");
  await eventually(
    () => operator.receipt("order", "order-1"),
    (receipt) => (receipt?.ownRevision ?? 0) >= revision,
    5_000,
  );
  await eventually(
    () => operator.registration("order", "order-1"),
    (found) => found !== undefined,
    5_000,
  );
});
