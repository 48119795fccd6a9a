import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EtcdProgramError, findEtcdProgram } from "../../src/infra/etcd/program.ts";
import type { ReleasePins } from "../../src/infra/etcd/release.ts";
import { etcdProgram } from "../support/etcd-server.ts";

const run = promisify(execFile);
const NOWHERE = "/nonexistent";
const platform = `${process.platform}-${process.arch}`;

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "leverframe-program-"));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** A site with one archive that holds the real etcd, and its pin. */
async function releaseSite(pinned: "right" | "wrong"): Promise<{ releases: ReleasePins; close(): void }> {
  const name = "etcd-v0.0.1-test";
  await mkdir(path.join(dir, name));
  await cp(await etcdProgram("etcd"), path.join(dir, name, "etcd"));
  await run("tar", ["-czf", `${name}.tar.gz`, name], { cwd: dir });
  const archive = await readFile(path.join(dir, `${name}.tar.gz`));
  const site = createServer((request, response) => {
    if (request.url === `/v0.0.1/${name}.tar.gz`) response.end(archive);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const address = site.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  const sha256 = createHash("sha256").update(archive).digest("hex");
  return {
    releases: {
      baseUrl: `http://127.0.0.1:${address.port}`,
      archives: {
        [platform]: {
          version: "v0.0.1",
          file: `${name}.tar.gz`,
          sha256: pinned === "right" ? sha256 : sha256.replaceAll(/[0-4]/g, "9"),
        },
      },
    },
    close: () => site.close(),
  };
}

describe("etcd's program", () => {
  it("comes from the distribution or PATH, and is then taken from the cache", async () => {
    const cacheDir = path.join(dir, "cache");
    const first = await findEtcdProgram({ program: "etcd", cacheDir });
    expect((await run(first, ["--version"])).stdout).toContain("etcd Version");
    const again = await findEtcdProgram({ program: "etcd", cacheDir });
    expect(again).toBe(first);
  });

  it("may be fetched by several at once", async () => {
    const cacheDir = path.join(dir, "cache");
    const found = await Promise.all([1, 2, 3].map(() => findEtcdProgram({ program: "etcdctl", cacheDir })));
    expect(new Set(found).size).toBe(1);
    const left = await readdir(cacheDir).catch(() => []);
    expect(left.filter((name) => name !== "etcdctl")).toEqual([]);
  });

  it("is taken from the official release when the archive is the pinned one", async () => {
    const cacheDir = path.join(dir, "cache");
    const site = await releaseSite("right");
    const program = await findEtcdProgram({
      program: "etcd",
      cacheDir,
      path: NOWHERE,
      releases: site.releases,
    });
    expect(program).toBe(path.join(cacheDir, "etcd"));
    expect((await run(program, ["--version"])).stdout).toContain("etcd Version");
    site.close();
  });

  it("is refused when the archive is another, with the lines to type", async () => {
    const cacheDir = path.join(dir, "cache");
    const site = await releaseSite("wrong");
    const error = await findEtcdProgram({
      program: "etcd",
      cacheDir,
      path: NOWHERE,
      releases: site.releases,
    }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(EtcdProgramError);
    const text = String(error);
    for (const part of ["pinned", "brew install etcd", "docker run", "apt-get install", "ETCD_ENDPOINTS="])
      expect(text).toContain(part);
    expect(await readdir(cacheDir)).toEqual([]);
    site.close();
  });
});
