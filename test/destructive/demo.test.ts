import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { DemoProcess } from "../support/demo-process.ts";
import { etcdProgram } from "../support/etcd-server.ts";
import { eventually } from "../support/eventually.ts";

const COMMENTS = "*/switch/comments";

/** Processes whose environment or command line names a directory: everything that a demo started there. */
function processesOf(dataDir: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const env = readFileSync(`/proc/${pid}/environ`, "utf8");
        const ours = command.includes(dataDir) || env.includes(dataDir);
        return ours && /etcd|dist\//.test(command) ? [`${pid} ${command.trim()}`] : [];
      } catch {
        return [];
      }
    });
}

describe("the demo leaves nothing behind", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("after %s", async (signal) => {
    const demo = await DemoProcess.start();
    try {
      expect(processesOf(demo.dataDir).length).toBeGreaterThanOrEqual(23);
      expect(await demo.end(signal)).toBe(0);
      expect(processesOf(demo.dataDir)).toEqual([]);
      expect(existsSync(path.join(demo.dataDir, "demo.json"))).toBe(false);
    } finally {
      await demo[Symbol.asyncDispose]();
    }
  });

  test("when etcd's data is deleted, its snapshots go too: no agent holds to a life that is gone", async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), "leverframe-demo-"));
    const first = await DemoProcess.start({ dataDir });
    await first.cli("flip", COMMENTS, "--reason", "first life", "--wait", "20");
    await first.end("SIGTERM");
    expect(readdirSync(path.join(dataDir, "snapshots")).length).toBeGreaterThanOrEqual(20);
    await rm(path.join(dataDir, "etcd"), { recursive: true });
    const second = await DemoProcess.start({ dataDir });
    try {
      const { levers } = await (await second.levers()).board("prod", {});
      expect(levers.find((row) => row.name === "comments")?.version).toBe(1);
      const services = await (await second.levers()).services("prod");
      expect(
        services.flatMap((service) => service.instances).filter((one) => one.hold !== undefined),
      ).toEqual([]);
    } finally {
      await second[Symbol.asyncDispose]();
    }
  });
});

test("with certificates in force: every instance proves a pull under its service's own role", async () => {
  await using demo = await DemoProcess.start({ args: ["--secure"] });
  expect(demo.output).toContain("certificates in force");
  const flipped = await demo.cli("flip", COMMENTS, "DEGRADED", "--reason", "test", "--wait", "20");
  expect(flipped.stdout).toMatch(/20\/20 applied/);
  expect(await demo.end("SIGTERM")).toBe(0);
  expect(processesOf(demo.dataDir)).toEqual([]);
});

test("a second demo in the same directory is refused, and leaves the first alone", async () => {
  await using demo = await DemoProcess.start();
  await expect(DemoProcess.start({ dataDir: demo.dataDir })).rejects.toThrow("one runs here already");
  const flipped = await demo.cli("flip", COMMENTS, "DEGRADED", "--reason", "test", "--wait", "20");
  expect(flipped.stdout).toMatch(/20\/20 applied/);
});

describe("one running demo", () => {
  let demo: DemoProcess;
  beforeAll(async () => {
    demo = await DemoProcess.start();
  });
  afterAll(async () => {
    await demo[Symbol.asyncDispose]();
  });
  const position = async (): Promise<string> => {
    const { stdout } = await demo.cli("--json", "get", COMMENTS);
    return (JSON.parse(stdout) as { resource: { spec: { position: string } } }).resource.spec.position;
  };

  test("says in under ten lines where to go", () => {
    expect(demo.output.trim().split("\n").length).toBeLessThan(10);
    for (const place of [demo.places.console, demo.places.shop]) expect(demo.output).toContain(place);
  });

  test("a flip reaches all 20, and the shop's own page", async () => {
    expect(await demo.shop()).toContain('id="comments" data-state="normal"');
    const flipped = await demo.cli("flip", COMMENTS, "DEGRADED", "--reason", "test", "--wait", "20");
    expect(flipped.stdout).toMatch(/20\/20 applied/);
    expect(flipped.code).toBe(0);
    await eventually(
      () => demo.shop(),
      (page) =>
        page.includes('id="comments" data-state="degraded"') && page.includes("Comments are resting."),
      5_000,
    );
    await demo.cli("flip", COMMENTS, "NORMAL", "--reason", "back", "--wait", "20");
    expect(await position()).toBe("NORMAL");
  });

  test("one agent cut from etcd: 19/20, unproved by name; healed: 20/20 within 5 s", async () => {
    await demo.trouble("cut-etcd", "order-3");
    const flipped = await demo.cli("flip", COMMENTS, "DEGRADED", "--reason", "cut", "--wait", "12");
    expect(flipped.code).toBe(5);
    expect(flipped.stdout).toMatch(/19\/20 applied/);
    expect(flipped.stdout).toMatch(/unproved\s+order\/order-3/);
    const [endpoint = ""] = demo.places.etcd;
    {
      // Nothing of it is in a process's memory: a control plane that has just started says the same.
      await using restarted = await ControlPlaneProcess.start({ etcd: endpoint, environments: "dev,prod" });
      const levers = await restarted.levers();
      const [row] = (await levers.board("prod", { service: "*", kind: "switch", name: "comments" })).levers;
      const found = await levers.convergence("prod", row!.changeSetId);
      expect(found).toMatchObject({ applied: 19, targets: 20, unproved: 1 });
      expect(found.reports.filter((one) => one.state === "unproved").map((one) => one.instance)).toEqual([
        "order-3",
      ]);
    }
    await demo.trouble("heal");
    const healed = await demo.cli("receipts", COMMENTS, "--wait", "5");
    expect(healed.stdout).toMatch(/20\/20 applied/);
    await demo.cli("flip", COMMENTS, "NORMAL", "--reason", "back", "--wait", "20");
  });

  test("a bad value past the console: every agent holds the last good one and says why; then it heals", async () => {
    await demo.trouble("bad-value");
    await eventually(
      () => demo.cli("doctor"),
      (seen) => /20 instances .*\/switch\/comments .*position/.test(seen.stdout),
      10_000,
    );
    expect(await demo.shop()).toContain('id="comments" data-state="normal"');
    await demo.trouble("heal");
    const healed = await demo.cli("receipts", COMMENTS, "--wait", "20");
    expect(healed.stdout).toMatch(/20\/20 applied/);
  });

  test("the bank's trouble opens payment's breaker, and orders are taken all the while", async () => {
    const buy = async (): Promise<string> =>
      (
        await fetch(`${demo.places.shop}/buy?product=lamp&user=u-9`, {
          method: "POST",
          signal: AbortSignal.timeout(10_000),
        })
      ).text();
    expect(await buy()).toContain("Ordered and paid");
    await demo.trouble("slow-bank");
    await eventually(
      async () => {
        await Promise.all(Array.from({ length: 8 }, buy));
        return scrape(demo, "payment");
      },
      (text) => /breaker_state\{name="bank",state="OPEN"\} 1/.test(text),
      40_000,
    );
    expect(await buy()).toContain("Ordered. The bank is slow");
    await demo.trouble("heal");
    await eventually(buy, (page) => page.includes("Ordered and paid"), 30_000);
  });

  test("a plain etcd client shows up as an instance that cannot prove", async () => {
    const [endpoint] = demo.places.etcd;
    await registerPlainly(endpoint!, "order", "10.0.0.7:8080");
    const rows = await eventually(
      async () =>
        (await (await demo.levers()).services("prod")).find((one) => one.service === "order")!.instances,
      (instances) => instances.some((one) => one.state === "foreign"),
      5_000,
    );
    expect(rows.find((one) => one.state === "foreign")).toMatchObject({
      instance: "10.0.0.7:8080",
      lease: expect.stringMatching(/^[0-9a-f]+$/),
    });
    const flipped = await demo.cli("flip", "order/switch/checkout", "--reason", "foreign", "--wait", "20");
    expect(flipped.stdout).toMatch(/3\/3 applied .* 1 cannot prove/);
  });

  test("killed without a goodbye: its lease runs out, it is unproved by name, and comes back as itself", async () => {
    await demo.trouble("kill-instance", "comment-2");
    await eventually(
      async () =>
        (await (await demo.levers()).services("prod")).find((one) => one.service === "comment")!.instances,
      (instances) => instances.find((one) => one.instance === "comment-2")?.state === "unproved",
      25_000,
    );
    for (let visit = 0; visit < 20; visit += 1)
      expect(await demo.shop()).toContain('id="comments" data-state="normal"');
    await demo.trouble("heal");
    await eventually(
      async () =>
        (await (await demo.levers()).services("prod")).find((one) => one.service === "comment")!.instances,
      (instances) => instances.every((one) => one.state === "live") && instances.length === 3,
      10_000,
    );
  });

  test("every agent cut from etcd: the shop sells on with the last good values, a restarted one too", async () => {
    await demo.cli("flip", COMMENTS, "DEGRADED", "--reason", "before the cut", "--wait", "20");
    await demo.trouble("cut-etcd", "all");
    await sleep(7_000);
    expect(await demo.shop()).toContain('id="comments" data-state="degraded"');
    await demo.trouble("kill-instance", "gateway-1");
    await sleep(500);
    // Started again while etcd is still away: from its snapshot.
    await demo.trouble("restart-instance", "gateway-1");
    await eventually(
      () => demo.shop().catch(() => ""),
      (page) =>
        page.includes('id="comments" data-state="degraded"') &&
        page.includes('id="goods" data-state="normal"'),
      20_000,
    );
    await demo.trouble("heal");
    const healed = await demo.cli("receipts", COMMENTS, "--wait", "30");
    expect(healed.stdout).toMatch(/20\/20 applied/);
  });
});

/** With the example of the docs; with etcdctl where there is no Python. Neither knows anything of us. */
async function registerPlainly(endpoint: string, service: string, address: string): Promise<void> {
  try {
    const example = path.resolve("docs/examples/register-plain.py");
    const said = execFileSync("python3", [example, endpoint, service, address, "--once"], {
      encoding: "utf8",
    });
    expect(said).toContain(`registered /services/${service}/${address}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const etcdctl = await etcdProgram("etcdctl");
    const run = (...args: string[]): string =>
      execFileSync(etcdctl, ["--endpoints", endpoint, ...args], {
        encoding: "utf8",
        env: { ...process.env, ETCDCTL_API: "3" },
      });
    const lease = /lease ([0-9a-f]+) granted/.exec(run("lease", "grant", "60"))?.[1] ?? "";
    run("put", `--lease=${lease}`, `/services/${service}/${address}`, "{}");
  }
}

/** One scrape of each instance of a service, by its registered metrics address. */
async function scrape(demo: DemoProcess, service: string): Promise<string> {
  const addresses = await metricsAddresses(demo, service);
  const pages = await Promise.all(
    addresses.map(async (address) =>
      (await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(5_000) })).text(),
    ),
  );
  return pages.join("\n");
}

async function metricsAddresses(demo: DemoProcess, service: string): Promise<string[]> {
  const { openEtcd } = await import("@leverframe/agent/etcd");
  const { registryPrefix, instanceSchema } = await import("@leverframe/agent/protocol");
  const etcd = openEtcd({ endpoints: demo.places.etcd });
  try {
    const { kvs } = await etcd.range({ prefix: registryPrefix("prod", service) });
    return kvs.flatMap(
      (entry) => instanceSchema.parse(JSON.parse(entry.value.toString())).metricsAddress ?? [],
    );
  } finally {
    etcd.close();
  }
}
