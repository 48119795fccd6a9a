import { type Agent, createAgent } from "@leverframe/agent";
import { leverframeFetch } from "@leverframe/agent/http";
import { ulid } from "ulid";
import { Agent as Connections, fetch as undiciFetch } from "undici";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { HttpService } from "../support/http-service.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
const ends: (() => Promise<unknown>)[] = [];
const AT_ONCE = 32;
const NAMES = ["payment-1", "payment-2", "payment-3", "payment-4"] as const;
type Name = (typeof NAMES)[number];
let operator: Operator;
let caller: Agent;
let services: Record<Name, HttpService>;
let call: typeof fetch;

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
  const { env } = operator;
  const endpoints = [worker.endpoint];
  const started = await Promise.all(
    NAMES.map((instance) => HttpService.start({ env, service: "payment", instance, endpoints, workMs: 2 })),
  );
  services = Object.fromEntries(started.map((service) => [service.instance, service])) as typeof services;
  ends.push(...started.map((service) => () => service[Symbol.asyncDispose]()));
  caller = createAgent({
    service: "gateway",
    env,
    instance: "gateway-1",
    etcd: { endpoints },
    metrics: false,
    snapshotDir: false,
    dependencies: ["payment"],
  });
  await caller.start();
  ends.push(() => caller.close());
  const connections = new Connections();
  ends.push(() => connections.close());
  call = leverframeFetch(caller, { fetch: undiciFetch as unknown as typeof fetch, dispatcher: connections });
  await eventually(
    () => caller.service("payment").instances(),
    (instances) => instances.length === NAMES.length,
  );
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Makes so many requests, `AT_ONCE` at a time; runs what is to happen when so many were begun. */
async function load(
  count: number,
  request: () => Promise<string>,
  events: Readonly<Record<number, () => Promise<unknown>>>,
): Promise<{ readonly answers: readonly string[]; readonly lost: readonly string[] }> {
  const answers: string[] = [];
  const lost: string[] = [];
  const happening: Promise<unknown>[] = [];
  let begun = 0;
  const one = async (): Promise<void> => {
    while (begun < count) {
      const event = events[begun++];
      if (event !== undefined) happening.push(event());
      try {
        answers.push(await request());
      } catch (error) {
        const { message, cause } = error as Error;
        lost.push(`${message}: ${String(cause)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  await Promise.all(happening);
  return { answers, lost };
}

/** One request, without any retry; its answer must be whole. */
async function pay(signal?: AbortSignal): Promise<string> {
  const init: RequestInit = { method: "POST", body: "1", ...(signal === undefined ? {} : { signal }) };
  const response = await call("http://payment/pay", init);
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
  return ((await response.json()) as { instance: string }).instance;
}

/** Drains by the very procedure that the console calls, interlock and all. */
async function openConsole(): Promise<(names: readonly string[]) => Promise<void>> {
  const { env } = operator;
  const server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: env });
  ends.push(() => server[Symbol.asyncDispose]());
  const levers = await server.levers();
  let baseRevision = 0;
  return async (drain) => {
    const spec = { balancer: "ROUND_ROBIN", drain: [...drain] } as const;
    const edit = {
      service: "payment",
      kind: "traffic",
      name: "default",
      op: "put",
      spec,
      baseRevision,
    } as const;
    const { revision } = await levers.publish({ env, id: ulid(), reason: "a release", edits: [edit] });
    baseRevision = revision;
  };
}

test("draining from the console and stopping instances loses none of 20,000 requests, and none is retried", async () => {
  const drain = await openConsole();
  const { answers, lost } = await load(20_000, pay, {
    4_000: () => drain(["payment-1"]),
    8_000: () => services["payment-1"].stop(),
    11_000: () => drain(["payment-2", "payment-3"]),
    14_000: () => drain([]),
    // Without a drain before it: its agent says that it leaves.
    16_000: () => services["payment-3"].stop(),
  });
  expect(lost).toEqual([]);
  expect(answers).toHaveLength(20_000);
  const count = (from: number, to: number, name: Name): number =>
    answers.slice(from, to).filter((answer) => answer === name).length;
  expect(count(0, 4_000, "payment-1")).toBeGreaterThan(900);
  expect(count(6_000, 20_000, "payment-1")).toBe(0);
  expect(count(13_000, 14_000, "payment-4")).toBe(1_000);
  expect(count(15_000, 16_000, "payment-2")).toBeGreaterThan(200);
  expect(count(19_000, 20_000, "payment-3")).toBe(0);
}, 180_000);

test("an instance that is killed under load loses no request that may be made again", async () => {
  const retry = { maxAttempts: 3, waitDurationMs: 5, maxWaitDurationMs: 20 };
  const request = (): Promise<string> =>
    caller.call("payment", ({ signal }) => pay(signal), {
      idempotencyKey: true,
      timeoutMs: 5_000,
      retry,
      breaker: false,
    });
  const { answers, lost } = await load(10_000, request, {
    3_000: () => services["payment-1"].kill(),
    6_000: () => services["payment-2"].kill(),
  });
  expect(lost).toEqual([]);
  expect(answers).toHaveLength(10_000);
  expect(new Set(answers.slice(7_000))).toEqual(new Set(["payment-3", "payment-4"]));
}, 180_000);

test("what can't be made again is lost only where it was under way at the instance that was killed", async () => {
  const { answers, lost } = await load(4_000, pay, { 1_000: () => services["payment-1"].kill() });
  expect(lost.length).toBeLessThanOrEqual(AT_ONCE);
  expect(answers.length + lost.length).toBe(4_000);
  for (const reason of lost) expect(reason).toMatch(/other side closed|ECONNRESET|EPIPE|terminated/);
}, 180_000);
