import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { credentials, Metadata, status } from "@grpc/grpc-js";
import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import { callUnary } from "@leverframe/agent/grpc";
import { instanceSchema, registryPrefix } from "@leverframe/agent/protocol";
import { importJWK, type JWK, SignJWT } from "jose";
import { ulid } from "ulid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inventoryClient } from "../../demo/shop/inventory-rpc.ts";
import type { StockView } from "../../demo/shop/stock.ts";
import { DemoProcess } from "../support/demo-process.ts";
import { eventually } from "../support/eventually.ts";

/** The demo's gRPC pair: order calls inventory by name, in processes of their own, under levers that operators move. */
let demo: DemoProcess;
let etcd: Etcd;
beforeAll(async () => {
  demo = await DemoProcess.start({ env: { LOAD_PER_SECOND: "2" } });
  etcd = openEtcd({ endpoints: demo.places.etcd });
});
afterAll(async () => {
  etcd?.close();
  await demo?.[Symbol.asyncDispose]();
});

interface Place {
  readonly instance: string;
  readonly address: string;
  readonly metricsAddress: string;
}

async function placesOf(service: string): Promise<Place[]> {
  const found = await etcd.range({ prefix: registryPrefix("prod", service) });
  return found.kvs.map(({ value }) => {
    const {
      instance,
      address = "",
      metricsAddress = "",
    } = instanceSchema.parse(JSON.parse(value.toString()));
    return { instance, address, metricsAddress };
  });
}
const get = async (url: string): Promise<string> =>
  (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();

/** What each instance of inventory has reserved, as its own metrics say. */
async function reserved(): Promise<Record<string, number>> {
  const counted = (await placesOf("inventory")).map(async ({ instance, metricsAddress }) => {
    const text = await get(`http://${metricsAddress}/metrics`);
    const line = /grpc_server_calls_total\{method="\/shop\.Inventory\/Reserve",code="OK"\} (\d+)/.exec(text);
    return [instance, Number(line?.[1] ?? 0)] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}
const feeds = async (): Promise<StockView[]> =>
  Promise.all(
    (await placesOf("order")).map(
      async ({ address }) => JSON.parse(await get(`http://${address}/stock`)) as StockView,
    ),
  );

async function buy(product = "lamp"): Promise<string> {
  const response = await fetch(`${demo.places.shop}/buy?user=u-1&product=${product}`, {
    method: "POST",
    signal: AbortSignal.timeout(10_000),
  });
  return response.text();
}
/** Publishes a lever as the console does, and waits until `count` instances have proved it. */
async function publish(
  lever: { service: string; kind: "traffic" | "timeout"; name: string },
  spec: object,
  count: number,
) {
  const levers = await demo.levers();
  const [standing] = (await levers.board("prod", lever)).levers;
  const edit = { ...lever, op: "put" as const, baseRevision: standing?.revision ?? 0, spec };
  await levers.publish({ env: "prod", id: ulid(), reason: "test", edits: [edit] });
  await eventually(
    async () => (await levers.board("prod", lever)).levers[0]?.convergence,
    (found) => found?.applied === count && found.targets === count,
  );
}
const drain = (...instances: string[]): Promise<void> => {
  const spec = { balancer: "ROUND_ROBIN", ...(instances.length > 0 ? { drain: instances } : {}) };
  return publish({ service: "inventory", kind: "traffic", name: "calls" }, spec, 2);
};

test("orders are spread over both instances, and the stock feed reaches the shop", async () => {
  const before = await reserved();
  for (let order = 0; order < 30; order++) expect(await buy()).toContain("Ordered");
  const after = await reserved();
  for (const instance of ["inventory-1", "inventory-2"]) {
    expect((after[instance] ?? 0) - (before[instance] ?? 0)).toBeGreaterThanOrEqual(5);
  }
  const views = await feeds();
  expect(views.every(({ from, updates }) => from !== undefined && updates >= 6)).toBe(true);
  expect(await demo.shop()).toMatch(/<small class="stock">\d+ in stock/);
});

test("draining an instance loses no order, and its feeds go on at the other without an error", async () => {
  const standing = await feeds();
  const drained = standing[0]?.from ?? "inventory-1";
  const other = drained === "inventory-1" ? "inventory-2" : "inventory-1";
  const draining = new AbortController();
  let orders = 0;
  let lost = 0;
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!draining.signal.aborted) {
        if ((await buy("whistle")).includes("Ordered")) orders += 1;
        else lost += 1;
      }
    }),
  );
  await eventually(
    () => orders + lost,
    (made) => made >= 20,
  );
  await drain(drained);
  const views = await eventually(feeds, (found) => found.every((view) => view.from === other));
  await eventually(
    () => orders + lost,
    (made) => made >= 100,
    30_000,
  );
  draining.abort();
  await load;
  expect(lost).toBe(0);
  expect(views.map(({ breaks }) => breaks)).toEqual(standing.map(({ breaks }) => breaks));
  expect(views.some(({ moves }) => moves > 0)).toBe(true);
  const before = await reserved();
  for (let order = 0; order < 10; order++) await buy();
  const after = await reserved();
  expect(after[drained]).toBe(before[drained]);
  expect(after[other]).toBeGreaterThanOrEqual((before[other] ?? 0) + 10);
  await drain();
});

test("a token without the scope is refused, and so is none", async () => {
  const key = JSON.parse(readFileSync(path.join(demo.dataDir, "shop-token-key.json"), "utf8")) as JWK;
  const tokenWith = async (scope: string) =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: "ES256", kid: key.kid ?? "" })
      .setIssuer("shop")
      .setAudience("inventory")
      .setExpirationTime("1m")
      .sign(await importJWK(key, "ES256"));
  const [place] = await placesOf("inventory");
  const client = inventoryClient(place?.address ?? "", credentials.createInsecure(), {});
  const reserve = (token?: string) => {
    const metadata = new Metadata();
    if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
    return callUnary(client.reserve, { product: "clock", quantity: 1 }, { metadata });
  };
  try {
    expect(await reserve(await tokenWith("inventory:reserve"))).toMatchObject({ reserved: true });
    await expect(reserve(await tokenWith("inventory:read"))).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
      details: "the token lacks the scope inventory:reserve",
    });
    await expect(reserve()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  } finally {
    client.close();
  }
});

/** The processes that are inventory's. */
const inventoryPids = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const env = readFileSync(`/proc/${pid}/environ`, "utf8");
        return env.includes(demo.dataDir) && env.includes("SHOP_SERVICE=inventory\0");
      } catch {
        return false;
      }
    })
    .map(Number);

test("when inventory hangs, an order ends by its live deadline; when it is back, orders are taken again", async () => {
  await publish({ service: "order", kind: "timeout", name: "inventory" }, { timeoutMs: 400 }, 3);
  const pids = inventoryPids();
  expect(pids).toHaveLength(2);
  try {
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    const begun = performance.now();
    expect(await buy()).toContain("Orders can&#39;t be taken just now.");
    // Three lives of the deadline: far below the 3 s that stand in the code and the shop's own limits.
    expect(performance.now() - begun).toBeLessThan(1_200);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
  await eventually(buy, (page) => page.includes("Ordered"));
});
