import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DEFAULT_BREAKER,
  livePrefix,
  receiptKey,
  registryKey,
  registryPrefix,
} from "@leverframe/agent/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentProcess, type AgentProgramOptions } from "../support/agent-process.ts";
import { badSwitchBody, breakerBody, configBody, samplingBody, switchBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
let operator: Operator;
let snapshotDir = "";

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
  snapshotDir = await mkdtemp(join(tmpdir(), "leverframe-agent-"));
});
afterEach(() => rm(snapshotDir, { recursive: true, force: true }));

const optionsFor = (
  instance: string,
  o: Partial<AgentProgramOptions> & { agentOptions?: Partial<AgentProgramOptions["agent"]> } = {},
): AgentProgramOptions => {
  const { agentOptions, ...rest } = o;
  return {
    ...rest,
    agent: {
      service: instance.slice(0, instance.lastIndexOf("-")),
      env: operator.env,
      instance,
      etcd: { endpoints: [worker.endpoint] },
      metrics: false,
      snapshotDir,
      receipts: { followUpMs: 300 },
      ...agentOptions,
    },
  };
};
const startAgent = (instance: string, o: Parameters<typeof optionsFor>[1] = {}) =>
  AgentProcess.start(optionsFor(instance, o));

/** The receipt once it speaks of the revision. */
const receiptOf = (instance: string, revision: number, deadlineMs?: number) =>
  eventually(
    () => operator.receipt(instance.slice(0, instance.lastIndexOf("-")), instance),
    (receipt) => receipt !== undefined && Math.max(receipt.ownRevision, receipt.sharedRevision) >= revision,
    deadlineMs,
  );

describe("a flip", () => {
  test("is applied and proved by every instance, and read by those that declared it", async () => {
    await using first = await startAgent("order-1", { switches: ["comments"] });
    await using second = await startAgent("order-2");
    expect(await first.isDegraded("comments")).toBe(false);

    const revision = await operator.commit("order", { "switch/comments": switchBody("DEGRADED") });
    const receipts = await Promise.all(["order-1", "order-2"].map((name) => receiptOf(name, revision)));

    expect(await first.isDegraded("comments")).toBe(true);
    for (const receipt of receipts) {
      expect(receipt).toMatchObject({ ownRevision: revision, held: [], unsupported: [] });
      expect(receipt?.delayMs).toBeLessThan(2_000);
    }
    expect(receipts[1]?.reads).toEqual([]);
    expect(receipts[0]?.digest).toBe(receipts[1]?.digest);
    await first.switch("comments", { times: 41 });
    const followed = await eventually(
      () => operator.receipt("order", "order-1"),
      (receipt) => (receipt?.reads[0]?.decisions ?? 0) >= 42,
    );
    expect(followed?.reads).toEqual([{ kind: "switch", name: "comments", decisions: 42 }]);
    expect((await second.status()).source).toBe("live");
  });

  test("for every service reaches all, and a service's own resource overrides it", async () => {
    await using order = await startAgent("order-1", { switches: ["a", "b"] });
    await using comment = await startAgent("comment-1", { switches: ["a"] });
    const own = await operator.commit("order", { "switch/a": switchBody("NORMAL") });
    const shared = await operator.commit("*", {
      "switch/a": switchBody("DEGRADED"),
      "switch/b": switchBody("DEGRADED"),
    });
    await Promise.all([receiptOf("order-1", shared), receiptOf("comment-1", shared)]);
    expect([await order.isDegraded("a"), await order.isDegraded("b")]).toEqual([false, true]);
    expect(await comment.isDegraded("a")).toBe(true);
    expect(await operator.receipt("order", "order-1")).toMatchObject({
      ownRevision: own,
      sharedRevision: shared,
    });
    const gone = await operator.commit("order", { "switch/a": undefined });
    await receiptOf("order-1", gone);
    expect(await order.isDegraded("a")).toBe(true);
  });

  test("of a breaker and a config takes effect live", async () => {
    await using agent = await startAgent("order-1", { breakers: ["pay"], configs: ["paging"] });
    expect((await agent.config("paging")).limit).toBe(-1);
    const revision = await operator.commit("order", {
      "breaker/pay": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }),
      "config/paging": configBody("limit: 20", "yaml"),
    });
    await receiptOf("order-1", revision);
    expect(await agent.breaker("pay")).toMatchObject({ state: "OPEN", mode: "FORCED_OPEN" });
    expect((await agent.config("paging")).limit).toBe(20);
  });

  test("declared after the start is told as read", async () => {
    await using agent = await startAgent("order-1");
    await agent.ask({ ask: "declare", name: "late" });
    await eventually(
      () => operator.receipt("order", "order-1"),
      (receipt) => receipt?.reads.some(({ name }) => name === "late") === true,
    );
  });
});

describe("a breaker", () => {
  /** What the receipt says of the breaker, once it is in that state. */
  const toldOf = async (state: string) => {
    const receipt = await eventually(
      () => operator.receipt("order", "order-1"),
      (found) => found?.breakers?.[0]?.state === state,
      4_000,
    );
    return receipt?.breakers?.[0];
  };

  test("that opens, waits and is forced is told of soon, also while nobody calls", async () => {
    const waiting = { ...DEFAULT_BREAKER, minimumNumberOfCalls: 4, waitDurationInOpenStateMs: 2_000 };
    await using agent = await startAgent("order-1", { breakers: ["pay"] });
    const armed = await operator.commit("order", { "breaker/pay": breakerBody(waiting) });
    const before = await receiptOf("order-1", armed);
    expect(before?.breakers).toEqual([
      { name: "pay", state: "CLOSED", mode: "NORMAL", since: expect.any(String), refused: 0 },
    ]);
    for (let call = 0; call < 4; call++) expect(await agent.fail("pay")).toBe(true);
    const opened = await toldOf("OPEN");
    expect(opened).toMatchObject({ name: "pay", mode: "NORMAL", failureRate: 100 });
    expect(await agent.fail("pay")).toBe(false);
    const halfOpen = await toldOf("HALF_OPEN");
    expect(halfOpen).toMatchObject({ trials: { done: 0, of: 5 }, refused: 1 });
    const openMs = Date.parse(halfOpen?.since ?? "") - Date.parse(opened?.since ?? "");
    expect(Math.abs(openMs - 2_000)).toBeLessThan(100);
    const forced = { ...waiting, mode: "FORCED_OPEN" as const };
    await receiptOf("order-1", await operator.commit("order", { "breaker/pay": breakerBody(forced) }));
    expect((await operator.receipt("order", "order-1"))?.breakers).toMatchObject([
      { state: "OPEN", mode: "FORCED_OPEN" },
    ]);
  });
});

describe("a body that is not to be obeyed", () => {
  test("put raw is held with its reason, and later revisions apply", async () => {
    await using agent = await startAgent("order-1", { switches: ["comments", "other"] });
    await receiptOf("order-1", await operator.commit("order", { "switch/comments": switchBody("DEGRADED") }));
    const bad = await operator.putRaw("order", "switch/comments", badSwitchBody("OFF"));
    const held = await receiptOf("order-1", bad);
    expect(held?.held).toEqual([
      {
        service: "order",
        kind: "switch",
        name: "comments",
        revision: bad,
        reason: "spec.position: must be NORMAL or DEGRADED",
        serving: "last-good",
      },
    ]);
    expect(await agent.isDegraded("comments")).toBe(true);

    const later = await operator.commit("order", { "switch/other": switchBody("DEGRADED") });
    expect((await receiptOf("order-1", later))?.held).toHaveLength(1);
    expect(await agent.isDegraded("other")).toBe(true);

    const mended = await operator.commit("order", { "switch/comments": switchBody("NORMAL") });
    expect((await receiptOf("order-1", mended))?.held).toEqual([]);
    expect(await agent.isDegraded("comments")).toBe(false);
  });

  test("holds its whole revision, and a restarted instance agrees with an old one", async () => {
    const declared = { switches: ["a", "b"] };
    await using old = await startAgent("order-1", declared);
    const restarted = await startAgent("order-2", declared);
    const good = await operator.commit("order", {
      "switch/a": switchBody("NORMAL"),
      "switch/b": switchBody("NORMAL"),
    });
    await Promise.all(["order-1", "order-2"].map((name) => receiptOf(name, good)));
    // The snapshot is written within a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await restarted.kill();
    const bad = await operator.commit("order", { "switch/a": "{", "switch/b": switchBody("DEGRADED") });
    await using again = await startAgent("order-2", declared);
    const [first, second] = await Promise.all(["order-1", "order-2"].map((name) => receiptOf(name, bad)));
    expect(first?.held.map(({ name, reason }) => [name, reason])).toEqual(
      second?.held.map(({ name, reason }) => [name, reason]),
    );
    expect(first?.held.map(({ serving }) => serving)).toEqual(["last-good", "last-good"]);
    expect(second?.held.map(({ serving }) => serving)).toEqual(["snapshot", "snapshot"]);
    for (const agent of [old, again]) {
      expect([await agent.isDegraded("a"), await agent.isDegraded("b")]).toEqual([false, false]);
    }
  });

  test("of an unknown kind is reported, an unknown field passed over", async () => {
    await using agent = await startAgent("order-1", { switches: ["a"] });
    const revision = await operator.commit("order", {
      "hologram/x": '{"schema":12}',
      "teleport/pay": "{}",
      "sampling/traces": samplingBody(900),
      "switch/a": switchBody("DEGRADED", { extra: { aura: "blue", meta: { mood: 3 } } }),
    });
    const receipt = await receiptOf("order-1", revision);
    expect(receipt?.held).toEqual([]);
    expect(receipt?.unsupported.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
      "hologram/x",
      "teleport/pay",
    ]);
    expect(await agent.isDegraded("a")).toBe(true);
  });

  test("that needs a newer agent, or that only the code refuses, is held by name", async () => {
    await using agent = await startAgent("order-1", { configs: ["paging"], switches: ["a"] });
    const good = await operator.commit("order", { "config/paging": configBody('{"limit":7}') });
    await receiptOf("order-1", good);
    const revision = await operator.commit("order", {
      "config/paging": configBody('{"limit":0}'),
      "switch/a": switchBody("DEGRADED"),
    });
    const receipt = await receiptOf("order-1", revision);
    expect(receipt?.held).toMatchObject([{ kind: "config", name: "paging", serving: "last-good" }]);
    expect(receipt?.held[0]?.reason).toContain("the code refuses spec.value");
    expect((await agent.config("paging")).limit).toBe(7);
    expect(await agent.isDegraded("a")).toBe(true);

    const newer = await operator.commit("order", {
      "switch/a": switchBody("NORMAL", { extra: { meta: { minAgent: "9.0.0" } } }),
    });
    const gated = await receiptOf("order-1", newer);
    expect(gated?.held.find(({ name }) => name === "a")?.reason).toContain("needs agent 9.0.0");
    expect(await agent.isDegraded("a")).toBe(true);
  });
});

test("no revision is ever readable in part, through cuts and relists", async () => {
  await using proxy = await FaultProxy.start(worker.server.clientPort);
  await using agent = await startAgent("order-1", {
    switches: ["a", "b"],
    recordEach: true,
    agentOptions: { etcd: { endpoints: [proxy.endpoint] } },
  });
  let last = 0;
  for (let change = 0; change < 200; change++) {
    const position = change % 2 === 0 ? "DEGRADED" : "NORMAL";
    last = await operator.commit("order", {
      "switch/a": switchBody(position),
      "switch/b": switchBody(position),
    });
    if (change % 40 === 20) proxy.cutAll();
  }
  await receiptOf("order-1", last);
  const seen = (await agent.ask({ ask: "seen" })) as { ownRevision: number; degraded: string[] }[];
  expect(seen.length).toBeGreaterThan(100);
  for (const { degraded } of seen) expect([0, 2]).toContain(degraded.length);
  const revisions = seen.map(({ ownRevision }) => ownRevision);
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
});

describe("a registration", () => {
  test("comes with the first receipt in one transaction, and tells where metrics are", async () => {
    await using agent = await startAgent("order-1", {
      switches: ["a"],
      agentOptions: { metrics: { host: "127.0.0.1" }, zone: "z1", version: "2.1.0", address: "127.0.0.1:81" },
    });
    const [registration, receipt] = await Promise.all([
      worker.etcd.get(registryKey(operator.env, "order", "order-1")),
      worker.etcd.get(receiptKey(operator.env, "order", "order-1")),
    ]);
    expect(registration?.createRevision).toBe(receipt?.createRevision);
    expect([registration, receipt].map((found) => Number(found?.lease) > 0)).toEqual([true, false]);
    const record = await operator.registration("order", "order-1");
    expect(record).toMatchObject({ zone: "z1", version: "2.1.0", address: "127.0.0.1:81" });
    await agent.switch("a", { times: 3 });
    const metrics = await (await fetch(`http://${record?.metricsAddress}/metrics`)).text();
    expect(metrics).toContain('leverframe_agent_decisions_total{kind="switch",name="a",outcome="normal"} 3');
    expect(metrics).toContain('leverframe_agent_mirror_state{mirror="own",state="following"} 1');
    const health = await fetch(`http://${record?.metricsAddress}/healthz`);
    expect([health.status, await health.json()]).toMatchObject([200, { ready: true, source: "live" }]);
  });

  test("ends with a graceful stop at once: both keys gone, nobody suspected, nothing left running", async () => {
    await using observer = await startAgent("gateway-1", { agentOptions: { dependencies: ["order"] } });
    const leaving = await startAgent("order-1", { agentOptions: { address: "127.0.0.1:81" } });
    await using _staying = await startAgent("order-2", { agentOptions: { address: "127.0.0.1:82" } });
    await eventually(
      () => observer.instances("order"),
      (states) => Object.keys(states).length === 2,
    );
    expect(await leaving.close()).toBeLessThan(1_000);
    expect(await operator.registration("order", "order-1")).toBeUndefined();
    expect(await operator.receipt("order", "order-1")).toBeUndefined();
    const states = await eventually(
      () => observer.instances("order"),
      (found) => found["order-1"] === undefined,
      1_000,
    );
    expect(states).toEqual({ "order-2": "live" });
  });

  test("ends a TTL after a kill; the receipt stays, observers suspect and then forget", async () => {
    await using observer = await startAgent("gateway-1", { agentOptions: { dependencies: ["order"] } });
    const killed = await startAgent("order-1", { agentOptions: { address: "127.0.0.1:81" } });
    await using _second = await startAgent("order-2", { agentOptions: { address: "127.0.0.1:82" } });
    await using _third = await startAgent("order-3", { agentOptions: { address: "127.0.0.1:83" } });
    await eventually(
      () => observer.instances("order"),
      (found) => Object.keys(found).length === 3,
    );
    await killed.kill();
    await eventually(
      () => observer.instances("order"),
      (found) => found["order-1"] === "suspect",
      12_000,
    );
    const picks = new Set<string | undefined>();
    for (let turn = 0; turn < 6; turn++) picks.add((await observer.pick("order"))?.instance);
    expect(picks).toEqual(new Set(["order-2", "order-3"]));
    expect(await operator.receipt("order", "order-1")).toBeDefined();
    await eventually(
      () => observer.instances("order"),
      (found) => found["order-1"] === undefined,
    );
  });

  test("is healed after the lease was lost: registered and proved within 5 s", async () => {
    await using proxy = await FaultProxy.start(worker.server.clientPort);
    await using agent = await startAgent("order-1", {
      switches: ["comments"],
      agentOptions: { etcd: { endpoints: [proxy.endpoint] } },
    });
    proxy.refuse(true);
    proxy.cutAll();
    await eventually(
      () => operator.registration("order", "order-1"),
      (found) => found === undefined,
      12_000,
    );
    const revision = await operator.commit("order", { "switch/comments": switchBody("DEGRADED") });
    expect(await agent.isDegraded("comments")).toBe(false);
    proxy.heal();
    const healedMs = performance.now();
    await receiptOf("order-1", revision, 5_000);
    await eventually(
      () => operator.registration("order", "order-1"),
      (found) => found !== undefined,
      5_000,
    );
    expect(performance.now() - healedMs).toBeLessThan(5_000);
    expect(await agent.isDegraded("comments")).toBe(true);
  });

  test("survives a short cut: what was flipped meanwhile is proved within 5 s of the heal", async () => {
    await using proxy = await FaultProxy.start(worker.server.clientPort);
    await using agent = await startAgent("order-1", {
      switches: ["comments"],
      agentOptions: { etcd: { endpoints: [proxy.endpoint] } },
    });
    for (const direction of ["up", "down"] as const) {
      proxy.pause(direction);
      const position = direction === "up" ? "DEGRADED" : "NORMAL";
      const revision = await operator.commit("order", { "switch/comments": switchBody(position) });
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      proxy.heal();
      await receiptOf("order-1", revision, 5_000);
      expect(await agent.isDegraded("comments")).toBe(position === "DEGRADED");
    }
  });

  test("that somebody deleted comes back with the next receipt", async () => {
    await using _agent = await startAgent("order-1");
    await worker.etcd.delete({ key: registryKey(operator.env, "order", "order-1") });
    await worker.etcd.delete({ key: receiptKey(operator.env, "order", "order-1") });
    const revision = await operator.commit("order", { "switch/a": switchBody("NORMAL") });
    await receiptOf("order-1", revision);
    expect(await operator.registration("order", "order-1")).toBeDefined();
  });

  test("belongs to the process that registered last; a namesake's stop takes nothing away", async () => {
    await using first = await startAgent("order-1");
    const taken = (await first.status()).incarnation;
    await using second = await startAgent("order-1");
    const { incarnation } = await second.status();
    const revision = await operator.commit("order", { "switch/a": switchBody("NORMAL") });
    expect((await receiptOf("order-1", revision))?.incarnation).toBe(incarnation);
    await eventually(
      () => first.log,
      (log) => log.includes("another process bears this instance id"),
    );
    await first.close();
    expect((await operator.registration("order", "order-1"))?.incarnation).toBe(incarnation);
    expect((await operator.receipt("order", "order-1"))?.incarnation).not.toBe(taken);
  });

  test("of a large fleet takes the longer lease", async () => {
    const bodies = Array.from({ length: 2_001 }, (_, index) => ({
      put: `${registryPrefix(operator.env, "crowd")}crowd-${index}`,
      value: "{}",
    }));
    for (let from = 0; from < bodies.length; from += 100) {
      await worker.etcd.txn({ compare: [], success: bodies.slice(from, from + 100) });
    }
    await using _agent = await startAgent("order-1");
    const registration = await worker.etcd.get(registryKey(operator.env, "order", "order-1"));
    const ttl = await worker.etcd.leaseTtl(registration?.lease ?? "0");
    expect(ttl).toBeGreaterThan(9);
  });
});

describe("discovery", () => {
  test("holds the last set when more than half of a service is lost at once", async () => {
    await using observer = await startAgent("gateway-1", { agentOptions: { dependencies: ["order"] } });
    const prefix = registryPrefix(operator.env, "order");
    const record = (instance: string) =>
      JSON.stringify({
        schema: 1,
        service: "order",
        instance,
        incarnation: "1",
        address: `127.0.0.1:${instance.slice(-1)}`,
        version: "1",
        zone: "a",
        agentVersion: "0.1.0",
        startedAt: "2026-01-02T03:04:05.000Z",
      });
    for (const instance of ["order-1", "order-2", "order-3"]) {
      await worker.etcd.put(`${prefix}${instance}`, record(instance));
    }
    await eventually(
      () => observer.instances("order"),
      (found) => Object.keys(found).length === 3,
    );
    await worker.etcd.delete({ prefix });
    const states = await eventually(
      () => observer.instances("order"),
      (found) => Object.values(found).every((state) => state === "held"),
    );
    expect(Object.keys(states)).toEqual(["order-1", "order-2", "order-3"]);
    const picks = new Set<string | undefined>();
    for (let turn = 0; turn < 6; turn++) picks.add((await observer.pick("order"))?.instance);
    expect(picks.size).toBe(3);
  });
});

describe("without etcd at the start", () => {
  test("start ends at its deadline with the code's defaults, and catches up later", async () => {
    await using proxy = await FaultProxy.start(worker.server.clientPort);
    proxy.refuse(true);
    const revision = await operator.commit("order", { "switch/comments": switchBody("DEGRADED") });
    await using agent = await AgentProcess.spawn(
      optionsFor("order-1", {
        switches: ["comments"],
        agentOptions: { etcd: { endpoints: [proxy.endpoint] }, startDeadlineMs: 800 },
      }),
    );
    const tookMs = (await agent.ask({ ask: "start" })) as number;
    expect(tookMs).toBeGreaterThan(700);
    expect(tookMs).toBeLessThan(1_500);
    expect(await agent.isDegraded("comments")).toBe(false);
    expect(await agent.status()).toMatchObject({ source: "default", ownRevision: 0 });
    proxy.heal();
    // The shared stream may be listed first: it is its own one that this lever is in.
    await eventually(
      () => operator.receipt("order", "order-1"),
      (receipt) => (receipt?.ownRevision ?? 0) >= revision,
      5_000,
    );
    expect(await agent.isDegraded("comments")).toBe(true);
    await eventually(
      () => agent.status(),
      ({ source }) => source === "live",
    );
  });

  test("close is quick and harms nothing while etcd can't be reached", async () => {
    await using proxy = await FaultProxy.start(worker.server.clientPort);
    await using agent = await startAgent("order-1", {
      agentOptions: { etcd: { endpoints: [proxy.endpoint] } },
    });
    proxy.pause("up");
    expect(await agent.close()).toBeLessThan(6_000);
  });
});

test("what stands under a prefix and is none of ours harms nobody", async () => {
  const prefix = livePrefix(operator.env, "order");
  await worker.etcd.put(`${prefix}junk`, "x");
  await worker.etcd.put(`${prefix}switch/deep/er`, "x");
  await worker.etcd.put(`${prefix}switch/`, "x");
  const revision = await operator.commit("order", { "switch/a": switchBody("DEGRADED") });
  await using agent = await startAgent("order-1", { switches: ["a"] });
  expect((await receiptOf("order-1", revision))?.held).toEqual([]);
  expect(await agent.isDegraded("a")).toBe(true);
});
