import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
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
const DOWNLOAD_MS = 120_000;

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

/** The absolute path of a program on PATH. */
async function onPath(program: string, searchPath?: string): Promise<string | undefined> {
  try {
    const options = {
      timeout: LOOK_UP_MS,
      ...(searchPath === undefined ? {} : { env: { NODE_ENV: "production" as const, PATH: searchPath } }),
    };
    const found = await run("/bin/sh", ["-c", 'command -v "$1"', "sh", program], options);
    const file = found.stdout.trim();
    return path.isAbsolute(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Finds `etcd` or `etcdctl`: on PATH, else in the project's cache, else unpacked into the cache from the
 * distribution's package (no root, no service started) or from the official release, by its pinned SHA-256. Throws
 * {@link EtcdProgramError}. Safe to run twice at once.
 */
export async function findEtcdProgram(options: FindOptions): Promise<string> {
  const { program, cacheDir = defaultCacheDir() } = options;
  const found = await onPath(program, options.path);
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
  const [apt, dpkg] = await Promise.all([onPath("apt-get", options.path), onPath("dpkg-deb", options.path)]);
  if (!apt || !dpkg) throw new Error("this system has no apt");
  const packageName = DEBIAN_PACKAGE[program];
  log?.(`fetching ${program} from the package ${packageName}`);
  await downloadPackage(apt, packageName, work);
  const unpack = ["-c", 'exec "$1" -x ./*.deb unpacked', "sh", dpkg];
  await run("/bin/sh", unpack, { cwd: work, timeout: DOWNLOAD_MS });
  return path.join(work, "unpacked", "usr", "bin", program);
}

/** `apt-get download`; where the system's package lists are missing or old, once more with lists of our own. */
async function downloadPackage(apt: string, packageName: string, work: string): Promise<void> {
  const options = { cwd: work, timeout: DOWNLOAD_MS };
  try {
    await run(apt, ["-q", "download", packageName], options);
  } catch {
    await mkdir(path.join(work, "lists/partial"), { recursive: true });
    await mkdir(path.join(work, "archives/partial"), { recursive: true });
    const lists = `Dir::State::Lists=${path.join(work, "lists")}`;
    const own = ["-q", "-o", lists, "-o", `Dir::Cache=${work}`, "-o", "APT::Sandbox::User="];
    await run(apt, [...own, "update"], options);
    await run(apt, [...own, "download", packageName], options);
  }
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
