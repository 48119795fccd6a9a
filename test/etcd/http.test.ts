import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";

import { type Agent, createAgent, currentContext, readContext, runInContext } from "@leverframe/agent";
import { leverframeFetch, leverframeInterceptor } from "@leverframe/agent/http";
import type { TrafficSpec } from "@leverframe/agent/protocol";
import { Agent as Connections, request, fetch as undiciFetch } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { trafficBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { HttpService, type HttpServiceOptions } from "../support/http-service.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
const ends: (() => Promise<unknown>)[] = [];
let operator: Operator;
let caller: Agent;

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
  const { env } = operator;
  const etcd = { endpoints: [worker.endpoint] };
  caller = createAgent({
    service: "gateway",
    env,
    instance: "gateway-1",
    etcd,
    metrics: false,
    snapshotDir: false,
  });
  await caller.start();
  ends.push(() => caller.close());
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(instance: string, more: Partial<HttpServiceOptions> = {}): Promise<HttpService> {
  const endpoints = [worker.endpoint];
  const service = await HttpService.start({
    env: operator.env,
    service: "payment",
    instance,
    endpoints,
    ...more,
  });
  ends.push(() => service[Symbol.asyncDispose]());
  return service;
}
/** Waits until the caller knows so many. */
const known = (count: number) =>
  eventually(
    () => caller.service("payment").instances(),
    (instances) => instances.length === count,
  );

/** The caller's own lever for its calls, in force. */
async function balanceBy(spec: Partial<TrafficSpec>): Promise<void> {
  await operator.commit("gateway", { "traffic/payment": trafficBody(spec) });
  await eventually(
    () => caller.service("payment").balancing.balancer,
    (balancer) => balancer === spec.balancer,
  );
}

interface Answer {
  readonly instance: string;
  readonly bytes: number;
  readonly idempotencyKey?: string;
  readonly leftMs?: number;
  readonly degraded: readonly string[];
}
const answerOf = async (response: { json(): Promise<unknown> }): Promise<Answer> =>
  (await response.json()) as Answer;

const connections = new Connections();
const clients: Record<string, () => (path: string, init?: RequestInit) => Promise<Response>> = {
  "Node's fetch": () => {
    const call = leverframeFetch(caller);
    return (path, init) => call(`http://payment${path}`, init);
  },
  "undici's fetch": () => {
    const call = leverframeFetch(caller, {
      fetch: undiciFetch as unknown as typeof fetch,
      dispatcher: connections,
    });
    return (path, init) => call(`http://payment${path}`, init);
  },
};

describe.each(Object.entries(clients))("by %s", (_, make) => {
  test("a service is called by its name, in turn, with what its request brings along", async () => {
    await Promise.all([start("payment-1"), start("payment-2")]);
    await known(2);
    const call = make();
    const names = new Set<string>();
    for (let turn = 0; turn < 4; turn++) names.add((await answerOf(await call("/pay"))).instance);
    expect([...names].sort()).toEqual(["payment-1", "payment-2"]);

    const context = { ...currentContext(), deadlineMs: performance.now() + 5_000, idempotencyKey: "k-7" };
    const told = await runInContext(context, async () => answerOf(await call("/pay")));
    expect(told.idempotencyKey).toBe("k-7");
    expect(told.leftMs).toBeGreaterThan(0);
    expect(told.leftMs).toBeLessThanOrEqual(5_000);
  });

  test("bodies are streamed both ways", async () => {
    await start("payment-1");
    await known(1);
    const chunks = Array.from({ length: 64 }, () => new Uint8Array(16_384));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.pop();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    expect((await answerOf(await make()("/pay", init))).bytes).toBe(64 * 16_384);
  });

  test("a call under way turns P2C to the other instance, until its answer is whole or it is given up", async () => {
    await Promise.all([start("payment-1"), start("payment-2")]);
    await known(2);
    await balanceBy({ balancer: "P2C" });
    const call = make();
    const names = async (): Promise<readonly string[]> => {
      const found = new Set<string>();
      for (let turn = 0; turn < 12; turn++) found.add((await answerOf(await call("/pay"))).instance);
      return [...found];
    };
    let end: () => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(1));
        end = () => controller.close();
      },
    });
    const held = call("/pay", { method: "POST", body, duplex: "half" } as RequestInit);
    const others = await names();
    expect(others).toHaveLength(1);
    end();
    expect([(await answerOf(await held)).instance, ...others].sort()).toEqual(["payment-1", "payment-2"]);
    expect(await names()).toHaveLength(2);

    const gone = new AbortController();
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
    });
    const init = { method: "POST", body: endless, duplex: "half", signal: gone.signal } as RequestInit;
    const given = call("/pay", init).catch((error: unknown) => String(error));
    expect(await names()).toHaveLength(1);
    gone.abort(new Error("enough"));
    expect(await given).toContain("enough");
    expect(await names()).toHaveLength(2);
  });

  test("an instance that refuses connections is passed over at once, whatever the request is", async () => {
    await start("payment-1");
    const dead = createTcpServer();
    await new Promise<void>((resolve) => dead.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(dead.address() as AddressInfo).port}`;
    await new Promise((resolve) => dead.close(resolve));
    const { env } = operator;
    const etcd = { endpoints: [worker.endpoint] };
    const other = createAgent({
      service: "payment",
      env,
      instance: "payment-dead",
      etcd,
      address,
      metrics: false,
    });
    await other.start();
    ends.push(() => other.close());
    await known(2);
    const call = make();
    for (let turn = 0; turn < 6; turn++) {
      const answer = await call("/pay", { method: "POST", body: "1" });
      expect((await answerOf(answer)).instance).toBe("payment-1");
    }
  });

  test("the deadline of the request breaks it off, and none is made after it", async () => {
    await start("payment-1", { workMs: 2_000 });
    await known(1);
    const call = make();
    const within = (leftMs: number) =>
      runInContext({ ...currentContext(), deadlineMs: performance.now() + leftMs }, () => call("/pay"));
    const fromMs = performance.now();
    await expect(within(100)).rejects.toMatchObject({ cause: { code: "DEADLINE_EXCEEDED" } });
    expect(performance.now() - fromMs).toBeLessThan(1_500);
    await expect(within(-1)).rejects.toMatchObject({ cause: { code: "DEADLINE_EXCEEDED" } });
  });

  test("the very first call to a service waits until its instances are known", async () => {
    await start("payment-1");
    const answer = await answerOf(await leverframeFetch(caller)("http://payment/who"));
    expect(answer.instance).toBe("payment-1");
  });

  test("a service without instances rejects and says so; other hosts are called as ever", async () => {
    const call = make();
    await expect(call("/pay")).rejects.toMatchObject({ cause: { code: "NO_INSTANCE", processed: false } });
    const service = await start("payment-1");
    await known(1);
    const [instance] = caller.service("payment").instances();
    const plain = await leverframeFetch(caller)(`http://${instance?.address}/pay`);
    expect((await answerOf(plain)).instance).toBe(service.instance);
  });
});

/** A server of the test's own, registered under an agent. */
async function serve(instance: string, listener: RequestListener): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { env } = operator;
  const etcd = { endpoints: [worker.endpoint] };
  const options = {
    service: "payment",
    env,
    instance,
    etcd,
    address,
    metrics: false,
    snapshotDir: false,
  } as const;
  const agent = createAgent(options);
  await agent.start();
  ends.push(() => agent.close());
}

test("the load in answers turns calls to the one with more room", async () => {
  const answer =
    (instance: string, cpu: number): RequestListener =>
    (_, response) => {
      response.setHeader("endpoint-load-metrics", `TEXT cpu_utilization=${cpu}`);
      response.end(JSON.stringify({ instance }));
    };
  await serve("payment-hot", answer("payment-hot", 0.9));
  await serve("payment-cool", answer("payment-cool", 0.1));
  await known(2);
  await balanceBy({ balancer: "CPU_AWARE" });
  const call = leverframeFetch(caller);
  const names: string[] = [];
  for (let turn = 0; turn < 40; turn++) names.push((await answerOf(await call("http://payment/"))).instance);
  expect(names.indexOf("payment-hot")).toBeLessThan(20);
  expect(names.slice(20)).toEqual(Array.from({ length: 20 }, () => "payment-cool"));
});

test("what a callee did without is noted on the request that it was called for", async () => {
  await serve("payment-1", (_, response) => {
    response.setHeader("baggage", "tenant=blue,leverframe.degraded=payment%2Ffraud-check");
    response.end("{}");
  });
  await known(1);
  const call = leverframeFetch(caller);
  const context = readContext(() => undefined, 0);
  await runInContext(context, async () => (await call("http://payment/")).text());
  expect(context.degraded).toEqual(["payment/fraud-check"]);
});

test("undici's request goes by service name through the interceptor, and 5xx answers eject an instance", async () => {
  await Promise.all([start("payment-1"), start("payment-2")]);
  await known(2);
  await balanceBy({ balancer: "P2C", consecutiveFailures: 3, baseEjectionTimeMs: 60_000 });
  const service = caller.service("payment");
  const dispatcher = connections.compose(leverframeInterceptor(caller));
  const call = async (path: string): Promise<Answer> => {
    const { body } = await request(`http://payment${path}`, { dispatcher });
    return (await body.json()) as Answer;
  };
  for (let turn = 0; turn < 20 && service.ejected().length === 0; turn++) await call("/pay?status=503");
  const [out] = service.ejected();
  expect(service.ejected()).toHaveLength(1);
  for (let turn = 0; turn < 10; turn++) expect((await call("/pay")).instance).not.toBe(out?.instance);
});
