import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { type Agent, createAgent } from "@leverframe/agent";
import {
  callUnary,
  channelOptions,
  clientInterceptor,
  resolveBy,
  serverInterceptor,
  serverOptions,
} from "@leverframe/agent/grpc";
import { leverframeFetch, leverframeListener } from "@leverframe/agent/http";
import {
  consume,
  type MessageHeaders,
  produce,
  startTelemetry,
  type Telemetry,
} from "@leverframe/agent/otel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { INVENTORY, type InventoryHandlers, inventoryClient } from "../../demo/shop/inventory-rpc.ts";
import { samplingBody, switchBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { OtlpReceiver, type ReceivedSpan } from "../support/otlp-receiver.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** The official SDK and exporters, real HTTP, gRPC and etcd, and a real OTLP receiver. */
const worker = useWorkerEtcd();
const ends: (() => unknown)[] = [];
let operator: Operator;
let receiver: OtlpReceiver;

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
  receiver = await OtlpReceiver.listen();
  ends.push(() => receiver.close());
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function agentOf(service: string, address?: string, instance = `${service}-1`): Agent {
  const agent = createAgent({
    service,
    env: operator.env,
    instance,
    version: "3.1.4",
    zone: "zone-a",
    etcd: { endpoints: [worker.endpoint] },
    metrics: false,
    snapshotDir: false,
    ...(address === undefined ? {} : { address }),
  });
  ends.push(() => agent.close());
  return agent;
}

function traced(agent: Agent, more: Parameters<typeof startTelemetry>[1] = {}): Telemetry {
  const telemetry = startTelemetry(agent, {
    ...(more.endpoint === undefined ? { endpoint: receiver.endpoint } : {}),
    headers: { authorization: "Bearer ingest-token" },
    exportEveryMs: 20,
    metricsEveryMs: 200,
    ...more,
  });
  ends.push(() => telemetry.close());
  return telemetry;
}

/** Asks again until it no longer throws. */
const until = <T>(ask: () => Promise<T>): Promise<T> => eventually(ask, () => true, 15_000);
const spanNamed = (name: string): Promise<ReceivedSpan> =>
  until(async () => {
    const found = receiver.spans.find((span) => span.name === name);
    if (found === undefined)
      throw new Error(`no span ${name} yet: ${receiver.spans.map((span) => span.name).join(", ")}`);
    return found;
  });

/** An HTTP server of an agent; answers with its port. */
async function listen(agent: Agent, handle: () => Promise<string>): Promise<number> {
  const server = createServer(
    leverframeListener(
      agent,
      async (_request, response) => {
        response.end(await handle());
      },
      { route: () => "/orders/:id" },
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** An inventory over gRPC; answers with its address. */
async function inventory(agent: () => Agent): Promise<string> {
  const server = new Server({
    ...serverOptions(),
    interceptors: [(method, call) => serverInterceptor(agent())(method, call)],
  });
  server.addService(INVENTORY, {
    Reserve: (_call, answer) => answer(null, { reserved: true, left: 1, instance: "inventory-1" }),
    WatchStock: () => undefined,
  } satisfies InventoryHandlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  ends.push(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

describe("a trace", () => {
  test("is one across HTTP, gRPC and message headers, and each span says who made it", async () => {
    const order = agentOf("order");
    let stock: Agent | undefined;
    const address = await inventory(() => stock ?? order);
    stock = agentOf("inventory", address);
    await stock.start();
    const topic: { value: string; headers: MessageHeaders }[] = [];
    resolveBy(order);
    const client = inventoryClient("leverframe:///inventory", credentials.createInsecure(), {
      ...channelOptions(),
      interceptors: [clientInterceptor({ callee: { agent: order, service: "inventory" } })],
    });
    ends.push(() => client.close());
    const port = await listen(order, async () => {
      const { left } = await order.call("reserve", ({ signal }) =>
        callUnary(client.reserve, { product: "lamp", quantity: 1 }, { signal }),
      );
      const headers: MessageHeaders = {};
      await produce({ system: "kafka", destination: "orders" }, headers, async () => {
        // As a broker hands them out: bytes.
        const sent = Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value))]);
        topic.push({ value: "lamp", headers: Object.fromEntries(sent) as MessageHeaders });
      });
      return `left ${left}`;
    });
    const shop = agentOf("order", `127.0.0.1:${port}`, "order-2");
    await Promise.all([order.start(), shop.start()]);
    traced(order, { rateBp: 10_000 });
    const response = await order.call("orders", ({ signal }) =>
      leverframeFetch(order)("http://order/orders/7?token=abc", { signal }),
    );
    expect(await response.text()).toBe("left 1");
    const [message] = topic;
    if (message === undefined) throw new Error("nothing was sent");
    expect(consume({ system: "kafka", destination: "orders" }, message.headers, () => message.value)).toBe(
      "lamp",
    );

    const last = await spanNamed("process orders");
    const trace = await until(async () => {
      const spans = receiver.spans.filter(({ traceId }) => traceId === last.traceId);
      if (spans.length < 8) throw new Error(`only ${spans.map((span) => span.name).join(", ")}`);
      return spans;
    });
    const byId = new Map(trace.map((span) => [span.spanId, span]));
    const wayOf = (span: ReceivedSpan | undefined): string[] =>
      span === undefined ? [] : [...wayOf(byId.get(span.parentSpanId)), `${span.kind} ${span.name}`];
    const served = trace.find((span) => span.kind === 2 && span.name === "shop.Inventory/Reserve");
    const toOrder = ["1 call orders", "3 GET order", "2 GET /orders/:id"];
    expect(wayOf(served)).toEqual([
      ...toOrder,
      "1 call reserve",
      "3 shop.Inventory/Reserve",
      "2 shop.Inventory/Reserve",
    ]);
    expect(wayOf(last)).toEqual([...toOrder, "4 send orders", "5 process orders"]);
    for (const span of trace) {
      expect(span.resource).toMatchObject({
        "service.name": "order",
        "service.instance.id": "order-1",
        "service.version": "3.1.4",
        "deployment.environment.name": operator.env,
        "cloud.availability_zone": "zone-a",
        "leverframe.edges": "metrics",
      });
      expect(span.attributes["leverframe.revision.shared"]).toBe(order.status.sharedRevision);
      expect(span.attributes["leverframe.revision.own"]).toBe(order.status.ownRevision);
      expect(span.sampled).toBe(true);
    }
    expect(JSON.stringify(trace)).not.toContain("token=abc");
    expect(receiver.headers[0]?.["authorization"]).toBe("Bearer ingest-token");
    expect(receiver.headers[0]?.["content-type"]).toBe("application/x-protobuf");
  });

  test("is sampled by the live lever, by route and for all, at once and without a restart", async () => {
    const agent = agentOf("order");
    const port = await listen(agent, async () => "ok");
    await agent.start();
    traced(agent, { rateBp: 0, slowMs: false });
    const ask = async (): Promise<void> => void (await fetch(`http://127.0.0.1:${port}/orders/1`));
    await ask();
    const revision = await operator.commit("order", {
      "sampling/traces": samplingBody(0, { "/orders/:id": 10_000 }),
    });
    await until(async () => expect(agent.status.ownRevision).toBe(revision));
    await ask();
    await spanNamed("GET /orders/:id");
    expect(receiver.spans).toHaveLength(1);
    expect(receiver.spans[0]?.attributes["leverframe.revision.own"]).toBe(revision);

    const off = await operator.commit("order", { "sampling/traces": samplingBody(0) });
    await until(async () => expect(agent.status.ownRevision).toBe(off));
    await ask();
    const all = await operator.commit("order", { "sampling/traces": samplingBody(10_000) });
    await until(async () => expect(agent.status.ownRevision).toBe(all));
    await ask();
    await until(async () => expect(receiver.spans.length).toBeGreaterThan(1));
    expect(receiver.spans.map(({ attributes }) => attributes["leverframe.revision.own"])).toEqual([
      revision,
      all,
    ]);
    const receipt = await until(async () => {
      const found = await operator.receipt("order", "order-1");
      if (found?.ownRevision !== all) throw new Error("no receipt yet");
      return found;
    });
    expect(receipt.reads.map(({ kind, name }) => `${kind}/${name}`)).toContain("sampling/traces");
    expect(receipt.unsupported).toEqual([]);
  });

  test("that is not sampled is exported once it fails or is slow, as far as this process knows it, and says so", async () => {
    const agent = agentOf("order");
    let handle = async (): Promise<string> => "ok";
    const port = await listen(agent, () => handle());
    await agent.start();
    const telemetry = traced(agent, { rateBp: 0, slowMs: 200 });
    const ask = async (): Promise<void> => void (await fetch(`http://127.0.0.1:${port}/orders/1`));
    await ask();
    handle = () =>
      agent.call("bank", async () => {
        throw new Error("no money today");
      });
    await ask();
    await spanNamed("GET /orders/:id");
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual(["GET /orders/:id", "call bank"]);
    for (const span of receiver.spans) {
      expect(span.failed).toBe(true);
      expect(span.sampled).toBe(false);
      expect(span.attributes).toMatchObject({ "leverframe.kept": "error", "leverframe.partial": true });
    }
    receiver.spans.length = 0;
    handle = () => agent.call("bank", () => new Promise((resolve) => setTimeout(() => resolve("late"), 250)));
    await ask();
    await spanNamed("GET /orders/:id");
    expect(receiver.spans.map(({ attributes }) => attributes["leverframe.kept"])).toEqual(["slow", "slow"]);
    receiver.spans.length = 0;
    handle = async () => "ok";
    await ask();
    await telemetry.flush();
    expect(receiver.spans).toEqual([]);
  });

  test("names the levers that acted: a degraded switch, an open breaker, retries", async () => {
    const agent = agentOf("order");
    const comments = agent.switch("comments", { level: "non-core" });
    const port = await listen(agent, async () => (comments.isDegraded() ? "none" : "some"));
    await agent.start();
    const revision = await operator.commit("order", { "switch/comments": switchBody("DEGRADED") });
    await until(async () => expect(agent.status.ownRevision).toBe(revision));
    traced(agent, { rateBp: 10_000 });
    await fetch(`http://127.0.0.1:${port}/orders/1`);
    expect((await spanNamed("GET /orders/:id")).attributes["leverframe.levers"]).toEqual(["switch/comments"]);

    let made = 0;
    const flaky = async (): Promise<string> => {
      made += 1;
      if (made === 1) throw Object.assign(new Error("gone"), { code: "ECONNREFUSED" });
      return "there";
    };
    await agent.call("ledger", flaky, { idempotent: true, retry: { waitDurationMs: 1, jitter: "NONE" } });
    const retried = await spanNamed("call ledger");
    expect(retried.attributes).toMatchObject({ "leverframe.attempts": 2, "leverframe.outcome": "ok" });
    expect(retried.attributes["leverframe.levers"]).toEqual(["retry/ledger"]);
    expect(retried.events.map(({ name }) => name)).toEqual(["leverframe.retry"]);

    const refused = agent.call("bank", async () => "never", {
      breaker: { mode: "FORCED_OPEN" },
      fallback: () => "stand-in",
    });
    expect(await refused).toBe("stand-in");
    const open = await spanNamed("call bank");
    expect(open.attributes).toMatchObject({
      "leverframe.outcome": "breaker-open",
      "leverframe.degraded.reason": "breaker-open",
    });
    expect(open.attributes["leverframe.levers"]).toEqual(["breaker/bank"]);
  });
});

describe("what was called", () => {
  test("is told whole though nothing is sampled, as delta figures by dependency and outcome, and by second", async () => {
    const agent = agentOf("order");
    await agent.start();
    const telemetry = traced(agent, { rateBp: 0, slowMs: false, metricsEveryMs: 100 });
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
      for (const { attributes, count } of receiver.pointsOf(metric)) {
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
    for (const point of receiver.points) {
      expect(point.temporality).toBe(1);
      expect(point.endMs).toBeGreaterThan(point.startMs);
    }
    for (const point of receiver.pointsOf("leverframe.client.duration"))
      expect(point.buckets.reduce((sum, bucket) => sum + bucket, 0)).toBe(point.count);
    expect(receiver.spans).toEqual([]);
  });

  test("while the receiver is away waits, and comes whole", async () => {
    const agent = agentOf("order");
    await agent.start();
    receiver.status = 503;
    const telemetry = traced(agent, { rateBp: 0, slowMs: false, metricsEveryMs: 100 });
    for (let call = 0; call < 7; call++) await agent.call("bank", async () => "yes");
    await until(async () => expect(receiver.requests).toBeGreaterThan(0));
    receiver.status = 200;
    await until(async () => {
      const sum = receiver.pointsOf("leverframe.client.duration").reduce((sum, { count }) => sum + count, 0);
      expect(sum).toBe(7);
    });
    await telemetry.close();
  });
});

describe("a process", () => {
  test("has one telemetry, which can be started again once it is closed", async () => {
    const agent = agentOf("order");
    const first = traced(agent);
    expect(() => traced(agent)).toThrow("another OpenTelemetry SDK runs in this process");
    await first.close();
    await traced(agent).close();
    expect(() => traced(agent, { endpoint: "nowhere", rateBp: 20_000 })).toThrow(
      /startTelemetry: endpoint: must be an address.*rateBp/s,
    );
  });

  test("whose receiver is gone loses telemetry at its bound, counts it, and stops within its deadline", async () => {
    const agent = agentOf("order");
    const { endpoint } = receiver;
    await receiver.close();
    const telemetry = traced(agent, { endpoint, rateBp: 10_000, mostQueuedBytes: 65_536 });
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
