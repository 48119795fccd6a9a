import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentProcess } from "../support/agent-process.ts";
import { trafficBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const worker = useWorkerEtcd();
const running: AgentProcess[] = [];
let operator: Operator;

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((agent) => agent[Symbol.asyncDispose]()));
});

async function startAgent(
  instance: string,
  dependencies: readonly string[] = [],
  foreignEnvironment?: string,
): Promise<AgentProcess> {
  const agent = await AgentProcess.start({
    agent: {
      service: instance.slice(0, instance.lastIndexOf("-")),
      env: operator.env,
      instance,
      etcd: { endpoints: [worker.endpoint] },
      metrics: false,
      address: `127.0.0.1:8${instance.slice(-1)}`,
      dependencies,
      ...(foreignEnvironment === undefined ? {} : { foreignEnvironment }),
    },
  });
  running.push(agent);
  return agent;
}

async function fleet(): Promise<AgentProcess> {
  const [caller] = await Promise.all([
    startAgent("gateway-1", ["order"]),
    startAgent("order-1"),
    startAgent("order-2"),
  ]);
  await eventually(
    () => caller.instances("order"),
    (instances) => Object.keys(instances).length === 2,
  );
  return caller;
}

const picks = async (caller: AgentProcess, count: number): Promise<Record<string, number>> => {
  const counted: Record<string, number> = {};
  for (let turn = 0; turn < count; turn++) {
    const name = (await caller.pick("order"))?.instance ?? "nobody";
    counted[name] = (counted[name] ?? 0) + 1;
  }
  return counted;
};

/** Waits until the caller shares its picks like this. */
const shares = (caller: AgentProcess, count: number, expected: Record<string, number>) =>
  eventually(
    () => picks(caller, count),
    (counted) => isDeepStrictEqual(counted, expected),
  );

test("a drained instance gets no calls, proves it with its receipt, and gets them again", async () => {
  const caller = await fleet();
  expect(await picks(caller, 4)).toEqual({ "order-1": 2, "order-2": 2 });

  const revision = await operator.commit("order", { "traffic/default": trafficBody({ drain: ["order-1"] }) });
  await shares(caller, 4, { "order-2": 4 });
  const receipt = await eventually(
    () => operator.receipt("order", "order-1"),
    (found) => (found?.ownRevision ?? 0) >= revision,
  );
  expect(receipt).toMatchObject({ unsupported: [], held: [] });
  expect(await operator.registration("order", "order-1")).toMatchObject({ drained: true });

  await operator.commit("order", { "traffic/default": undefined });
  await shares(caller, 4, { "order-1": 2, "order-2": 2 });
});

test("calls go by weight; nobody calls the isolated, though nobody else is left", async () => {
  const caller = await fleet();
  await operator.commit("order", { "traffic/default": trafficBody({ weights: { "order-1": 300 } }) });
  await shares(caller, 40, { "order-1": 30, "order-2": 10 });
  expect(await operator.registration("order", "order-1")).toMatchObject({ weight: 300 });

  await operator.commit("order", { "traffic/default": trafficBody({ isolate: ["order-1", "order-2"] }) });
  await shares(caller, 2, { nobody: 2 });
});

test("an instance that starts while it is drained is drained from its first moment", async () => {
  await operator.commit("order", { "traffic/default": trafficBody({ drain: ["order-1"] }) });
  const caller = await fleet();
  expect(await picks(caller, 4)).toEqual({ "order-2": 4 });
});

test("a service's lever tells its callers how to balance, and theirs, named after it, goes before", async () => {
  const caller = await fleet();
  const balancer = async () => (await caller.balancing("order")).balancer;
  const revision = await operator.commit("order", { "traffic/default": trafficBody({ balancer: "P2C" }) });
  await eventually(balancer, (told) => told === "P2C");
  const receipt = await eventually(
    () => operator.receipt("order", "order-1"),
    (found) => (found?.ownRevision ?? 0) >= revision,
  );
  const reads = [{ kind: "traffic", name: "default", decisions: 0 }];
  expect(receipt).toMatchObject({ unsupported: [], held: [], reads });
  expect(await operator.registration("order", "order-1")).toMatchObject({
    balancing: { balancer: "P2C", revision },
  });

  await operator.commit("gateway", { "traffic/order": trafficBody({ balancer: "LATENCY_EWMA" }) });
  await eventually(balancer, (told) => told === "LATENCY_EWMA");
  expect(await operator.registration("gateway", "gateway-1")).not.toHaveProperty("balancing");

  await operator.commit("gateway", { "traffic/order": undefined });
  await eventually(balancer, (told) => told === "P2C");
  await operator.commit("order", { "traffic/default": undefined });
  await eventually(balancer, (told) => told === "ROUND_ROBIN");
});

test("plain registrations are called in the environment that they belong to", async () => {
  const address = "10.9.8.7:80";
  await worker.etcd.txn({ compare: [], success: [{ put: `/services/order/${address}`, value: "{}" }] });
  try {
    await startAgent("order-1");
    const mine = await startAgent("gateway-1", ["order"], operator.env);
    const strange = await startAgent("gateway-2", ["order"], "elsewhere");
    await shares(mine, 4, { "order-1": 2, [address]: 2 });
    expect(await picks(strange, 4)).toEqual({ "order-1": 4 });
    await worker.etcd.txn({ compare: [], success: [{ delete: `/services/order/${address}` }] });
    await shares(mine, 4, { "order-1": 4 });
  } finally {
    await worker.etcd.txn({ compare: [], success: [{ delete: `/services/order/${address}` }] });
  }
});
