import { setTimeout as sleep } from "node:timers/promises";
import { openEtcd } from "@leverframe/agent/etcd";
import { leaderKey } from "@leverframe/agent/protocol";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import type { Fence } from "../../src/domain/change-set.ts";
import { EtcdLeadership } from "../../src/infra/etcd/leadership.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
const log = pino({ level: "silent" });
const open: EtcdLeadership[] = [];

interface Term {
  readonly fence: Fence;
  readonly signal: AbortSignal;
}

/** A candidate, with the terms that it had. */
function candidate(
  id: string,
  etcd = worker.etcd,
  ttlSeconds = 2,
): { leadership: EtcdLeadership; terms: Term[] } {
  const leadership = new EtcdLeadership({ etcd, id, log, ttlSeconds });
  const terms: Term[] = [];
  leadership.lead(async (fence, signal) => {
    terms.push({ fence, signal });
    await sleep(600_000, undefined, { signal }).catch(() => undefined);
  });
  leadership.start();
  open.push(leadership);
  return { leadership, terms };
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 15_000 }).toBe(true);
}

describe("the lead", () => {
  test("is one candidate's at a time, and goes over at once when it stops", async () => {
    const candidates = [candidate("a"), candidate("b"), candidate("c")];
    await until(() => candidates.some((one) => one.leadership.fence !== undefined));
    await sleep(1_500);
    const leaders = candidates.filter((one) => one.terms.length > 0);
    expect(leaders).toHaveLength(1);
    const [first] = leaders;
    await first?.leadership.close();
    expect(first?.leadership.fence).toBeUndefined();
    expect(first?.terms[0]?.signal.aborted).toBe(true);
    await until(() => candidates.filter((one) => one.leadership.fence !== undefined).length === 1);
    const second = candidates.find((one) => one.leadership.fence !== undefined);
    expect(second).not.toBe(first);
    expect(second?.terms[0]?.fence.createRevision).toBeGreaterThan(
      first?.terms[0]?.fence.createRevision ?? 0,
    );
  });

  test("is given up before the lease can end when etcd is silent, and the fence refuses the old leader", async () => {
    const proxy = await FaultProxy.start(worker.server.clientPort);
    const cut = openEtcd({ endpoints: [proxy.endpoint], deadlineMs: 1_000 });
    const old = candidate("old", cut, 4);
    await until(() => old.leadership.fence !== undefined);
    const fence = old.leadership.fence;
    const heir = candidate("heir");
    proxy.pause("up");
    proxy.pause("down");
    await until(() => old.leadership.fence === undefined);
    // Its work is told at the next look, a quarter of a second later at the most; nobody else can have begun by then.
    await expect.poll(() => old.terms[0]?.signal.aborted, { interval: 20 }).toBe(true);
    expect(heir.terms).toHaveLength(0);
    await until(() => heir.leadership.fence !== undefined);
    const late = await worker.etcd.txn({
      compare: [{ key: leaderKey, target: "create", equals: fence?.createRevision ?? -1 }],
      success: [{ put: "/late", value: "x" }],
    });
    expect(late.succeeded).toBe(false);
    proxy.heal();
    await sleep(1_000);
    expect(old.leadership.fence).toBeUndefined();
    await old.leadership.close();
    cut.close();
    await proxy.close();
  });

  test("is lost when somebody deletes the key, and won again under another fence", async () => {
    const one = candidate("one");
    await until(() => one.leadership.fence !== undefined);
    const first = one.terms[0];
    await worker.etcd.delete({ key: leaderKey });
    await until(() => one.terms.length === 2);
    expect(first?.signal.aborted).toBe(true);
    expect(one.terms[1]?.fence.createRevision).toBeGreaterThan(first?.fence.createRevision ?? 0);
  });

  test("ends with the lease it was won under, also where a new life of etcd counts its revisions anew", async () => {
    const server = await EtcdServer.start();
    const etcd = openEtcd({ endpoints: [server.endpoint], deadlineMs: 1_000 });
    try {
      // Far enough that a new life takes long to come to the old fence.
      for (let at = 0; at < 200; at += 1) await etcd.put("/before", String(at));
      // A lease that outlives the restart: only etcd itself can say that it is gone.
      const one = candidate("one", etcd, 12);
      await until(() => one.leadership.fence !== undefined);
      const first = one.terms[0];
      await server.wipe();
      await until(() => one.terms.length === 2);
      expect(first?.signal.aborted).toBe(true);
      const second = one.terms[1]?.fence.createRevision ?? Number.NaN;
      expect(second).toBeLessThan(first?.fence.createRevision ?? 0);
      expect((await etcd.get(leaderKey))?.createRevision).toBe(second);
      await one.leadership.close();
    } finally {
      etcd.close();
      await server.close();
    }
  });

  test("begins work again that failed", async () => {
    const leadership = new EtcdLeadership({ etcd: worker.etcd, id: "x", log, ttlSeconds: 2 });
    open.push(leadership);
    let tries = 0;
    leadership.lead(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error("once")) : Promise.resolve();
    });
    leadership.start();
    await expect.poll(() => tries, { timeout: 15_000 }).toBe(2);
  });
});
