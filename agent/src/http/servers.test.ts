import { createServer, request as httpRequest, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAgent } from "@leverframe/agent";
import express from "express";
import fastify from "fastify";
import { afterEach, describe, expect, test } from "vitest";
import { currentContext, noteDegradation } from "../context/index.ts";
import { markSpent } from "../policy/index.ts";
import type { ServerOptions } from "./inbound-request.ts";
import { leverframeExpress, leverframeFastify, leverframeListener } from "./servers.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const newAgent = () => {
  const etcd = { endpoints: ["127.0.0.1:1"] };
  const agent = createAgent({ service: "order", env: "dev", etcd, metrics: false, snapshotDir: false });
  closing.push(() => agent.close());
  return agent;
};
type AnAgent = ReturnType<typeof newAgent>;

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What each server does at `/orders/:id`: tell what it knows of its request. */
const seen = () => {
  const { deadlineMs, idempotencyKey, degraded, attempt } = currentContext();
  const leftMs = deadlineMs === undefined ? undefined : deadlineMs - performance.now();
  return { leftMs, idempotencyKey, degraded: [...degraded], attempt };
};
const work = async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  noteDegradation("order/comments");
  return seen();
};

const servers: Record<string, (agent: AnAgent, options: ServerOptions) => Promise<Server>> = {
  async "node:http"(agent, options) {
    const route = () => "/orders/:id";
    const listener = leverframeListener(
      agent,
      async (request, response) => {
        if (request.url?.startsWith("/broken")) throw new Error("broken");
        for await (const _ of request);
        response.end(JSON.stringify(await work()));
      },
      { ...options, route },
    );
    return createServer(listener);
  },
  async express(agent, options) {
    const app = express();
    app.use(leverframeExpress(agent, options));
    app.use(express.json());
    app.all("/orders/:id", async (_, response) => void response.json(await work()));
    return createServer(app as RequestListener);
  },
  async fastify(agent, options) {
    const app = fastify();
    await app.register(leverframeFastify(agent, options));
    app.all("/orders/:id", async () => work());
    await app.ready();
    return app.server;
  },
};

describe.each(Object.entries(servers))("a request at a server of %s", (_, make) => {
  const start = async (options: ServerOptions = {}) => {
    const agent = newAgent();
    return { agent, url: await listen(await make(agent, options)) };
  };

  test("is worked for in its context, also after its body was read", async () => {
    const { url } = await start();
    const headers = {
      "leverframe-timeout-ms": "5000",
      "idempotency-key": "k-1",
      "leverframe-attempt": "2",
      "content-type": "application/json",
    };
    const answer = await fetch(`${url}/orders/7`, { method: "POST", headers, body: '{"a":1}' });
    const told = (await answer.json()) as ReturnType<typeof seen>;
    expect(told).toMatchObject({ idempotencyKey: "k-1", attempt: 2, degraded: ["order/comments"] });
    expect(told.leftMs).toBeGreaterThan(0);
    expect(told.leftMs).toBeLessThanOrEqual(5_000);
  });

  test("says in its answer what was degraded here, not what was on the way to it", async () => {
    const { url } = await start();
    const baggage = `leverframe.degraded=${encodeURIComponent("gateway/ads")}`;
    const answer = await fetch(`${url}/orders/7`, { headers: { baggage } });
    expect(answer.headers.get("baggage")).toBe(`leverframe.degraded=${encodeURIComponent("order/comments")}`);
    expect((await answer.json()) as object).toMatchObject({ degraded: ["gateway/ads", "order/comments"] });
  });

  test("whose deadline is over is answered 504 before any work", async () => {
    const { url } = await start();
    const answer = await fetch(`${url}/orders/7`, { headers: { "leverframe-timeout-ms": "0" } });
    expect(answer.status).toBe(504);
    await answer.text();
  });

  test("is counted by its route's template", async () => {
    const { agent, url } = await start();
    for (const id of [1, 2, 3]) await (await fetch(`${url}/orders/${id}`)).text();
    const text = await agent.metrics.metrics();
    expect(text).toContain('http_requests_total{method="GET",status="200",route="/orders/:id"} 3');
    expect(text).toContain(
      'http_request_duration_seconds_count{method="GET",status="200",route="/orders/:id"} 3',
    );
  });

  test("tells the load of its process", async () => {
    const { url } = await start({ load: { cpuUtilization: 0.25, eventLoopDelayMs: 0 } });
    const answer = await fetch(`${url}/orders/7`);
    expect(answer.headers.get("endpoint-load-metrics")).toBe("TEXT cpu_utilization=0.250");
    await answer.text();
  });

  test("beyond its limit is answered 429, and the place is free again when the answer has ended", async () => {
    const { agent, url } = await start({ limit: () => "orders" });
    const limit = { type: "CONCURRENCY", maxConcurrentCalls: 1, maxQueueDurationMs: 0 } as const;
    agent.policy("orders", { breaker: false, limit });
    const both = await Promise.all([fetch(`${url}/orders/1`), fetch(`${url}/orders/2`)]);
    expect(both.map(({ status }) => status).sort((left, right) => left - right)).toEqual([200, 429]);
    const refused = both.find(({ status }) => status === 429);
    expect(refused?.headers.get("retry-after")).toBe("1");
    await Promise.all(both.map((answer) => answer.text()));
    expect((await fetch(`${url}/orders/3`)).status).toBe(200);
  });

  test("asks the caller to connect anew once the instance takes no more calls", async () => {
    const { agent, url } = await start();
    const before = await fetch(`${url}/orders/1`);
    expect([before.headers.get("connection"), (await before.text()).length > 0]).toEqual([
      "keep-alive",
      true,
    ]);
    await agent.close();
    const after = await fetch(`${url}/orders/1`);
    expect([after.status, after.headers.get("connection")]).toEqual([200, "close"]);
    await after.text();
  });
});

test("the signal of a request ends when its caller hangs up, and at its deadline", async () => {
  const agent = newAgent();
  const reasons: Promise<string>[] = [];
  const listener = leverframeListener(agent, (_, response) => {
    const { signal } = currentContext();
    reasons.push(
      new Promise((resolve) => {
        signal?.addEventListener("abort", () => {
          resolve(String(signal.reason));
          response.end("late");
        });
      }),
    );
  });
  const url = await listen(createServer(listener));
  const hangsUp = httpRequest(url).on("error", () => undefined);
  hangsUp.end();
  await expect.poll(() => reasons.length).toBe(1);
  hangsUp.destroy();
  await expect(reasons[0]).resolves.toContain("hung up");
  const answer = await fetch(url, { headers: { "leverframe-timeout-ms": "30" } });
  expect(await answer.text()).toBe("late");
  await expect(reasons[1]).resolves.toContain("deadline");
});

test("a plain listener that throws is answered 500, and the server goes on", async () => {
  const agent = newAgent();
  const make = servers["node:http"];
  if (make === undefined) throw new Error("no such server");
  const url = await listen(await make(agent, {}));
  const answer = await fetch(`${url}/broken`);
  expect([answer.status, await answer.text()]).toEqual([500, "the request could not be served\n"]);
  expect((await fetch(`${url}/orders/1`)).status).toBe(200);
});

test("a callee that can't be asked is answered 503, lost time 504, and that retries were made is said", async () => {
  const agent = newAgent();
  const codes = [
    "BREAKER_OPEN",
    "LIMIT_REACHED",
    "NO_INSTANCE",
    "CALL_TIMEOUT",
    "DEADLINE_EXCEEDED",
    "EPERM",
  ];
  const listener = leverframeListener(agent, ({ url = "" }) => {
    const error = new TypeError("fetch failed", {
      cause: Object.assign(new Error("why"), { code: url.slice(1) }),
    });
    if (url === "/EPERM") markSpent(error);
    throw error;
  });
  const url = await listen(createServer(listener));
  const answers = await Promise.all(codes.map((code) => fetch(`${url}/${code}`)));
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 504, 504, 500]);
  expect(answers.map(({ headers }) => headers.get("leverframe-retry"))).toEqual([
    null,
    null,
    null,
    null,
    null,
    "no",
  ]);
  await Promise.all(answers.map((answer) => answer.text()));
});

test("routes beyond 200 series are counted as one", async () => {
  const agent = newAgent();
  const route = ({ url }: { url?: string | undefined }) => url;
  const url = await listen(
    createServer(leverframeListener(agent, (_, response) => response.end(), { route })),
  );
  for (let index = 0; index < 210; index++) await (await fetch(`${url}/r${index}`)).text();
  const text = await agent.metrics.metrics();
  expect(text.match(/^http_requests_total\{/gm)).toHaveLength(201);
  expect(text).toContain('http_requests_total{method="GET",status="200",route="other"} 10');
});
