import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { type Ran, run } from "../support/demo-process.ts";
import { eventually } from "../support/eventually.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Schedules, expiries, secrets, imports and the look at lives of etcd, as an operator types them. */
const worker = useWorkerEtcd();
const ENV = "dev";
let server: ControlPlaneProcess;
let levers: LeverPort;
let service = "";
let dir = "";
beforeAll(async () => {
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev,prod" });
  levers = await server.levers();
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-import-"));
});
afterAll(async () => {
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
async function done(...args: string[]): Promise<string> {
  const ran = await cli(...args);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout;
}
const valueOf = async (name: string): Promise<string | undefined> => {
  const { levers: rows } = await levers.board(ENV, { service });
  const row = rows.find((one) => one.name === name);
  return (row?.resource?.spec as { value?: string } | undefined)?.value;
};

describe("what happens by itself", () => {
  test("is told, done at its time, or withdrawn", async () => {
    const ref = `${service}/config/page`;
    await done("set", ref, "format=text", "value=ten", "-r", "make it");
    const planned = await done("set", ref, "value=twenty", "-r", "at night", "--at", "2s");
    expect(planned).toContain("value ten → twenty");
    expect(planned).toMatch(/Will be published at \d{4}-/);
    expect(await done("schedule", "list")).toContain(`publishes`);
    await eventually(
      () => valueOf("page"),
      (value) => value === "twenty",
      15_000,
    );
    await done("set", ref, "value=thirty", "-r", "for a moment", "--until", "2s");
    expect(await done("schedule", "list")).toMatch(new RegExp(`ends +${ref}`));
    await eventually(
      () => valueOf("page"),
      (value) => value === "twenty",
      15_000,
    );
    const later = JSON.parse(
      await done("--json", "set", ref, "value=forty", "-r", "much later", "--at", "9d"),
    ) as { changeSetId: string };
    expect(await done("schedule", "cancel", later.changeSetId)).toContain("will not be published");
    const again = await cli("schedule", "cancel", later.changeSetId);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("does not wait");
    const wrong = await cli("set", ref, "value=x", "-r", "x", "--at", "tomorrow");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("give how long from now");
    const direct = await cli("--direct", "set", ref, "value=x", "-r", "x", "--at", "1h");
    expect(direct.stderr).toContain("Scheduling needs the console");
  });
});

describe("a secret", () => {
  test("is closed, revealed, and closed anew; its service's keys are told", async () => {
    const ref = `${service}/config/bank`;
    await done("set", ref, "format=text", "value=hunter2", "--secret", "-r", "a password");
    expect(await done("get", ref)).not.toContain("hunter2");
    expect((await done("secrets", "reveal", ref)).trim()).toBe("hunter2");
    expect(await done("secrets", "keys", service)).toMatch(/^k1:[\w-]{43}$/m);
    expect(await done("secrets", "rotate", "--new-key")).toContain("Key k2 is there");
    expect(await done("secrets", "rotate")).toContain(ref);
    expect(await done("secrets", "keys", service)).toMatch(/^k2:[\w-]{43},k1:[\w-]{43}$/m);
    expect((await done("secrets", "reveal", ref)).trim()).toBe("hunter2");
    await done("set", ref, "value=hunter3", "--secret", "-r", "another");
    expect((await done("secrets", "reveal", ref)).trim()).toBe("hunter3");
    const open = await cli("set", ref, "value=x", "-r", "by mistake");
    expect(open.code).toBe(2);
    const direct = await cli("--direct", "set", ref, "value=x", "--secret", "-r", "past the console");
    expect(direct.stderr).toContain("publish it through the console");
  });
});

describe("import", () => {
  test("makes configs of files, tells what is the same, and refuses what can't be one", async () => {
    const files = path.join(dir, service);
    await mkdir(files);
    await writeFile(path.join(files, "Application.YAML".toLowerCase()), "port: 8080\n");
    await writeFile(path.join(files, "limits.json"), '{"max": 3}');
    await writeFile(path.join(files, "notes.md"), "left alone");
    const made = await done("import", files, "--service", service, "-r", "move in");
    expect(made).toContain(`${service}/config/application: new`);
    expect(made).toContain(`${service}/config/limits: new`);
    expect(await valueOf("application")).toBe("port: 8080\n");
    expect(await done("import", files, "--service", service, "-r", "again")).toContain(
      "nothing was published",
    );
    await writeFile(path.join(files, "limits.json"), "{max");
    const bad = await cli("import", files, "--service", service, "-r", "broken");
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain("limits");
    expect(await valueOf("limits")).toBe('{"max": 3}');
    const none = await cli("import", path.join(dir, "nowhere"), "--service", service, "-r", "x");
    expect(none.stderr).toContain("There is no");
  });
});

test("epoch show says that nobody holds and nothing was lost", async () => {
  const shown = await done("epoch", "show");
  expect(shown).toContain("No instance of dev holds.");
  expect(shown).toContain("The history knows of nothing that etcd has lost.");
});

test("a console of another release is named, with what to do", async () => {
  const other = createServer((_, response) => {
    response.writeHead(404, { "content-type": "application/json", "x-leverframe-version": "9.9.9" });
    const message = 'No procedure found on path "levers.board"';
    response.end(
      JSON.stringify({
        error: { json: { message, code: -32004, data: { code: "NOT_FOUND", httpStatus: 404 } } },
      }),
    );
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const ran = await cli("--server", `http://127.0.0.1:${port}`, "get");
  other.close();
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("the console 9.9.9: use the console's own");
});
