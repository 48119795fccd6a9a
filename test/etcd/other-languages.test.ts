import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configBody, switchBody } from "../support/bodies.ts";
import { ConsolePeople } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { SidecarProcess, sidecarArgs } from "../support/sidecar-process.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** The programs of docs/other-languages.md, taken from the page as it is printed and run against real servers. */
const run = promisify(execFile);
const worker = useWorkerEtcd();
const page = readFileSync(path.resolve("docs/other-languages.md"), "utf8");
const printed = (language: string): string => {
  const [, code] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  if (code === undefined) throw new Error(`the page prints no ${language}`);
  return code;
};
const PYTHON = ["/usr/bin/python3", "/usr/local/bin/python3"].find((file) => existsSync(file)) ?? "python3";
const goIsHere = await run("go", ["version"]).then(
  () => true,
  () => false,
);

let dir = "";
let operator: Operator;
let server: ControlPlaneProcess;
let sidecar: SidecarProcess;
let environments: Record<"sidecar" | "control plane", NodeJS.ProcessEnv>;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-languages-"));
  await writeFile(path.join(dir, "flags.py"), printed("python"));
  await writeFile(path.join(dir, "main.go"), printed("go"));
  server = await ControlPlaneProcess.start({ etcd: worker.endpoint, environments: "dev" });
  operator = new Operator(worker.etcd, "dev");
  await operator.commit("*", {});
  await operator.commit("order", {
    "switch/comments": switchBody("DEGRADED"),
    "config/page-size": configBody("25"),
  });
  sidecar = await SidecarProcess.start(
    sidecarArgs({
      service: "order",
      env: "dev",
      etcd: worker.endpoint,
      instance: "order-1",
      port: "0",
      "snapshot-dir": dir,
    }),
  );
  const people = new ConsolePeople(server.url, await server.token());
  const { caller } = await people.machineToken([{ role: "viewer", env: "dev", services: "order" }]);
  const common = { PATH: process.env["PATH"], HOME: dir, NODE_ENV: "test" } as const;
  environments = {
    sidecar: { ...common, LEVERFRAME_URL: sidecar.url },
    "control plane": {
      ...common,
      LEVERFRAME_URL: server.url,
      LEVERFRAME_TOKEN: caller["authorization"]?.replace("Bearer ", ""),
    },
  };
});
afterAll(async () => {
  await sidecar[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

describe.each(["sidecar", "control plane"] as const)("against the %s", (which) => {
  test("the Python program says what the page says that it says", async () => {
    const said = await eventually(
      () => run(PYTHON, ["flags.py"], { cwd: dir, env: environments[which] }),
      ({ stdout }) => stdout === printed("text"),
    );
    expect(said.stderr).toBe("");
  });

  test.runIf(goIsHere)("the Go program finds the same", { timeout: 180_000 }, async () => {
    await run("go", ["build", "-o", "flags", "main.go"], {
      cwd: dir,
      env: { ...environments[which], GOFLAGS: "-mod=mod", GOCACHE: path.join(dir, "cache") },
    });
    const { stdout } = await run(path.join(dir, "flags"), { env: environments[which] });
    expect(stdout).toBe("comments = true STATIC <nil>\npage-size = 25 STATIC <nil>\n");
  });
});

test("the Python program follows a config, and goes on with its defaults when nobody answers", async () => {
  const child = spawn(PYTHON, ["flags.py", "page-size"], { cwd: dir, env: environments.sidecar });
  let output = "";
  child.stdout.on("data", (part: Buffer) => (output += part.toString()));
  try {
    await eventually(
      () => output,
      (text) => text.includes("page-size is now 25"),
    );
    await operator.commit("order", { "config/page-size": configBody("50") });
    await eventually(
      () => output,
      (text) => text.includes("page-size is now 50"),
    );
  } finally {
    child.kill("SIGKILL");
  }
  const away = { ...environments.sidecar, LEVERFRAME_URL: "http://127.0.0.1:1" };
  const { stdout } = await run(PYTHON, ["flags.py"], { cwd: dir, env: away });
  expect(stdout).toContain("comments = False (unreachable: ");
});
