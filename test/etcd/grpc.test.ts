import { credentials, Metadata, Server, ServerCredentials, type ServiceError, status } from "@grpc/grpc-js";
import { type Agent, createAgent } from "@leverframe/agent";
import {
  callUnary,
  channelOptions,
  clientInterceptor,
  resolveBy,
  rpcAuth,
  rpcMetrics,
  rpcPolicySchema,
  serverInterceptor,
  serverOptions,
} from "@leverframe/agent/grpc";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  INVENTORY,
  type InventoryHandlers,
  inventoryClient,
  RESERVE,
  type Stock,
} from "../../demo/shop/inventory-rpc.ts";
import { breakerBody, configBody, limitBody, trafficBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** Real gRPC over real sockets, real etcd: the resolver, the balancer and both interceptors. */
const worker = useWorkerEtcd();
const ends: (() => unknown)[] = [];
let operator: Operator;

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Seen {
  deadlineMs: number;
  attempts: number;
  cancelled: number;
}
interface Standing {
  readonly agent: Agent;
  readonly server: Server;
  readonly seen: Seen;
  mood: { delayMs: number; code: status };
}

function agentOf(service: string, instance: string, address?: string): Agent {
  const agent = createAgent({
    service,
    env: operator.env,
    instance,
    etcd: { endpoints: [worker.endpoint] },
    metrics: false,
    snapshotDir: false,
    ...(address === undefined ? {} : { address }),
  });
  ends.push(() => agent.close());
  return agent;
}

/** An inventory of one process: it answers with its name, and streams a stock of its own. */
async function serve(instance: string, secured = false): Promise<Standing> {
  const seen: Seen = { deadlineMs: 0, attempts: 0, cancelled: 0 };
  const mood = { delayMs: 0, code: status.OK };
  const standing = { mood, seen } as Standing;
  const handlers: InventoryHandlers = {
    Reserve: (call, answer) => {
      seen.attempts += 1;
      seen.deadlineMs = Number(call.getDeadline()) - Date.now();
      call.on("cancelled", () => (seen.cancelled += 1));
      const reply = () =>
        standing.mood.code === status.OK
          ? answer(null, { reserved: true, left: 7, instance })
          : answer({ code: standing.mood.code, details: "not itself" });
      setTimeout(reply, standing.mood.delayMs);
    },
    WatchStock: (call) => {
      let left = 100;
      const timer = setInterval(() => call.write({ product: "lamp", left: left--, instance }), 5);
      const stopDraining = standing.agent.on("takesCalls", (takes) => {
        if (!takes) call.end();
      });
      call.on("close", () => {
        clearInterval(timer);
        stopDraining();
      });
      call.on("cancelled", () => {
        seen.cancelled += 1;
        clearInterval(timer);
        stopDraining();
      });
    },
  };
  const probe = new Server();
  const port = await new Promise<number>((resolve, reject) =>
    probe.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, found) =>
      error === null ? resolve(found) : reject(error),
    ),
  );
  probe.forceShutdown();
  const agent = agentOf("inventory", instance, `127.0.0.1:${port}`);
  const policy = agent.config("rpc-policy", rpcPolicySchema, {
    default: { issuer: "shop", audience: "inventory", jwks: { keys: [{ kty: "EC" }] }, rules: [] },
  });
  const server = new Server({
    ...serverOptions(),
    interceptors: [
      serverInterceptor(agent, {
        metrics: rpcMetrics(agent.metrics),
        load: { cpuUtilization: 0.25, eventLoopDelayMs: 0 },
        limit: () => "calls",
        ...(secured ? { auth: rpcAuth(policy) } : {}),
      }),
    ],
  });
  server.addService(INVENTORY, handlers);
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    ),
  );
  ends.push(() => server.forceShutdown());
  await agent.start();
  return Object.assign(standing, { agent, server });
}

async function caller(count: number, options: Parameters<typeof clientInterceptor>[0] = {}) {
  const agent = agentOf("order", "order-1");
  resolveBy(agent);
  const handle = agent.service("inventory");
  await agent.start();
  await eventually(
    () => handle.instances().length,
    (found) => found === count,
  );
  const client = inventoryClient("leverframe:///inventory", credentials.createInsecure(), {
    ...channelOptions(),
    interceptors: [clientInterceptor({ metrics: rpcMetrics(agent.metrics), ...options })],
  });
  ends.push(() => client.close());
  const reserve = (metadata = new Metadata()) =>
    callUnary(client.reserve, { product: "lamp", quantity: 1 }, { metadata });
  await reserve().catch(() => undefined);
  const spread = async (calls: number): Promise<Record<string, number>> => {
    const counted: Record<string, number> = {};
    for (let call = 0; call < calls; call++) {
      const { instance } = await reserve();
      counted[instance] = (counted[instance] ?? 0) + 1;
    }
    return counted;
  };
  return { agent, handle, client, reserve, spread };
}

describe("leverframe:///inventory", () => {
  test("calls are spread over the registered instances, by their weights", async () => {
    await Promise.all([serve("inventory-1"), serve("inventory-2")]);
    const { spread } = await caller(2);
    await eventually(
      () => spread(20),
      (counted) => counted["inventory-1"] === 10 && counted["inventory-2"] === 10,
    );
    await operator.commit("inventory", {
      "traffic/calls": trafficBody({ balancer: "WEIGHTED", weights: { "inventory-1": 30 } }),
    });
    await eventually(
      () => spread(130),
      (counted) => counted["inventory-1"] === 30 && counted["inventory-2"] === 100,
    );
  });

  test("a new instance takes its share, and one that leaves is not called any more", async () => {
    const first = await serve("inventory-1");
    const { spread } = await caller(1);
    expect(await spread(4)).toEqual({ "inventory-1": 4 });
    await serve("inventory-2");
    await eventually(
      () => spread(10),
      (counted) => counted["inventory-2"] === 5,
    );
    await first.agent.close();
    await eventually(
      () => spread(10),
      (counted) => counted["inventory-2"] === 10,
    );
  });

  test("the very first call to a service waits until its instances are known", async () => {
    await serve("inventory-1");
    const agent = agentOf("order", "order-1");
    resolveBy(agent);
    await agent.start();
    const client = inventoryClient("leverframe:///inventory", credentials.createInsecure(), channelOptions());
    ends.push(() => client.close());
    expect(await callUnary(client.reserve, { product: "lamp", quantity: 1 })).toMatchObject({
      instance: "inventory-1",
    });
  });

  test("nobody there is UNAVAILABLE with the reason, and somebody who comes is found", async () => {
    const { reserve } = await caller(0);
    await expect(reserve()).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining("no instance of inventory is known"),
    });
    await serve("inventory-1");
    await eventually(
      () => reserve().then(({ instance }) => instance),
      (instance) => instance === "inventory-1",
    );
  });

  test("draining loses no call, and ends a stream without an error", async () => {
    await Promise.all([serve("inventory-1"), serve("inventory-2")]);
    const { spread, client } = await caller(2);
    await operator.commit("inventory", { "traffic/calls": trafficBody({ drain: ["inventory-2"] }) });
    await eventually(
      () => spread(10),
      (counted) => counted["inventory-2"] === undefined,
    );
    const stock: Stock[] = [];
    const stream = client.watchStock({});
    const ended = new Promise<string>((resolve) => {
      stream.on("data", (found: Stock) => stock.push(found));
      stream.on("end", () => resolve("ended"));
      stream.on("error", (error) => resolve(String(error)));
    });
    await eventually(
      () => stock.length,
      (found) => found > 3,
    );
    expect(stock[0]?.instance).toBe("inventory-1");
    let calls = 0;
    const draining = new AbortController();
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!draining.signal.aborted) {
          await spread(5);
          calls += 5;
        }
      }),
    );
    await operator.commit("inventory", { "traffic/calls": trafficBody({ drain: ["inventory-1"] }) });
    expect(await ended).toBe("ended");
    await eventually(
      () => spread(10),
      (counted) => counted["inventory-1"] === undefined,
    );
    draining.abort();
    await load;
    expect(calls).toBeGreaterThan(40);
  });
});

describe("a call's context", () => {
  test("the callee's deadline is below the caller's, and its end reaches the callee", async () => {
    const inventory = await serve("inventory-1");
    const { agent, client } = await caller(1);
    inventory.mood = { delayMs: 2_000, code: status.OK };
    const begun = performance.now();
    const asked = agent.call(
      "stock",
      ({ signal }) => callUnary(client.reserve, { product: "lamp", quantity: 1 }, { signal }),
      { timeout: { timeoutMs: 300 } },
    );
    await expect(asked).rejects.toMatchObject({ code: expect.anything() });
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(inventory.seen.deadlineMs).toBeLessThanOrEqual(300);
    await eventually(
      () => inventory.seen.cancelled,
      (cancelled) => cancelled > 0,
    );
  });

  test("a breaker refuses without a request", async () => {
    const inventory = await serve("inventory-1");
    const agents: Agent[] = [];
    const { agent, reserve } = await caller(1, { breaker: () => agents[0]?.breaker("inventory") });
    agents.push(agent);
    const breaker = agent.breaker("inventory", { minimumNumberOfCalls: 4 });
    inventory.mood = { delayMs: 0, code: status.INTERNAL };
    for (let call = 0; call < 4; call++) await reserve().catch(() => undefined);
    expect(breaker.state).toBe("OPEN");
    const before = inventory.seen.attempts;
    await expect(reserve()).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: "breaker inventory lets no call through",
    });
    expect(inventory.seen.attempts).toBe(before);
    await operator.commit("order", {
      "breaker/inventory": breakerBody({ ...breaker.spec, mode: "DISABLED" }),
    });
    await eventually(
      () => breaker.state,
      (state) => state === "CLOSED",
    );
    inventory.mood = { delayMs: 0, code: status.OK };
    expect(await reserve()).toMatchObject({ reserved: true });
    const text = await agent.metrics.metrics();
    expect(text).toMatch(
      /grpc_client_calls_total\{method="\/shop.Inventory\/Reserve",code="UNAVAILABLE"\} 1/,
    );
    expect(await inventory.agent.metrics.metrics()).toContain(
      'grpc_server_calls_total{method="/shop.Inventory/Reserve"',
    );
  });
});

test("a limit refuses with the time to wait; raised, it lets calls in again", async () => {
  await serve("inventory-1");
  const { reserve } = await caller(1);
  const limit = (permitsPerSecond: number) =>
    operator.commit("inventory", {
      "limit/calls": limitBody({ type: "RATE", permitsPerSecond, burst: 1, maxQueueDurationMs: 0 }),
    });
  await limit(1);
  const refused = await eventually(
    () => reserve().catch((error: unknown) => error as ServiceError),
    (found) => "code" in found && found.code === status.RESOURCE_EXHAUSTED,
  );
  const { metadata } = refused as ServiceError;
  expect(Number(metadata.get("grpc-retry-pushback-ms")[0])).toBeGreaterThan(0);
  expect(metadata.get("endpoint-load-metrics")).toEqual(["TEXT cpu_utilization=0.250"]);
  await limit(1_000_000);
  await eventually(
    () => reserve().then(({ reserved }) => reserved),
    (reserved) => reserved,
  );
});

describe("tokens", () => {
  const policy = async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" };
    const token = (claims: { scope?: string; aud?: string; in?: string }, signedBy = privateKey) =>
      new SignJWT({ scope: claims.scope ?? "inventory:reserve" })
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .setIssuer("shop")
        .setAudience(claims.aud ?? "inventory")
        .setExpirationTime(claims.in ?? "5m")
        .sign(signedBy);
    const rules = [{ method: "/shop.Inventory/*", scopes: ["inventory:reserve"] }];
    await operator.commit("inventory", {
      "config/rpc-policy": configBody(
        JSON.stringify({ issuer: "shop", audience: "inventory", jwks: { keys: [jwk] }, rules }),
      ),
    });
    return { token, rules, jwk };
  };

  test("a valid token with the scope is let in; every other is refused with the reason", async () => {
    const { token } = await policy();
    await serve("inventory-1", true);
    const { reserve } = await caller(1);
    const bearing = (bearer: string) => {
      const metadata = new Metadata();
      metadata.set("authorization", `Bearer ${bearer}`);
      return reserve(metadata);
    };
    expect(await bearing(await token({}))).toMatchObject({ reserved: true });
    const stranger = (await generateKeyPair("ES256")).privateKey;
    for (const [bearer, code, details] of [
      [
        await token({ scope: "inventory:read" }),
        status.PERMISSION_DENIED,
        "lacks the scope inventory:reserve",
      ],
      [await token({ aud: "payment" }), status.UNAUTHENTICATED, "aud"],
      [await token({ in: "-1m" }), status.UNAUTHENTICATED, "exp"],
      [await token({}, stranger), status.UNAUTHENTICATED, "signature"],
      ["not.a.token", status.UNAUTHENTICATED, "not valid"],
    ] as const) {
      await expect(bearing(bearer)).rejects.toMatchObject({
        code,
        details: expect.stringContaining(details),
      });
    }
    await expect(reserve()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  });

  test("another policy holds at once; a method without a rule is refused", async () => {
    const { token, jwk } = await policy();
    await serve("inventory-1", true);
    const bearer = await token({});
    const { reserve } = await caller(1, { token: () => Promise.resolve(bearer) });
    expect(await reserve()).toMatchObject({ reserved: true });
    await operator.commit("inventory", {
      "config/rpc-policy": configBody(
        JSON.stringify({ issuer: "shop", audience: "inventory", jwks: { keys: [jwk] }, rules: [] }),
      ),
    });
    await eventually(
      () => reserve().catch((error: unknown) => error),
      (found) => (found as { code?: status }).code === status.PERMISSION_DENIED,
    );
    await expect(reserve()).rejects.toMatchObject({ details: `the policy has no rule for ${RESERVE}` });
  });
});
