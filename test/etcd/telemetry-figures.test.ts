import { leverframeFetch } from "@leverframe/agent/http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Operator } from "../support/operator.ts";
import { TracedAgents, until } from "../support/traced-agents.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** What telemetry tells though nothing is sampled, and what it does while nobody takes it. */
const worker = useWorkerEtcd();
let agents: TracedAgents;

beforeEach(async () => {
  agents = await TracedAgents.begin(new Operator(worker.etcd, freshEnvironment()), worker.endpoint);
});
afterEach(() => agents[Symbol.asyncDispose]());

describe("what was called", () => {
  test("is told whole though nothing is sampled, as delta figures by dependency and outcome, and by second", async () => {
    const agent = agents.agent();
    await agent.start();
    const telemetry = agents.trace(agent, { rateBp: 0, slowMs: false, metricsEveryMs: 100 });
    const answer = (fail: boolean) => async (): Promise<string> => {
      if (fail) throw new Error("no");
      return "yes";
    };
    for (let call = 0; call < 40; call++)
      await agent
        .call("bank", answer(call % 4 === 0), { callee: "bank", breaker: false })
        .catch(() => undefined);
    await agent.call("rows", answer(false), { callee: "orders-db", kind: "database" });
    await telemetry.flush();
    const counts = (metric: string): Record<string, number> => {
      const sums: Record<string, number> = {};
      for (const { attributes, count } of agents.receiver.pointsOf(metric)) {
        const key = [
          attributes["peer.service"],
          attributes["leverframe.peer.kind"],
          attributes["leverframe.operation"],
          attributes["leverframe.outcome"],
        ].join(" ");
        sums[key] = (sums[key] ?? 0) + count;
      }
      return sums;
    };
    const wanted = {
      "bank external bank ok": 30,
      "bank external bank error": 10,
      "orders-db database rows ok": 1,
    };
    expect(counts("leverframe.client.duration")).toEqual(wanted);
    expect(counts("leverframe.client.calls")).toEqual(wanted);
    for (const point of agents.receiver.points) {
      expect(point.temporality).toBe(1);
      expect(point.endMs).toBeGreaterThan(point.startMs);
    }
    for (const point of agents.receiver.pointsOf("leverframe.client.duration"))
      expect(point.buckets.reduce((sum, bucket) => sum + bucket, 0)).toBe(point.count);
    expect(agents.receiver.spans).toEqual([]);
  });

  test("counts once, under the service that was called: with agent.call around it, and without", async () => {
    const agent = agents.agent();
    await agents.serve(agent, async () => "ok");
    const callee = agents.agent({ service: "payment", address: agents.lastAddress });
    await Promise.all([agent.start(), callee.start()]);
    const fetch = leverframeFetch(agent);
    const ask = async (): Promise<string> => (await fetch("http://payment/orders/1")).text();
    const counted = async (): Promise<Record<string, number>> => {
      const lines = (await agent.metrics.metrics()).split("\n");
      const found = lines.flatMap((line) => {
        const [, dependency, outcome, count] =
          /^dependency_requests_total{dependency="(.+)",outcome="(.+)"} (\d+)/.exec(line) ?? [];
        return dependency === undefined ? [] : [[`${dependency} ${outcome}`, Number(count)] as const];
      });
      return Object.fromEntries(found);
    };
    for (let call = 0; call < 3; call++) await agent.call("pay", ask, { timeout: 5_000 });
    for (let call = 0; call < 4; call++) await agent.call("checkout", ask);
    for (let call = 0; call < 5; call++) await ask();
    expect(await counted()).toEqual({ "payment ok": 12 });
    const telemetry = agents.trace(agent);
    await agent.call("checkout", ask);
    await ask();
    expect(await counted()).toEqual({ "payment ok": 14 });
    await telemetry.flush();
    const told = agents.receiver.pointsOf("leverframe.client.duration");
    const operations = told.map(({ attributes }) => attributes["leverframe.operation"]);
    expect(operations.map(String).sort()).toEqual(["GET", "checkout"]);
    expect(told.map(({ count }) => count)).toEqual([1, 1]);
    for (const { attributes } of told)
      expect(attributes).toMatchObject({ "peer.service": "payment", "leverframe.peer.kind": "service" });
  });

  test("while the receiver is away waits, and comes whole", async () => {
    const agent = agents.agent();
    await agent.start();
    agents.receiver.status = 503;
    const telemetry = agents.trace(agent, { rateBp: 0, slowMs: false, metricsEveryMs: 100 });
    for (let call = 0; call < 7; call++) await agent.call("bank", async () => "yes");
    await until(async () => expect(agents.receiver.requests).toBeGreaterThan(0));
    agents.receiver.status = 200;
    await until(async () => {
      const sum = agents.receiver
        .pointsOf("leverframe.client.duration")
        .reduce((sum, { count }) => sum + count, 0);
      expect(sum).toBe(7);
    });
    await telemetry.close();
  });
});

describe("a process", () => {
  test("has one telemetry, which can be started again once it is closed", async () => {
    const agent = agents.agent();
    const first = agents.trace(agent);
    expect(() => agents.trace(agent)).toThrow("telemetry runs in this process already: close it first");
    await first.close();
    await agents.trace(agent).close();
    expect(() => agents.trace(agent, { endpoint: "nowhere", rateBp: 20_000 })).toThrow(
      /startTelemetry: endpoint: must be an address.*rateBp/s,
    );
  });

  test("whose receiver is gone loses telemetry at its bound, counts it, and stops within its deadline", async () => {
    const agent = agents.agent();
    const { endpoint } = agents.receiver;
    await agents.receiver.close();
    const telemetry = agents.trace(agent, { endpoint, rateBp: 10_000, mostQueuedBytes: 65_536 });
    for (let call = 0; call < 2_000; call++) await agent.call("bank", async () => "yes");
    const lines = (await agent.metrics.metrics()).split("\n");
    const dropped = lines.find((line) =>
      line.startsWith('leverframe_agent_telemetry_items_total{signal="traces",outcome="dropped"}'),
    );
    expect(Number(dropped?.split(" ").at(-1))).toBeGreaterThan(1_000);
    const beganMs = performance.now();
    await telemetry.close(300);
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });
});
