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

/** What has become of the requests so far. */
interface Progress {
  readonly answers: readonly string[];
  readonly lost: readonly string[];
  /** Resolves when so many more have ended. */
  readonly more: (count: number) => Promise<void>;
}

/** Makes requests, `AT_ONCE` at a time: at least so many, and until what happens meanwhile is over. */
async function load(
  least: number,
  request: () => Promise<string>,
  meanwhile: (progress: Progress) => Promise<void>,
): Promise<Progress> {
  const answers: string[] = [];
  const lost: string[] = [];
  const ended = (): number => answers.length + lost.length;
  const more = async (count: number): Promise<void> => {
    const enough = ended() + count;
    while (ended() < enough) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const story = { over: false };
  const happening = meanwhile({ answers, lost, more }).finally(() => {
    story.over = true;
  });
  const one = async (): Promise<void> => {
    while (!story.over || ended() < least) {
      try {
        answers.push(await request());
      } catch (error) {
        const { message, cause } = error as Error;
        lost.push(`${message}: ${String(cause)}`);
      }
    }
  };
  await Promise.all([...Array.from({ length: AT_ONCE }, one), happening]);
  return { answers, lost, more };
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

/** Waits until the caller knows exactly these as drained. */
const drained = (names: readonly Name[]) =>
  eventually(
    () => caller.service("payment").instances(),
    (instances) => {
      const found = instances.filter((each) => each.drained).map(({ instance }) => instance);
      return found.sort().join() === [...names].sort().join();
    },
  );

test("draining from the console and stopping instances loses none of 20,000 requests, and none is retried", async () => {
  const drain = await openConsole();
  /** Who answered while only `names` were to be called; those under way before may still end. */
  const phases: [names: readonly Name[], answered: readonly string[]][] = [];
  const { answers, lost } = await load(20_000, pay, async (progress) => {
    const phase = async (names: readonly Name[]): Promise<void> => {
      await progress.more(AT_ONCE);
      const from = progress.answers.length;
      await progress.more(2_000);
      phases.push([names, progress.answers.slice(from)]);
    };
    await phase(NAMES);
    await drain(["payment-1"]);
    await drained(["payment-1"]);
    await phase(["payment-2", "payment-3", "payment-4"]);
    await services["payment-1"].stop();
    await drain(["payment-2", "payment-3"]);
    await drained(["payment-2", "payment-3"]);
    await phase(["payment-4"]);
    await drain([]);
    await drained([]);
    await phase(["payment-2", "payment-3", "payment-4"]);
    // Without a drain before it: its agent says that it leaves.
    await services["payment-3"].stop();
    await phase(["payment-2", "payment-4"]);
  });
  expect(lost).toEqual([]);
  expect(answers.length).toBeGreaterThanOrEqual(20_000);
  expect(phases).toHaveLength(5);
  for (const [names, answered] of phases) expect([...new Set(answered)].sort()).toEqual([...names].sort());
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
  const { answers, lost } = await load(10_000, request, async ({ more }) => {
    await more(3_000);
    await services["payment-1"].kill();
    await more(3_000);
    await services["payment-2"].kill();
    await more(1_000);
  });
  expect(lost).toEqual([]);
  expect(answers.length).toBeGreaterThanOrEqual(10_000);
  expect(new Set(answers.slice(-1_000 + AT_ONCE))).toEqual(new Set(["payment-3", "payment-4"]));
}, 180_000);

test("what can't be made again is lost only where it was under way at the instance that was killed", async () => {
  const { lost } = await load(4_000, pay, async ({ more }) => {
    await more(1_000);
    await services["payment-1"].kill();
    await more(1_000);
  });
  expect(lost.length).toBeLessThanOrEqual(AT_ONCE);
  for (const reason of lost) expect(reason).toMatch(/other side closed|ECONNRESET|EPIPE|terminated/);
}, 180_000);
