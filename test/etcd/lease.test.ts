import { type Etcd, LeaseSession, type LeaseState, openEtcd } from "@leverframe/agent/etcd";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EtcdServer } from "../support/etcd-server.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const at = useWorkerEtcd();
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let proxy: FaultProxy;
let far: Etcd;
let key: string;
let states: LeaseState[];
let leases: string[];
let session: LeaseSession;

const sessionOf = (
  options: Partial<ConstructorParameters<typeof LeaseSession>[0]> = {},
  etcd: Etcd = far,
): LeaseSession =>
  new LeaseSession({
    etcd,
    ttlSeconds: 2,
    register: async (leaseId) => {
      leases.push(leaseId);
      await etcd.put(key, leaseId, { lease: leaseId });
    },
    onState: (state) => states.push(state),
    ...options,
  });

const holder = async (etcd: Etcd = at.etcd): Promise<string | undefined> =>
  (await etcd.get(key))?.value.toString();

beforeEach(async () => {
  proxy = await FaultProxy.start(at.server.clientPort);
  far = openEtcd({ endpoints: [proxy.endpoint], deadlineMs: 1_000 });
  key = `/${freshEnvironment()}`;
  states = [];
  leases = [];
  session = sessionOf();
});

afterEach(async () => {
  proxy.heal();
  await session.close();
  far.close();
  await proxy.close();
});

describe("a lease session", () => {
  it("keeps its key for as long as it runs, on one lease and one stream", async () => {
    session.start();
    await expect.poll(() => session.state).toBe("alive");
    await sleep(6_500);
    expect(await holder()).toBe(session.leaseId);
    expect(leases.length).toBe(1);
    expect(states).toEqual(["alive"]);
    expect(proxy.accepted).toBe(1);
  });

  it("moves to another lease when another TTL is right, and never drops its key for that", async () => {
    let ttlSeconds = 2;
    let gone = 0;
    const moving = sessionOf({ ttlSeconds: () => Promise.resolve(ttlSeconds), reviewEveryMs: () => 100 });
    moving.start();
    await expect.poll(() => moving.state).toBe("alive");
    const first = moving.leaseId!;
    const watching = setInterval(() => {
      void holder().then((held) => {
        if (held === undefined) gone += 1;
      });
    }, 20);
    ttlSeconds = 4;
    await expect.poll(() => leases.length, { timeout: 5_000 }).toBe(2);
    await expect.poll(holder).toBe(moving.leaseId);
    await expect.poll(() => at.etcd.leaseTtl(first)).toBeUndefined();
    await sleep(5_000);
    clearInterval(watching);
    expect(gone).toBe(0);
    expect(leases.length).toBe(2);
    expect(states).toEqual(["alive"]);
    expect(await holder()).toBe(moving.leaseId);
    await moving.close({ revoke: true });
    expect(await holder()).toBeUndefined();
  });

  it("takes its key with it when it closes with a revoke, and leaves it to the TTL otherwise", async () => {
    session.start();
    await expect.poll(() => session.state).toBe("alive");
    await session.close({ revoke: true });
    expect(await holder()).toBeUndefined();
    const other = sessionOf();
    other.start();
    await expect.poll(() => other.state).toBe("alive");
    await other.close();
    expect(await holder()).toBe(leases[1]);
    await expect.poll(() => holder(), { timeout: 6_000 }).toBeUndefined();
    expect(states).toEqual(["alive", "closed", "alive", "closed"]);
  });

  it("registers again under a new lease when its lease is taken away", async () => {
    session.start();
    await expect.poll(() => session.state).toBe("alive");
    await at.etcd.revokeLease(session.leaseId ?? "");
    expect(await holder()).toBeUndefined();
    await expect.poll(() => holder(), { timeout: 3_000 }).toBeDefined();
    await expect.poll(() => session.state).toBe("alive");
    expect(await holder()).toBe(session.leaseId);
    expect(new Set(leases).size).toBe(2);
    expect(states).toEqual(["alive", "lost", "alive"]);
  });

  it.each(["up", "down"] as const)(
    "outlasts a one-way stall shorter than its TTL (%s)",
    async (direction) => {
      session.start();
      await expect.poll(() => session.state).toBe("alive");
      for (let i = 0; i < 3; i++) {
        proxy.pause(direction);
        await sleep(900);
        proxy.resume(direction);
        await sleep(700);
      }
      expect(states).toEqual(["alive"]);
      expect(leases.length).toBe(1);
      expect(await holder()).toBe(session.leaseId);
    },
  );

  it("outlasts cuts that are shorter than its TTL", async () => {
    session.start();
    await expect.poll(() => session.state).toBe("alive");
    for (let i = 0; i < 8; i++) {
      proxy.cutAll();
      await sleep(400);
    }
    expect(states).toEqual(["alive"]);
    expect(leases.length).toBe(1);
  });

  it("knows within a TTL that nobody answers, and is back within 5 s of the heal", async () => {
    session.start();
    await expect.poll(() => session.state).toBe("alive");
    const [first] = leases;
    proxy.pause("down");
    const stalledMs = performance.now();
    await expect.poll(() => session.state, { timeout: 5_000 }).toBe("lost");
    expect(performance.now() - stalledMs).toBeLessThan(2_800);
    expect(session.leaseId).toBeUndefined();
    await sleep(3_000);
    proxy.heal();
    const healedMs = performance.now();
    await expect.poll(() => session.state, { timeout: 8_000, interval: 20 }).toBe("alive");
    expect(performance.now() - healedMs).toBeLessThan(5_000);
    expect(session.leaseId).not.toBe(first);
    await sleep(3_000);
    expect(await holder()).toBe(session.leaseId);
  });

  it("repeats a registration that fails or hangs, without losing its lease meanwhile", async () => {
    let calls = 0;
    const errors: unknown[] = [];
    const stubborn = sessionOf({
      register: async (leaseId) => {
        calls++;
        leases.push(leaseId);
        if (calls === 1) throw new Error("not yet");
        if (calls === 2) await new Promise(() => undefined);
        await at.etcd.put(key, leaseId, { lease: leaseId });
      },
      onError: (error) => errors.push(error),
    });
    stubborn.start();
    await expect.poll(() => stubborn.state, { timeout: 8_000 }).toBe("alive");
    expect([calls, new Set(leases).size, states]).toEqual([3, 1, ["alive"]]);
    expect(errors.map(String)[0]).toContain("not yet");
    await stubborn.close({ revoke: true });
  });

  it("asks for its TTL before each grant, and never throws into the host", async () => {
    const ttls = [2, 3];
    const careless = sessionOf({
      ttlSeconds: async () => ttls.shift() ?? 5,
      onState: () => {
        throw new Error("host's own");
      },
    });
    careless.start();
    await expect.poll(() => careless.state).toBe("alive");
    await at.etcd.revokeLease(careless.leaseId ?? "");
    await expect.poll(() => leases.length, { timeout: 3_000 }).toBe(2);
    expect(ttls).toEqual([]);
    await careless.close({ revoke: true });
  });

  it("closes in time when nobody answers, and stays closed", async () => {
    session.start();
    await expect.poll(() => session.state).toBe("alive");
    proxy.refuse(true);
    proxy.cutAll();
    const startedMs = performance.now();
    await session.close({ revoke: true });
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    proxy.heal();
    session.start();
    await sleep(500);
    expect([session.state, session.leaseId, leases.length]).toEqual(["closed", undefined, 1]);
  });

  it.each(["killed", "wiped"])(
    "is registered again after etcd was %s and away for longer than the TTL",
    async (how) => {
      await using server = await EtcdServer.start();
      const etcd = server.open({ deadlineMs: 1_000 });
      const own = sessionOf({}, etcd);
      own.start();
      await expect.poll(() => own.state, { timeout: 5_000 }).toBe("alive");
      await server.kill();
      await expect.poll(() => own.state, { timeout: 5_000 }).toBe("lost");
      if (how === "wiped") await server.wipe();
      else await server.up();
      await expect.poll(() => own.state, { timeout: 5_000 }).toBe("alive");
      await sleep(4_000);
      expect(await holder(etcd)).toBe(own.leaseId);
      expect(leases.length).toBe(2);
      await own.close({ revoke: true });
      etcd.close();
    },
  );
});
