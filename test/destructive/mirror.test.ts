import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EtcdServer } from "../support/etcd-server.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { GroupLoad } from "../support/group-load.ts";
import { MirrorWitness } from "../support/mirror-witness.ts";
import { seeded, seedOfRun } from "../support/seeded.ts";
import { slow } from "../support/tampered-etcd.ts";

const seed = seedOfRun(process.env["LEVERFRAME_TEST_SEED"]);
console.log(`destructive mirror tests: LEVERFRAME_TEST_SEED=${seed}`);

const KEYS = 6;
const PREFIX = "/destructive/";
const HEAD = `${PREFIX}~head`;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const byHead = { kind: "head" as const, key: HEAD, epochOf: (value: Buffer) => value.toString() };
const newest = (load: GroupLoad): number => Math.max(0, ...load.acknowledged);

let random: () => number;
let servers: EtcdServer[];
let witnesses: MirrorWitness[];
let clients: Etcd[];

beforeEach(() => {
  random = seeded(seed);
  servers = [];
  witnesses = [];
  clients = [];
});

afterEach(async () => {
  await Promise.all(witnesses.map((witness) => witness.mirror.close()));
  for (const client of clients) client.close();
  await Promise.all(servers.map((server) => server.close()));
});

const open = (...endpoints: string[]): Etcd => {
  const etcd = openEtcd({ endpoints });
  clients.push(etcd);
  return etcd;
};

const follow = (etcd: Etcd, kind: "head" | "newest" = "head"): MirrorWitness => {
  const check = kind === "head" ? byHead : { kind };
  const witness = new MirrorWitness({ etcd, prefix: PREFIX, check, keysPerGroup: KEYS });
  witnesses.push(witness);
  witness.mirror.start();
  return witness;
};

const loadOn = (etcd: Etcd, epoch: string | undefined): GroupLoad =>
  new GroupLoad({
    etcd,
    prefix: PREFIX,
    random,
    groups: 12,
    keysPerGroup: KEYS,
    ...(epoch === undefined ? {} : { head: { key: HEAD, body: () => epoch } }),
  });

describe("a mirror over the deaths of etcd", () => {
  it("resumes after each kill -9 under load: nothing acknowledged is lost, nothing is listed again", async () => {
    const server = await EtcdServer.start();
    servers.push(server);
    const witness = follow(open(server.endpoint));
    const quiet = follow(open(server.endpoint), "newest");
    const load = loadOn(open(server.endpoint), "epoch-1");
    let killing = true;
    const kills = (async () => {
      for (let i = 0; i < 5; i++) {
        await sleep(300 + random() * 500);
        await server.kill();
        await sleep(random() * 600);
        await server.up();
      }
      killing = false;
    })();
    await load.run({ changes: 3_000, lanes: 4, pauseMs: 2, until: () => !killing });
    await kills;
    await load.step();
    for (const one of [witness, quiet]) {
      await one.reach(newest(load));
      expect(await one.verdict(open(server.endpoint), load)).toEqual([]);
      expect(one.mirror.counters).toMatchObject({ relists: 0, epochs: 0 });
      expect(one.mirror.counters.streams).toBeGreaterThanOrEqual(5);
    }
  });

  it("is at work again within 5 s of etcd's return", async () => {
    const server = await EtcdServer.start();
    servers.push(server);
    const witness = follow(open(server.endpoint), "newest");
    const direct = open(server.endpoint);
    await witness.mirror.ready(5_000);
    for (const downMs of [500, 6_000]) {
      await server.kill();
      await sleep(downMs);
      await server.up();
      const upMs = performance.now();
      const { revision } = await direct
        .put(`${PREFIX}again`, String(downMs))
        .catch(() => direct.put(`${PREFIX}again`, ""));
      await witness.reach(revision, 5_000);
      expect(performance.now() - upMs).toBeLessThan(5_000);
    }
    expect(witness.mirror.counters.relists).toBe(0);
  });

  it("says that it is stale while etcd is paused, and follows again after", async () => {
    const server = await EtcdServer.start();
    servers.push(server);
    const etcd = open(server.endpoint);
    const witness = new MirrorWitness({
      etcd,
      prefix: PREFIX,
      check: { kind: "newest" },
      keysPerGroup: KEYS,
      timings: { checkEveryMs: 1_000, staleAfterMs: 5_000, deadlineMs: 1_000 },
    });
    witnesses.push(witness);
    witness.mirror.start();
    await expect.poll(() => witness.mirror.status.state, { timeout: 5_000 }).toBe("following");
    server.signal("SIGSTOP");
    await expect.poll(() => witness.mirror.status.state, { timeout: 20_000 }).toBe("stale");
    await sleep(8_000);
    server.signal("SIGCONT");
    const healedMs = performance.now();
    await expect.poll(() => witness.mirror.status.state, { timeout: 10_000 }).toBe("following");
    expect(performance.now() - healedMs).toBeLessThan(5_000);
    expect(witness.mirror.counters.relists).toBe(0);
  });
});

describe("a mirror knows another life of the data on the same ports", () => {
  it.each([
    ["by a revision below one seen, though cluster id and head are the same", "epoch-1", 0],
    ["by the epoch id alone, though the revision has passed all that were seen", "epoch-2", 400],
  ])("%s, before any event of it is applied", async (_, epoch, refill) => {
    const server = await EtcdServer.start();
    servers.push(server);
    const direct = open(server.endpoint);
    await using proxy = await FaultProxy.start(server.clientPort);
    // Its check takes longer than etcd's first events: these must wait for it all the same.
    const witness = follow(slow(open(proxy.endpoint), 400));
    const first = loadOn(direct, "epoch-1");
    await first.run({ changes: 600 });
    await witness.reach(newest(first));
    const before = witness.mirror.clusterId;
    const last = witness.mirror.revision;
    const seen = witness.batches.length;
    proxy.refuse(true);
    await server.wipe();
    // The head is written once, early: what comes after the revisions seen before does not tell by itself.
    await loadOn(direct, epoch).step();
    const second = loadOn(direct, undefined);
    for (let i = 0; i < refill; i++) await second.step();
    expect(newest(second) > last).toBe(refill > 0);
    proxy.heal();
    await expect.poll(() => witness.mirror.counters.epochs, { timeout: 8_000 }).toBe(1);
    await second.run({ changes: 100 });
    await witness.reach(newest(second));
    expect(witness.mirror.clusterId).toBe(before);
    expect(witness.batches[seen]).toMatchObject({ kind: "list", cause: "epoch" });
    expect(await witness.verdict(direct)).toEqual([]);
    expect(witness.mirror.counters).toMatchObject({ epochs: 1, relists: 1 });
  });

  it("by the cluster id, where nothing else tells", async () => {
    const [a, b] = await Promise.all([EtcdServer.start(), EtcdServer.start()]);
    servers.push(a, b);
    const [onA, onB] = [loadOn(open(a.endpoint), "epoch-1"), loadOn(open(b.endpoint), "epoch-1")];
    await onA.run({ changes: 60 });
    await onB.run({ changes: 600 });
    const proxy = await FaultProxy.start(a.clientPort);
    const witness = follow(open(proxy.endpoint));
    await witness.reach(newest(onA));
    await proxy.close();
    await using moved = await FaultProxy.start(b.clientPort, proxy.port);
    expect(moved.port).toBe(proxy.port);
    await witness.reach(newest(onB));
    expect(witness.batches.at(-1)?.newEpoch).toContain("cluster id");
    expect(await witness.verdict(open(b.endpoint))).toEqual([]);
  });

  it("when it is being written to, and comes up in between", async () => {
    const server = await EtcdServer.start();
    servers.push(server);
    const witness = follow(open(server.endpoint));
    const first = loadOn(open(server.endpoint), "epoch-1");
    await first.run({ changes: 200 });
    await witness.reach(newest(first));
    const seen = witness.batches.length;
    await server.wipe();
    const second = loadOn(open(server.endpoint), "epoch-2");
    await second.run({ changes: 2_000, lanes: 8 });
    await witness.reach(newest(second));
    expect(witness.batches[seen]).toMatchObject({ kind: "list", cause: "epoch" });
    expect(await witness.verdict(open(server.endpoint))).toEqual([]);
  });
});

describe("a mirror on three members", () => {
  it("follows through the loss of its leader, under load", async () => {
    servers = await EtcdServer.startCluster(3);
    const endpoints = servers.map((server) => server.endpoint);
    const witness = follow(open(...endpoints));
    const load = loadOn(open(...endpoints), "epoch-1");
    await witness.mirror.ready(10_000);
    let rolling = true;
    const kills = (async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(500);
        const leader = await leaderOf(servers);
        await leader.kill();
        await sleep(1_500);
        await leader.up();
      }
      rolling = false;
    })();
    await load.run({ changes: 1_000, lanes: 4, pauseMs: 5, until: () => !rolling });
    await kills;
    await load.run({ changes: 60 });
    await witness.reach(newest(load));
    expect(await witness.verdict(open(...endpoints), load)).toEqual([]);
    expect(witness.mirror.counters).toMatchObject({ epochs: 0, relists: 0 });
  });

  it("does not take a member that lags, or has lost its quorum, for another life of the data", async () => {
    servers = await EtcdServer.startCluster(3);
    const [one, two, three] = servers;
    if (!one || !two || !three) throw new Error("a cluster of three has three members");
    const witness = follow(open(one.endpoint));
    const load = loadOn(open(two.endpoint, three.endpoint), "epoch-1");
    await load.run({ changes: 300 });
    await witness.reach(newest(load));
    one.signal("SIGSTOP");
    await load.run({ changes: 1_500 });
    one.signal("SIGCONT");
    await witness.reach(newest(load));
    await two.kill();
    await three.kill();
    await expect.poll(() => witness.mirror.status.state, { timeout: 30_000 }).not.toBe("following");
    await Promise.all([two.up(), three.up()]);
    await load.run({ changes: 60 });
    await witness.reach(newest(load));
    expect(await witness.verdict(open(...servers.map((server) => server.endpoint)), load)).toEqual([]);
    expect(witness.mirror.counters).toMatchObject({ epochs: 0, relists: 0 });
  });
});

async function leaderOf(members: readonly EtcdServer[]): Promise<EtcdServer> {
  for (;;) {
    for (const member of members) {
      const etcd = member.open({ deadlineMs: 1_000 });
      const status = await etcd.status().catch(() => undefined);
      etcd.close();
      if (status && status.leader === status.memberId) return member;
    }
    await sleep(100);
  }
}
