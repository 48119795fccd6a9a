import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { createAgent } from "@leverframe/agent";
import { LeverframeProvider } from "@leverframe/agent/openfeature";
import { OpenFeature } from "@openfeature/server-sdk";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { type Ran, run } from "../support/demo-process.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** `leverframe import unleash FILE` as an operator types it, through the real console and etcd, to an agent. */
const worker = useWorkerEtcd();
const ENV = "dev";
let server: ControlPlaneProcess;
let levers: LeverPort;
let service = "";
let dir = "";
beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: ENV });
  levers = await server.levers();
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-unleash-"));
});
afterAll(async () => {
  await OpenFeature.clearProviders();
  await server[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  service = `s${ulid().toLowerCase()}`;
});

const cli = (...args: string[]): Promise<Ran> =>
  run([path.resolve("dist/cli.mjs"), "--env", ENV, ...args], {
    LEVERFRAME_DATA: server.dataDir,
    LEVERFRAME_SERVER: server.url,
    ETCD_ENDPOINTS: worker.endpoint,
  });
const importing = (file: string, ...more: string[]): Promise<Ran> =>
  cli("import", "unleash", file, "-s", service, "-r", "we move", ...more);
const fileOf = async (document: unknown): Promise<string> => {
  const file = path.join(dir, `${ulid()}.json`);
  await writeFile(file, typeof document === "string" ? document : JSON.stringify(document));
  return file;
};
const rows = async () => (await levers.board(ENV, { service, kind: "config" })).levers;
const specification = (name: string): object =>
  (
    createRequire(import.meta.url)(`@unleash/client-specification/specifications/${name}.json`) as {
      state: object;
    }
  ).state;

test("says first what it would do, does it, and has nothing left to do after", async () => {
  const file = await fileOf(specification("17-dependent-features"));
  const dry = await importing(file, "--dry-run");
  expect(dry.stderr).toContain(`child.with.cycle → ${service}/config/child.with.cycle (new)`);
  expect(dry.stdout).toContain("Nothing was published (--dry-run).");
  expect(await rows()).toEqual([]);
  const done = await importing(file);
  expect(done.code, done.stderr).toBe(0);
  await expect.poll(async () => (await rows()).length).toBe(25);
  const before = (await rows()).map(({ revision }) => revision);
  const again = await importing(file);
  expect([again.code, again.stdout]).toEqual([0, "Nothing differs: nothing was published.\n"]);
  expect((await rows()).map(({ revision }) => revision)).toEqual(before);
});

test("more than a transaction holds goes in several change sets, and an agent serves them by Unleash's names", async () => {
  const features = Array.from({ length: 130 }, (_, index) => ({
    name: `Team.Feature-${index}`,
    enabled: index % 2 === 0,
    strategies: [{ name: "userWithId", parameters: { userIds: "u1,u2" } }],
    variants: [{ name: "blue", weight: 1000, payload: { type: "string", value: `b${index}` } }],
  }));
  const done = await importing(await fileOf({ version: 2, features }), "--json");
  expect(done.code, done.stderr).toBe(0);
  const groups = new Set((await rows()).map(({ changeSetId }) => changeSetId));
  expect([(await rows()).length, groups.size]).toEqual([130, 2]);
  const agent = createAgent({
    service,
    env: ENV,
    instance: "i-1",
    etcd: { endpoints: [worker.endpoint] },
    metrics: false,
    snapshotDir: false,
  });
  try {
    await OpenFeature.setProviderAndWait(service, new LeverframeProvider(agent));
    const client = OpenFeature.getClient(service);
    const user = { targetingKey: "u1" };
    expect(await client.getBooleanDetails("Team.Feature-2", false, user)).toMatchObject({
      value: true,
      variant: "blue",
    });
    expect(await client.getStringValue("variant/Team.Feature-2", "", user)).toBe("b2");
    expect(await client.getBooleanDetails("Team.Feature-3", true, user)).toMatchObject({
      value: false,
      reason: "DISABLED",
    });
    expect(await client.getBooleanValue("team.feature-2", true, { targetingKey: "u3" })).toBe(false);
    expect(agent.status.held).toEqual([]);
  } finally {
    await OpenFeature.clearProviders();
    await agent.close();
  }
});

test("a changed feature is published alone, and what was written beside it here stays", async () => {
  const feature = { name: "a", enabled: true, strategies: [{ name: "default" }] };
  expect((await importing(await fileOf({ features: [feature, { ...feature, name: "b" }] }))).code).toBe(0);
  const file = await fileOf({
    features: [
      { ...feature, enabled: false },
      { ...feature, name: "b" },
    ],
  });
  const done = await importing(file);
  expect(done.stderr).toContain(`a → ${service}/config/a (changed)`);
  expect(done.stderr).toContain(`b → ${service}/config/b (same)`);
  const [a, b] = await rows();
  expect([a?.version, b?.version]).toEqual([2, 1]);
  expect(a?.resource?.meta).toMatchObject({ tags: ["unleash"], minAgent: "0.2.0" });
});

test("what it can't hold, or what is another's, is left out and said so; the rest goes in", async () => {
  await cli("set", `${service}/config/taken`, "format=text", "value=mine", "-r", "mine");
  const bad = {
    name: "default",
    constraints: [{ contextName: "not a field", operator: "IN", values: ["1"] }],
  };
  const file = await fileOf({
    features: [
      { name: "taken", enabled: true, strategies: [] },
      { name: "bad", enabled: true, strategies: [bad] },
      { name: "custom", enabled: true, strategies: [{ name: "lottery" }] },
    ],
  });
  const done = await importing(file);
  expect(done.code).toBe(7);
  expect(done.stderr).toContain("taken: left out");
  expect(done.stderr).toContain("bad: left out");
  expect(done.stderr).toContain("lottery: no built-in one, so it lets nobody in");
  await expect.poll(async () => (await rows()).map(({ name }) => name)).toEqual(["custom", "taken"]);
});

test.each([
  ["{", "is not JSON"],
  ["{}", "no file of Unleash's"],
  ['{"features":[{"name":""}]}', "features.0.name"],
])("%s is refused, and nothing is stored", async (text, words) => {
  const done = await importing(await fileOf(text));
  expect(done.code).not.toBe(0);
  expect(done.stderr).toContain(words);
  expect(await rows()).toEqual([]);
});
