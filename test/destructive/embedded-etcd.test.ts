import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { openEtcd } from "@leverframe/agent/etcd";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedEtcd, embeddedEtcd, recordedEndpoints } from "../../src/infra/etcd/embedded-etcd.ts";
import { identityOf, pidsWithArgument } from "../../src/infra/etcd/process-identity.ts";
import { relieveSpace } from "../../src/infra/etcd/space-keeper.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

let dir: string;
let lines: string[];
let hosts: ChildProcess[];

const log = {
  info: (line: string) => void lines.push(line),
  warn: (line: string) => void lines.push(line),
  error: (line: string) => void lines.push(line),
};
const etcdsHere = (): Promise<number[]> => pidsWithArgument(`--data-dir=${path.join(dir, "data")}`);
const start = (): Promise<EmbeddedEtcd> => embeddedEtcd({ dir, log });

interface HostLine {
  readonly pid: number;
  readonly adopted: boolean;
  readonly endpoints: string[];
}

/** Another process that runs the same directory's etcd. */
async function startHost(): Promise<{ host: ChildProcess; line: HostLine }> {
  const host = spawn(
    path.join(ROOT, "node_modules/.bin/tsx"),
    ["--conditions=leverframe-source", path.join(ROOT, "test/support/embedded-etcd-host.ts"), dir],
    { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"], detached: true },
  );
  hosts.push(host);
  const text = await new Promise<string>((resolve, reject) => {
    host.stdout?.once("data", (chunk) => resolve(String(chunk)));
    host.once("exit", (code) => reject(new Error(`the host ended with ${code}`)));
  });
  return { host, line: JSON.parse(text) as HostLine };
}

/** kill -9 to the host and the runner around it, and to nothing else: etcd has a session of its own. */
async function killHost(host: ChildProcess): Promise<void> {
  if (host.pid === undefined || host.exitCode !== null || host.signalCode !== null) return;
  const gone = new Promise((resolve) => host.once("exit", resolve));
  process.kill(-host.pid, "SIGKILL");
  await gone;
}

const read = async (endpoints: readonly string[], key: string): Promise<string | undefined> => {
  const etcd = openEtcd({ endpoints });
  try {
    return (await etcd.get(key))?.value.toString();
  } finally {
    etcd.close();
  }
};

const write = async (endpoints: readonly string[], key: string, value: string): Promise<void> => {
  const etcd = openEtcd({ endpoints });
  try {
    await etcd.put(key, value);
  } finally {
    etcd.close();
  }
};

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-embedded-"));
  lines = [];
  hosts = [];
});

afterEach(async () => {
  for (const host of hosts) await killHost(host);
  for (const pid of await etcdsHere()) process.kill(pid, "SIGKILL");
  for (let i = 0; i < 100 && (await etcdsHere()).length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
});

describe("the embedded etcd", () => {
  it("is adopted by the next start, by the same process id, and outlives a kill -9 of who started it", async () => {
    const { host, line } = await startHost();
    expect(line.adopted).toBe(false);
    await write(line.endpoints, "/a", "1");
    await killHost(host);
    expect(await identityOf(line.pid)).toBeDefined();
    const again = await start();
    expect([again.adopted, again.pid, again.endpoints]).toEqual([true, line.pid, line.endpoints]);
    expect(await read(again.endpoints, "/a")).toBe("1");
    await again.stop();
    expect(await etcdsHere()).toEqual([]);
  });

  it("is one, however many processes start it at once", async () => {
    const started = await Promise.all([startHost(), startHost(), start()]);
    const pids = new Set([started[0].line.pid, started[1].line.pid, started[2].pid]);
    expect(pids.size).toBe(1);
    expect(await etcdsHere()).toEqual([...pids]);
    started[2].release();
  });

  it("comes back on the same ports with its data when it is killed", async () => {
    const etcd = await start();
    const { pid, endpoints } = etcd;
    await write(endpoints, "/a", "1");
    process.kill(pid ?? 0, "SIGKILL");
    await expect.poll(() => etcd.pid !== undefined && etcd.pid !== pid, { timeout: 15_000 }).toBe(true);
    expect(etcd.endpoints).toEqual(endpoints);
    expect(await read(endpoints, "/a")).toBe("1");
    await etcd.stop();
  });

  it("stays stopped once it was stopped, also for others who supervise it, and starts again as it was", async () => {
    const { line } = await startHost();
    await write(line.endpoints, "/a", "1");
    const here = await start();
    await here.stop();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await etcdsHere()).toEqual([]);
    const again = await start();
    expect([again.adopted, again.endpoints]).toEqual([false, line.endpoints]);
    expect(await read(again.endpoints, "/a")).toBe("1");
    await again.stop();
  });

  it("gives each directory another cluster id", async () => {
    const first = await start();
    const { dir: firstDir } = { dir };
    dir = await mkdtemp(path.join(tmpdir(), "leverframe-embedded-"));
    const second = await start();
    const ids = await Promise.all(
      [first, second].map(async ({ endpoints }) => {
        const etcd = openEtcd({ endpoints });
        const { clusterId } = await etcd.status();
        etcd.close();
        return clusterId;
      }),
    );
    expect(new Set(ids).size).toBe(2);
    await first.stop();
    await second.stop();
    await rm(firstDir, { recursive: true, force: true });
  });

  it("never adopts or ends a process that only has the recorded pid", async () => {
    const etcd = await start();
    await etcd.stop();
    const file = path.join(dir, "etcd.json");
    const record = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...record, process: { pid: process.pid, identity: "another" } }));
    const again = await start();
    expect(again.adopted).toBe(false);
    expect(again.pid).not.toBe(process.pid);
    await again.stop();
  });

  it("is found by its data directory when it was never written down", async () => {
    const etcd = await start();
    etcd.release();
    const file = path.join(dir, "etcd.json");
    const { process: _, ...record } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(file, JSON.stringify(record));
    const again = await start();
    expect([again.adopted, again.pid]).toEqual([true, etcd.pid]);
    await again.stop();
  });

  it("moves when a stranger has its port, and keeps its data", async () => {
    const etcd = await start();
    await write(etcd.endpoints, "/a", "1");
    await etcd.stop();
    const port = Number(new URL(etcd.endpoints[0] ?? "").port);
    const stranger: Server = createServer((socket) => socket.end("not etcd"));
    await new Promise<void>((resolve) => stranger.listen(port, "127.0.0.1", resolve));
    const again = await start();
    expect(again.endpoints).not.toEqual(etcd.endpoints);
    expect(await recordedEndpoints(dir)).toEqual(again.endpoints);
    expect(await read(again.endpoints, "/a")).toBe("1");
    expect(lines.join("\n")).toContain(String(port));
    await again.stop();
    await new Promise((resolve) => stranger.close(resolve));
  });

  it("is started anew when it hangs", async () => {
    const etcd = await start();
    etcd.release();
    await write(etcd.endpoints, "/a", "1");
    process.kill(etcd.pid ?? 0, "SIGSTOP");
    const again = await start();
    expect(again.adopted).toBe(false);
    expect(again.pid).not.toBe(etcd.pid);
    expect(await read(again.endpoints, "/a")).toBe("1");
    await again.stop();
  });

  it("says the end of its log when it can't come up", async () => {
    const program = path.join(dir, "no-etcd");
    await writeFile(program, "#!/bin/sh\necho 'this machine has no luck' >&2\nexec sleep 0.3\n", {
      mode: 0o755,
    });
    await expect(embeddedEtcd({ dir, log, program })).rejects.toThrow("this machine has no luck");
  });

  it("gets room again after it ran full of old revisions", async () => {
    const quotaBytes = 16 * 1024 * 1024;
    const embedded = await embeddedEtcd({ dir, log, quotaBytes });
    const etcd = openEtcd({ endpoints: embedded.endpoints });
    const value = Buffer.alloc(256 * 1024, "x");
    let code = "";
    for (let i = 0; i < 200 && code === ""; i++)
      code = await etcd.put("/big", value).then(
        () => "",
        (error: { code: string }) => error.code,
      );
    expect(code).toBe("NO_SPACE");
    expect(await relieveSpace(etcd, quotaBytes, log)).toBe("relieved");
    await etcd.put("/big", "small");
    expect(await relieveSpace(etcd, quotaBytes, log)).toBe("fine");
    etcd.close();
    await embedded.stop();
  });
});
