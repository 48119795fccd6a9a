import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { programOnPath, unpackDebianPackage } from "../debian-package.ts";
import { fetchRelease, type ReleasePins } from "./release.ts";

const run = promisify(execFile);

export type EtcdProgram = "etcd" | "etcdctl";

export interface FindOptions {
  readonly program: EtcdProgram;
  /** The project's cache; made where it is missing. Default `.leverframe/cache/etcd` in the working directory. */
  readonly cacheDir?: string;
  readonly log?: (line: string) => void;
  /** Where to look for programs, in place of this process's PATH. */
  readonly path?: string;
  /** Where official releases come from, and their digests. */
  readonly releases?: ReleasePins;
}

/** No etcd program could be had; the message ends with the lines to type. */
export class EtcdProgramError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EtcdProgramError";
  }
}

const DEBIAN_PACKAGE: Readonly<Record<EtcdProgram, string>> = { etcd: "etcd-server", etcdctl: "etcd-client" };
const LOOK_UP_MS = 10_000;

export const defaultCacheDir = (): string => path.resolve(".leverframe/cache/etcd");

/**
 * What an etcd program may see of our environment: nothing, since each `ETCD_…` variable would be read as one of its
 * options. etcd 3.4 runs on arm64 only when told that this is meant.
 */
export const etcdProcessEnvironment = (): NodeJS.ProcessEnv => ({
  NODE_ENV: "production",
  ...(process.arch === "arm64" ? { ETCD_UNSUPPORTED_ARCH: "arm64" } : {}),
});

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/**
 * Finds `etcd` or `etcdctl`: on PATH, else in the project's cache, else unpacked into the cache from the
 * distribution's package (no root, no service started) or from the official release, by its pinned SHA-256. Throws
 * {@link EtcdProgramError}. Safe to run twice at once.
 */
export async function findEtcdProgram(options: FindOptions): Promise<string> {
  const { program, cacheDir = defaultCacheDir() } = options;
  const found = await programOnPath(program, options.path);
  if (found) return found;
  const cached = path.join(cacheDir, program);
  if (await isExecutable(cached)) return cached;
  const failures: string[] = [];
  for (const source of [fromDebian, fromRelease]) {
    const work = path.join(cacheDir, `.fetch-${process.pid}-${randomBytes(4).toString("hex")}`);
    try {
      await mkdir(work, { recursive: true });
      const binary = await source(options, work);
      await chmod(binary, 0o755);
      await proveRuns(program, binary);
      await rename(binary, cached);
      return cached;
    } catch (error) {
      failures.push(firstLine(error));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new EtcdProgramError(howToGet(program, failures));
}

async function proveRuns(program: EtcdProgram, binary: string): Promise<void> {
  const args = program === "etcd" ? ["--version"] : ["version"];
  await run(binary, args, { timeout: LOOK_UP_MS, env: etcdProcessEnvironment() });
}

/** The distribution's package, unpacked. */
async function fromDebian(options: FindOptions, work: string): Promise<string> {
  const { program, log } = options;
  const packageName = DEBIAN_PACKAGE[program];
  log?.(`fetching ${program} from the package ${packageName}`);
  const root = await unpackDebianPackage({
    packageName,
    work,
    ...(options.path === undefined ? {} : { path: options.path }),
  });
  return path.join(root, "usr", "bin", program);
}

async function fromRelease(options: FindOptions, work: string): Promise<string> {
  const { program, log, releases } = options;
  const platform = `${process.platform}-${process.arch}`;
  return fetchRelease({
    program,
    platform,
    work,
    ...(log ? { log } : {}),
    ...(releases ? { releases } : {}),
  });
}

const firstLine = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").slice(0, 2).join(" ");
};

const howToGet = (program: EtcdProgram, failures: readonly string[]): string =>
  [
    `${program} is not on PATH and could not be fetched (${failures.join("; ")}).`,
    "Do one of these and start again:",
    "  macOS:          brew install etcd",
    "  Debian, Ubuntu: sudo apt-get update && sudo apt-get install etcd-server etcd-client",
    "  Docker:         docker run -d -p 127.0.0.1:2379:2379 quay.io/coreos/etcd:v3.5.21 etcd --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://127.0.0.1:2379",
    "  then, for an etcd that runs already: export ETCD_ENDPOINTS=http://127.0.0.1:2379",
  ].join("\n");
