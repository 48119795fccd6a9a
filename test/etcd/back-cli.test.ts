import path from "node:path";
import { formatRef, journalRoot, liveKey, liveRoot, parseKey } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { type Ran, run } from "../support/demo-process.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** The ways back and the interlock as an operator types them, through the real console and past it. */
const worker = useWorkerEtcd();
const ENV = "dev";
let server: ControlPlaneProcess;
let levers: LeverPort;
let service = "";
beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev,prod" });
  levers = await server.levers();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
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
const set = async (flags: readonly string[], name: string, value: string): Promise<string> => {
  const args = ["set", `${service}/config/${name}`, "format=text", `value=${value}`, "-r", "set it"];
  const ran = await cli(...flags, "--json", ...args);
  expect(ran.code, ran.stderr).toBe(0);
  return (JSON.parse(ran.stdout) as { changeSetId: string }).changeSetId;
};
const values = async (): Promise<Record<string, unknown>> => {
  const { levers: rows } = await levers.board(ENV, { service });
  return Object.fromEntries(
    rows.map((row) => [
      formatRef(row).split("/").at(-1),
      (row.resource?.spec as { value?: string } | undefined)?.value,
    ]),
  );
};

describe.each([
  ["through the console", []],
  ["with etcd alone", ["--direct"]],
] as const)("%s", (_, flags) => {
  test("undo and rollback take back what was set, and say it first on request", async () => {
    const ref = `${service}/config/a`;
    await set(flags, "a", "one");
    const second = await set(flags, "a", "two");
    const dry = await cli(...flags, "undo", second, "-r", "a slip", "--dry-run");
    expect(dry.stdout).toContain(`${ref}: value two → one`);
    expect((await cli(...flags, "undo", second, "-r", "a slip")).code).toBe(0);
    await expect.poll(values).toEqual({ a: "one" });
    const conflict = await cli(...flags, "undo", second, "-r", "again");
    expect(conflict.code).toBe(3);
    expect(conflict.stderr).toMatch(/theirs .*value two → one/);
    expect((await cli(...flags, "rollback", ref, "--to", "v2", "-r", "it was right")).stdout).toContain(
      "value one → two",
    );
    await expect.poll(values).toEqual({ a: "two" });
    expect((await cli(...flags, "rollback", ref, "--to", "v9", "-r", "x")).code).toBeGreaterThan(0);
    expect((await cli(...flags, "rollback", ref, "--to", "nine", "-r", "x")).code).toBe(2);
  }, 120_000);

  test("restore shows what it would change, and changes it when told so", async () => {
    await set(flags, "a", "one");
    await set(flags, "b", "one");
    const { revision } = await levers.board(ENV, {});
    await set(flags, "a", "two");
    await set(flags, "c", "new");
    const args = [
      ...flags,
      "restore",
      "--service",
      service,
      "--rev",
      String(revision),
      "-r",
      "back to before",
    ];
    const shown = await cli(...args);
    expect(shown.stdout).toContain("value two → one");
    expect(shown.stdout).toContain("Nothing was published.");
    expect((await cli(...args, "--yes")).stdout).toMatch(/Committed 1 change sets/);
    await expect.poll(values).toEqual({ a: "one", b: "one" });
    expect((await cli(...args, "--yes")).stdout).toContain("stands so already");
    expect((await cli(...flags, "restore", "-r", "x")).code).toBe(2);
  }, 120_000);

  test("the interlock refuses with exit code 7, tells so in a dry run, and an override is recorded", async () => {
    const make = (name: string, level: string): Promise<Ran> =>
      cli(
        ...flags,
        "set",
        `${service}/switch/${name}`,
        "position=NORMAL",
        `level=${level}`,
        "strategy=simplified",
        "-r",
        "make it",
      );
    await make("checkout", "core");
    await make("hints", "non-core");
    const flip = [...flags, "flip", `${service}/switch/checkout`, "-r", "pull it"];
    const refused = await cli(...flip);
    expect(refused.code).toBe(7);
    expect(refused.stderr).toContain(`Degrade ${service}/switch/hints first`);
    expect((await cli(...flip, "--dry-run")).stdout).toContain("refused (levels):");
    expect((await cli(...flip, "--override", "the hall is on fire")).code).toBe(0);
  }, 120_000);
});

test("past what etcd remembers the console's history tells, and --direct says that it can't", async () => {
  const ref = `${service}/config/a`;
  await set([], "a", "one");
  const { revision } = await levers.board(ENV, {});
  const second = await set([], "a", "two");
  await set([], "a", "three");
  const { revision: now } = await worker.etcd.range({ key: "none" });
  await worker.etcd.compact(now);
  const direct = await cli("--direct", "rollback", ref, "--to", "v1", "-r", "x");
  expect(direct.code).toBe(4);
  expect(direct.stderr).toContain("without --direct");
  // SQL follows a moment behind.
  await expect
    .poll(async () => (await cli("rollback", ref, "--to", "v1", "-r", "back")).code, { timeout: 20_000 })
    .toBe(0);
  await expect.poll(values).toEqual({ a: "one" });
  expect((await cli("undo", second, "-r", "x")).code).toBe(3);
  await set([], "a", "four");
  const args = ["restore", "-s", service, "--rev", String(revision), "-r", "back", "--yes"];
  await expect
    .poll(async () => (await cli(...args)).stdout, { timeout: 20_000 })
    .toMatch(/Committed 1|stands so/);
  await expect.poll(values).toEqual({ a: "one" });
}, 120_000);

test("a freeze is set, holds on every path, and is lifted", async () => {
  const args = [
    "--from",
    "2020-01-01T00:00:00Z",
    "--to",
    "2099-01-01T00:00:00Z",
    "-r",
    "the sale",
    "-s",
    service,
  ];
  const added = await cli("--json", "freeze", "add", ...args);
  expect(added.code, added.stderr).toBe(0);
  const { id } = JSON.parse(added.stdout) as { id: string };
  for (const flags of [[], ["--direct"]]) {
    const ran = await cli(...flags, "set", `${service}/config/a`, "format=text", "value=one", "-r", "x");
    expect(ran.code).toBe(7);
    expect(ran.stderr).toContain("are frozen until 2099-01-01T00:00:00Z (the sale)");
  }
  expect((await cli("freeze", "list")).stdout).toContain("the sale");
  expect((await cli("freeze", "lift", id)).code).toBe(0);
  await set([], "a", "one");
  expect((await cli("freeze", "lift", id)).code).toBe(1);
}, 120_000);

test("a restore of 300 levers in 40 services outlives the control plane that began it", async () => {
  const config = (index: number, value: string, baseRevision = 0) => ({
    service: `many-${String(index % 40).padStart(2, "0")}`,
    kind: "config" as const,
    name: `c${index}`,
    op: "put" as const,
    spec: { format: "text", value: `${value} ${index}` },
    baseRevision,
  });
  const all = Array.from({ length: 300 }, (_, index) => index);
  const publish = async (edits: ReturnType<typeof config>[]): Promise<void> => {
    for (let from = 0; from < edits.length; from += 75)
      await levers.publish({ env: "prod", id: ulid(), reason: "set", edits: edits.slice(from, from + 75) });
  };
  const stands = async (): Promise<Map<string, unknown>> => {
    const { kvs } = await worker.etcd.range({ prefix: liveRoot("prod") });
    return new Map(
      kvs.flatMap((entry) =>
        parseKey(entry.key).at === "live" ? [[entry.key, JSON.parse(entry.value.toString()).spec]] : [],
      ),
    );
  };
  await publish(all.map((index) => config(index, "then")));
  const target = await stands();
  const { kvs, revision } = await worker.etcd.range({ prefix: liveRoot("prod") });
  const revisions = new Map(kvs.map((entry) => [entry.key, entry.modRevision]));
  await publish(all.map((index) => config(index, "now", revisions.get(liveKey("prod", config(index, ""))))));

  const place = { env: "prod", service: undefined, moment: { revision } };
  const groupId = ulid();
  const { seen, changeSets } = await levers.back.planRestore(place, groupId);
  expect(seen).toHaveLength(300);
  const order = { ...place, groupId, seen, reason: "back to then" };
  const journals = async (): Promise<number> => {
    const found = await worker.etcd.range({ prefix: journalRoot("prod") });
    return found.kvs.filter((entry) => entry.value.includes(groupId)).length;
  };
  let kills = 0;
  for (let done = 0; done < changeSets - 1; done = await journals()) {
    const restoring = levers.back.restore(order).catch(() => undefined);
    while ((await journals()) <= done) await new Promise((resolve) => setTimeout(resolve, 1));
    await server.kill();
    await restoring;
    await server.up();
    kills += 1;
  }
  expect(kills).toBeGreaterThan(0);
  const restored = await levers.back.restore(order);
  expect(await stands()).toEqual(target);
  expect(restored.changeSets).toHaveLength(changeSets);
  expect(await journals()).toBe(changeSets);
}, 180_000);
