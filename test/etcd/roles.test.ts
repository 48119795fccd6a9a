import { type Agent, createAgent } from "@leverframe/agent";
import { type Etcd, EtcdError, openEtcd } from "@leverframe/agent/etcd";
import {
  headKey,
  journalKey,
  leaderKey,
  liveKey,
  ROOT,
  receiptKey,
  registryKey,
} from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Authority, type Certificate } from "../../demo/secure/authority.ts";
import { controlPlaneRole, serviceRole } from "../../src/domain/etcd-roles.ts";
import { applyRoles, enableRoles } from "../../src/infra/etcd/apply-roles.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { EtcdServer } from "../support/etcd-server.ts";

const ENV = "prod";
const ref = { service: "order", kind: "switch", name: "comments" } as const;
const held: { authority?: Authority; server?: EtcdServer; control?: ControlPlaneProcess } = {};
const clients: Etcd[] = [];
const agents: Agent[] = [];

const authority = (): Authority => {
  if (held.authority === undefined) throw new Error("used in tests only");
  return held.authority;
};
const endpoint = (): string => held.server?.endpoint ?? "";
const tlsOf = ({ cert, key }: Certificate) => ({ ca: authority().ca, cert, key });
async function as(name: string): Promise<Etcd> {
  const etcd = openEtcd({ endpoints: [endpoint()], tls: tlsOf(await authority().issue(name)) });
  clients.push(etcd);
  return etcd;
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "ok",
    (error: unknown) => (error instanceof EtcdError ? error.code : String(error)),
  );
async function agentOf(service: string, commonName: string): Promise<Agent> {
  const agent = createAgent({
    service,
    env: ENV,
    instance: `${service}-1`,
    etcd: { endpoints: [endpoint()], tls: tlsOf(await authority().issue(commonName)) },
    metrics: false,
    snapshotDir: false,
  });
  agents.push(agent);
  agent.switch("comments", { level: "non-core" });
  await agent.start();
  return agent;
}

beforeAll(async () => {
  held.authority = await Authority.create();
  const own = await authority().issue("server");
  held.server = await EtcdServer.start({
    tls: { cert: own.certFile, key: own.keyFile, clientCa: authority().caFile },
  });
  const root = await as("root");
  const roles = [controlPlaneRole, serviceRole(ENV, "order"), serviceRole(ENV, "payment")];
  await applyRoles(root, roles);
  await enableRoles(root);
  // Repeated as an operator would, with roles on.
  await applyRoles(root, roles);
  const control = await authority().issue(controlPlaneRole.name);
  held.control = await ControlPlaneProcess.start({
    etcd: endpoint(),
    environments: ENV,
    env: {
      ETCD_CA_FILE: authority().caFile,
      ETCD_CERT_FILE: control.certFile,
      ETCD_KEY_FILE: control.keyFile,
    },
  });
});

afterAll(async () => {
  for (const agent of agents) await agent.close();
  for (const client of clients) client.close();
  await held.control?.[Symbol.asyncDispose]();
  await held.server?.close();
  await held.authority?.[Symbol.asyncDispose]();
});

describe("a service's certificate", () => {
  test("registers its agent, which proves a pull of the control plane's", async () => {
    const agent = await agentOf("order", serviceRole(ENV, "order").name);
    expect(agent.ready()).toBe(true);
    const operator = await held.control?.levers();
    const spec = { position: "DEGRADED", level: "non-core", strategy: "simplified" };
    const done = await operator?.publish({
      env: ENV,
      id: ulid(),
      reason: "prove it",
      edits: [{ ...ref, op: "put", spec, baseRevision: 0 }],
    });
    await expect
      .poll(async () => (await operator?.convergence(ENV, done?.changeSetId ?? ""))?.applied, {
        timeout: 15_000,
      })
      .toBe(1);
    expect(agent.switch("comments", { level: "non-core" }).isDegraded()).toBe(true);
  });

  const forbidden: readonly [string, (etcd: Etcd) => Promise<unknown>][] = [
    ["a lever of its own", (etcd) => etcd.put(liveKey(ENV, ref), "{}")],
    ["a lever of every service", (etcd) => etcd.put(liveKey(ENV, { ...ref, service: "*" }), "{}")],
    ["a head", (etcd) => etcd.put(headKey(ENV, "order"), "{}")],
    ["another's registration", (etcd) => etcd.put(registryKey(ENV, "payment", "payment-1"), "{}")],
    ["another's receipt", (etcd) => etcd.put(receiptKey(ENV, "payment", "payment-1"), "{}")],
    ["its receipt in another environment", (etcd) => etcd.put(receiptKey("dev", "order", "order-1"), "{}")],
    ["the journal", (etcd) => etcd.put(journalKey(ENV, ulid()), "{}")],
    ["the leader's key", (etcd) => etcd.put(leaderKey, "{}")],
    [
      "a lever by a transaction",
      (etcd) => etcd.txn({ compare: [], success: [{ put: liveKey(ENV, ref), value: "{}" }] }),
    ],
    ["a lever by deleting", (etcd) => etcd.delete({ key: liveKey(ENV, ref) })],
    ["everything by deleting", (etcd) => etcd.delete({ prefix: ROOT })],
  ];
  test.each(forbidden)("can't write %s", async (_, write) => {
    expect(await codeOf(write(await as(serviceRole(ENV, "order").name)))).toBe("AUTH");
  });

  test.each([
    ["another service's levers", (etcd: Etcd) => etcd.get(liveKey(ENV, { ...ref, service: "payment" }))],
    ["tokens and grants", (etcd: Etcd) => etcd.range({ prefix: `${ROOT}/control/` })],
    ["the journal", (etcd: Etcd) => etcd.range({ prefix: journalKey(ENV, "") })],
  ])("can't read %s", async (_, read) => {
    expect(await codeOf(read(await as(serviceRole(ENV, "order").name)))).toBe("AUTH");
  });

  test("of one service does not let its agent be another", async () => {
    const agent = await agentOf("payment", serviceRole(ENV, "order").name);
    expect(agent.status.source).toBe("default");
    const control = await as(controlPlaneRole.name);
    expect(await control.get(registryKey(ENV, "payment", "payment-1"))).toBeUndefined();
  });

  test("that nobody knows gets nowhere", async () => {
    expect(await codeOf((await as("stranger")).get(liveKey(ENV, ref)))).toBe("AUTH");
  });
});
