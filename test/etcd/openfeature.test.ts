import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, createAgent } from "@leverframe/agent";
import { LeverframeProvider } from "@leverframe/agent/openfeature";
import { type Client, OpenFeature, ProviderEvents, ProviderStatus } from "@openfeature/server-sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configBody, switchBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

/** The provider under OpenFeature's own SDK, over a real agent and etcd. */
const worker = useWorkerEtcd();
const DOMAIN = "leverframe";
let operator: Operator;
let snapshotDir = "";
let agents: Agent[] = [];

beforeEach(async () => {
  operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
  snapshotDir = await mkdtemp(join(tmpdir(), "leverframe-of-"));
});
afterEach(async () => {
  await OpenFeature.clearProviders();
  OpenFeature.clearHandlers();
  await Promise.all(agents.map((agent) => agent.close()));
  agents = [];
  await rm(snapshotDir, { recursive: true, force: true });
});

function newAgent(endpoint = worker.endpoint): Agent {
  const agent = createAgent({
    service: "order",
    env: operator.env,
    instance: "order-1",
    etcd: { endpoints: [endpoint] },
    metrics: false,
    snapshotDir,
    startDeadlineMs: 2_000,
    receipts: { followUpMs: 200 },
  });
  agents.push(agent);
  return agent;
}

async function clientOf(agent: Agent): Promise<Client> {
  await OpenFeature.setProviderAndWait(DOMAIN, new LeverframeProvider(agent, { lookEveryMs: 50 }));
  return OpenFeature.getClient(DOMAIN);
}

const rollout = (contextKey: string, candidate: object) => ({
  id: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  salt: "s",
  shareBp: 5_000,
  stickiness: { contextKey },
  candidate,
});

test("gives each type its value with reason, variant, revision and version", async () => {
  const degraded = { position: "DEGRADED", level: "core", strategy: "simplified" } as const;
  const revision = await operator.commit("order", {
    "switch/comments": switchBody("DEGRADED"),
    "switch/share": switchBody("NORMAL", { rollout: rollout("targetingKey", degraded) as never }),
    "config/limit": configBody("7"),
    "config/title": configBody('"sale"'),
    "config/banner": configBody('{"text":"sale","days":[1,2]}'),
  });
  const client = await clientOf(newAgent());
  expect(await client.getBooleanDetails("comments", false)).toMatchObject({
    value: true,
    reason: "STATIC",
    variant: "DEGRADED",
    flagMetadata: { revision, version: 1, kind: "switch", service: "order" },
  });
  expect(await client.getNumberValue("limit", 0)).toBe(7);
  expect(await client.getStringValue("config/title", "")).toBe("sale");
  expect(await client.getObjectValue("banner", {})).toEqual({ text: "sale", days: [1, 2] });
  expect(await client.getBooleanDetails("share", false, { targetingKey: "u1" })).toMatchObject({
    reason: "SPLIT",
  });
  expect(await client.getBooleanDetails("share", false)).toMatchObject({
    errorCode: "TARGETING_KEY_MISSING",
  });
  expect(await client.getBooleanDetails("limit", true)).toMatchObject({
    value: true,
    errorCode: "TYPE_MISMATCH",
  });
  expect(await client.getStringDetails("nobody", "mine")).toMatchObject({
    value: "mine",
    errorCode: "FLAG_NOT_FOUND",
  });
  const receipt = await eventually(
    () => operator.receipt("order", "order-1"),
    (found) => found?.reads.some(({ name, decisions }) => name === "comments" && decisions === 1) === true,
  );
  expect(receipt?.reads.map(({ name }) => name).sort()).toEqual([
    "banner",
    "comments",
    "limit",
    "share",
    "title",
  ]);
});

test("tells which flags a revision changed, under every key that finds them", async () => {
  const flag = (enabled: boolean, more: object = {}) =>
    configBody(JSON.stringify({ enabled, strategies: [{}], ...more }), "flag");
  await operator.commit("order", { "config/child": flag(true, { requires: [{ flag: "parent" }] }) });
  const client = await clientOf(newAgent());
  const heard: string[] = [];
  client.addHandler(
    ProviderEvents.ConfigurationChanged,
    (details) => void heard.push(...(details?.flagsChanged ?? [])),
  );
  await operator.commit("order", { "config/parent": flag(true, { key: "The.Parent" }) });
  await eventually(
    () => client.getBooleanValue("child", false),
    (value) => value,
  );
  expect(heard).toEqual(expect.arrayContaining(["parent", "config/parent", "The.Parent", "child"]));
});

test("without etcd a restart serves its snapshot as CACHED and says STALE, then READY once etcd is back", async () => {
  await operator.commit("order", { "switch/comments": switchBody("DEGRADED") });
  await using proxy = await FaultProxy.start(worker.server.clientPort);
  const endpoint = `127.0.0.1:${proxy.port}`;
  const first = newAgent(endpoint);
  const client = await clientOf(first);
  expect(await client.getBooleanValue("comments", false)).toBe(true);
  await OpenFeature.clearProviders();
  await first.close();
  proxy.refuse(true);
  proxy.cutAll();
  const again = await clientOf(newAgent(endpoint));
  const stood = () => again.providerStatus;
  await eventually(stood, (status) => status === ProviderStatus.STALE);
  expect(await again.getBooleanDetails("comments", false)).toMatchObject({ value: true, reason: "CACHED" });
  proxy.heal();
  await eventually(stood, (status) => status === ProviderStatus.READY);
  expect(await again.getBooleanDetails("comments", false)).toMatchObject({ value: true, reason: "STATIC" });
});

test("with nothing to serve it is in error, and every answer is the code's own", async () => {
  await expect(
    OpenFeature.setProviderAndWait(DOMAIN, new LeverframeProvider(newAgent("127.0.0.1:1"))),
  ).rejects.toThrow("there is no snapshot");
  const client = OpenFeature.getClient(DOMAIN);
  expect(await client.getBooleanDetails("comments", true)).toMatchObject({ value: true, reason: "ERROR" });
});
