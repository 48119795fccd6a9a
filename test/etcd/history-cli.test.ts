import path from "node:path";
import { ulid } from "ulid";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { run } from "../support/demo-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** The history from a shell, on the SQLite that nobody had to install. */
const worker = useWorkerEtcd();
let server: ControlPlaneProcess;
let levers: LeverPort;
beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev" });
  levers = await server.levers();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const cli = async (...args: string[]) =>
  run([path.resolve("dist/cli.mjs"), "--env", "dev", ...args], {
    LEVERFRAME_SERVER: server.url,
    LEVERFRAME_TOKEN: await server.token(),
  });
const json = async (...args: string[]): Promise<unknown> => {
  const ran = await cli("--json", ...args);
  expect(ran.stderr).toBe("");
  return JSON.parse(ran.stdout);
};

const spec = { position: "NORMAL", level: "non-core", strategy: "simplified" } as const;

async function pull(name: string, position: "NORMAL" | "DEGRADED", baseRevision: number) {
  const id = ulid();
  const edit = { service: "order", kind: "switch" as const, name, op: "put" as const, baseRevision };
  const edits = [{ ...edit, spec: { ...spec, position } }];
  const { revision } = await levers.publish({ env: "dev", id, reason: `make it ${position}`, edits });
  return { id, revision };
}

test("a lever's versions, a change set whole, and what stood at a revision or a time", async () => {
  const first = await pull("pay", "NORMAL", 0);
  const between = new Date().toISOString();
  const second = await pull("pay", "DEGRADED", first.revision);
  const other = await pull("ship", "NORMAL", 0);
  await eventually(
    () => json("history"),
    (page) => (page as { rows: unknown[] }).rows.length === 3,
  );
  expect(await json("history", "order/switch/pay", "--limit", "1")).toMatchObject({
    rows: [{ version: 2, revision: second.revision, changeSetId: second.id, author: { kind: "token" } }],
    next: expect.any(String),
  });
  const lines = (await cli("history", "order")).stdout.trim().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(
    [other, second, first].map((one) => `r${one.revision}`),
  );
  expect((await cli("history", "--change", first.id)).stdout).toContain("make it NORMAL");
  expect(await json("get", "order/switch/pay", "--rev", `r${first.revision}`)).toMatchObject({
    version: 1,
    body: { spec: { position: "NORMAL" } },
  });
  expect(await json("get", "order/switch/pay", "--at", between)).toMatchObject({ version: 1 });
  expect(await json("get", "--rev", `${second.revision}`)).toHaveLength(1);
  expect(await json("get", "--at", "0s")).toHaveLength(2);
  expect(await json("history", "--author", "nobody")).toMatchObject({ rows: [] });
});

test("what it does not know, and what it can't read, it says so", async () => {
  expect(await cli("history", "--change", ulid())).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("holds no change set"),
  });
  expect(await cli("get", "order/switch/never", "--rev", "r5")).toMatchObject({ code: 1 });
  expect(await cli("get", "order/switch/pay", "--rev", "yesterday")).toMatchObject({ code: 2 });
  expect(await cli("--direct", "history")).toMatchObject({ code: 2 });
});
