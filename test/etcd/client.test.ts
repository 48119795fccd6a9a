import { EtcdError, openEtcd } from "@leverframe/agent/etcd";
import { describe, expect, it } from "vitest";
import { FaultProxy } from "../support/fault-proxy.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const at = useWorkerEtcd();

const failure = async (work: Promise<unknown>): Promise<EtcdError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EtcdError);
  return error as EtcdError;
};

describe("one client is one TCP connection", () => {
  it("whatever services and streams it uses, and not shared with another client", async () => {
    await using proxy = await FaultProxy.start(at.server.clientPort);
    const one = openEtcd({ endpoints: [proxy.endpoint] });
    const { id } = await one.grantLease(5);
    const watch = await one.watchStream();
    const keepAlive = await one.keepAliveStream();
    const answered = new Promise((resolve) => keepAlive.once("data", resolve));
    keepAlive.write({ ID: id });
    await Promise.all([answered, one.put(`/${freshEnvironment()}`, "x"), one.status(), one.alarms()]);
    expect(proxy.accepted).toBe(1);
    const two = openEtcd({ endpoints: [proxy.endpoint] });
    await two.status();
    expect(proxy.accepted).toBe(2);
    watch.cancel();
    keepAlive.cancel();
    one.close();
    two.close();
    await expect.poll(() => proxy.connections, { timeout: 2_000 }).toBe(0);
  });
});

describe("a call", () => {
  it("ends by its deadline when the server takes the connection and stays mute", async () => {
    await using proxy = await FaultProxy.start(at.server.clientPort);
    proxy.pause("down");
    const etcd = openEtcd({ endpoints: [proxy.endpoint], deadlineMs: 300 });
    const startedMs = performance.now();
    const [read, write] = await Promise.all([failure(etcd.get("/x")), failure(etcd.put("/x", "y"))]);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect([read.code, read.unknownOutcome]).toEqual(["DEADLINE", false]);
    expect([write.code, write.unknownOutcome]).toEqual(["DEADLINE", true]);
    etcd.close();
  });

  it("that never left this process has a known outcome", async () => {
    await using proxy = await FaultProxy.start(at.server.clientPort);
    proxy.refuse(true);
    const etcd = openEtcd({ endpoints: [proxy.endpoint] });
    const error = await failure(etcd.put("/x", "y"));
    expect([error.code, error.unknownOutcome]).toEqual(["UNAVAILABLE", false]);
    etcd.close();
  });

  it("whose answer was cut off has an unknown outcome", async () => {
    await using proxy = await FaultProxy.start(at.server.clientPort);
    const etcd = openEtcd({ endpoints: [proxy.endpoint] });
    await etcd.status();
    proxy.pause("down");
    const writing = failure(etcd.put("/x", "y"));
    await expect.poll(() => proxy.passedBytes("up"), { timeout: 2_000 }).toBeGreaterThan(200);
    proxy.cutAll();
    const error = await writing;
    expect([error.code, error.unknownOutcome]).toEqual(["UNAVAILABLE", true]);
    etcd.close();
  });

  it("works again within 2 s of a heal", async () => {
    await using proxy = await FaultProxy.start(at.server.clientPort);
    const etcd = openEtcd({ endpoints: [proxy.endpoint] });
    await etcd.status();
    proxy.refuse(true);
    proxy.cutAll();
    const untilMs = performance.now() + 4_000;
    while (performance.now() < untilMs) {
      await failure(etcd.get("/x"));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    proxy.heal();
    const healedMs = performance.now();
    while ((await etcd.get("/x").catch((error: unknown) => error)) instanceof Error)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(performance.now() - healedMs).toBeLessThan(2_000);
    etcd.close();
  });

  it("asks the next endpoint when one is dead", async () => {
    await using proxy = await FaultProxy.start(at.server.clientPort);
    proxy.refuse(true);
    const etcd = openEtcd({ endpoints: [proxy.endpoint, at.endpoint, proxy.endpoint] });
    const key = `/${freshEnvironment()}`;
    for (let i = 0; i < 10; i++) await etcd.put(key, String(i));
    expect((await etcd.get(key))?.version).toBe(10);
    etcd.close();
  });
});

describe("errors are told apart by code", () => {
  it("for revisions, leases, sizes and requests that make no sense", async () => {
    const key = `/${freshEnvironment()}`;
    const { revision } = await at.etcd.put(key, "1");
    await at.etcd.put(key, "2");
    await at.etcd.compact(revision + 1);
    expect((await failure(at.etcd.range({ key, revision }))).code).toBe("COMPACTED");
    expect((await failure(at.etcd.range({ key, revision: revision + 1_000_000 }))).code).toBe(
      "FUTURE_REVISION",
    );
    expect((await failure(at.etcd.put(key, "x", { lease: "12345" }))).code).toBe("LEASE_NOT_FOUND");
    expect((await failure(at.etcd.revokeLease("12345"))).code).toBe("LEASE_NOT_FOUND");
    const large = await failure(at.etcd.put(key, Buffer.alloc(3 * 1024 * 1024)));
    expect([large.code, large.unknownOutcome]).toEqual(["TOO_LARGE", false]);
    const many = Array.from({ length: 200 }, (_, i) => ({ put: `${key}/${i}`, value: "x" }));
    expect((await failure(at.etcd.txn({ compare: [], success: many }))).code).toBe("TOO_LARGE");
    expect((await failure(at.etcd.range({}))).code).toBe("INVALID");
    const closed = openEtcd({ endpoints: [at.endpoint] });
    closed.close();
    expect((await failure(closed.get(key))).code).toBe("CANCELLED");
  });
});

describe("a transaction", () => {
  it("writes all or nothing, and answers the ranges of the branch it took", async () => {
    const prefix = `/${freshEnvironment()}/`;
    const create = {
      compare: [{ key: `${prefix}a`, target: "create" as const, equals: 0 }],
      success: [
        { put: `${prefix}a`, value: "1" },
        { put: `${prefix}b`, value: "2" },
      ],
      failure: [{ range: { key: `${prefix}a` } }, { range: { prefix, countOnly: true } }],
    };
    const first = await at.etcd.txn(create);
    expect(first.succeeded).toBe(true);
    const second = await at.etcd.txn(create);
    expect(second.succeeded).toBe(false);
    expect(second.ranges.map((range) => [range.kvs[0]?.value.toString(), range.count])).toEqual([
      ["1", 1],
      [undefined, 2],
    ]);
    const [a] = second.ranges[0]?.kvs ?? [];
    expect(a?.modRevision).toBe(first.revision);
    const removed = await at.etcd.delete({ prefix });
    expect(removed.deleted).toBe(2);
  });
});
