import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { switchBody } from "../support/bodies.ts";
import { eventually } from "../support/eventually.ts";
import { Operator } from "../support/operator.ts";
import { freshEnvironment, useWorkerEtcd } from "../support/worker-etcd.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const worker = useWorkerEtcd();
let dir = "";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "leverframe-tarball-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A stranger's service in plain JavaScript. Says what it serves, and ends when its lever is pulled. */
const SERVICE = `
import { createAgent } from "@leverframe/agent";
import { murmur3 } from "@leverframe/agent/rules";
import { liveKey } from "@leverframe/agent/protocol";
import { openEtcd } from "@leverframe/agent/etcd";

const [endpoint, env] = process.argv.slice(2);
const agent = createAgent({ service: "shop", env, instance: "shop-1", etcd: { endpoints: [endpoint] }, metrics: { host: "127.0.0.1" }, receipts: { followUpMs: 100 } });
const comments = agent.switch("comments", { level: "non-core" });
const pulled = new Promise((resolve) => comments.onChange(resolve));
await agent.start();
const before = comments.isDegraded();
const scrape = await (await fetch("http://" + agent.status.metricsAddress + "/metrics")).text();
console.log(JSON.stringify({ source: agent.status.source, before, scraped: scrape.includes("leverframe_agent_info"), exports: [typeof murmur3, typeof liveKey, typeof openEtcd] }));
await pulled;
console.log(JSON.stringify({ after: comments.isDegraded() }));
await agent.close();
`;

test("the packed agent installs into an empty directory and works from plain JavaScript", {
  timeout: 240_000,
}, async () => {
  const npm = (args: readonly string[], cwd: string) => run("npm", [...args], { cwd, maxBuffer: 1 << 24 });
  const packed = await npm(["pack", "--json", "--pack-destination", dir, "-w", "agent"], ROOT);
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[\n"))) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"]));
  expect(paths.filter((path) => /\.test\.|^src\/|^test\//.test(path))).toEqual([]);

  await writeFile(join(dir, "package.json"), '{"name":"shop","private":true,"type":"module"}');
  await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", join(dir, filename)], dir);
  await writeFile(join(dir, "shop.js"), SERVICE);
  const usage = await run(join(dir, "node_modules/.bin/leverframe-agent"), ["sidecar", "--help"], {
    cwd: dir,
  });
  expect(usage.stdout).toContain("--service NAME");

  const operator = new Operator(worker.etcd, freshEnvironment());
  await operator.commit("*", {});
  const shop = run(process.execPath, ["shop.js", worker.endpoint, operator.env], {
    cwd: dir,
    timeout: 60_000,
  });
  await eventually(
    () => operator.receipt("shop", "shop-1"),
    (receipt) => (receipt?.reads[0]?.decisions ?? 0) > 0,
    60_000,
  );
  await operator.commit("shop", { "switch/comments": switchBody("DEGRADED") });
  const { stdout, stderr } = await shop;
  expect(stderr).toBe("");
  const [before, after] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(before).toEqual({
    source: "live",
    before: false,
    scraped: true,
    exports: ["function", "function", "function"],
  });
  expect(after).toEqual({ after: true });
  expect(await operator.registration("shop", "shop-1")).toBeUndefined();
});
