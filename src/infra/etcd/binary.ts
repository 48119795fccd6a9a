import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type EtcdProgram = "etcd" | "etcdctl";

export interface FindOptions {
  readonly program: EtcdProgram;
  /** The value of the environment's `PATH`. */
  readonly path: string;
  /** The project's cache, `.leverframe/cache/etcd`; made where it is missing. */
  readonly cacheDir: string;
  readonly log?: (line: string) => void;
}

/** No etcd program could be had; the message ends with the lines to type. */
export class EtcdProgramError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EtcdProgramError";
  }
}

const DEBIAN_PACKAGE: Readonly<Record<EtcdProgram, string>> = { etcd: "etcd-server", etcdctl: "etcd-client" };
const UPDATE_MS = 120_000;
const DOWNLOAD_MS = 120_000;

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

async function onPath(program: string, path: string): Promise<string | undefined> {
  for (const dir of path.split(delimiter)) {
    const file = join(dir, program);
    if (dir !== "" && (await isExecutable(file))) return file;
  }
  return undefined;
}

/**
 * Finds `etcd` or `etcdctl`: on PATH, else in the project's cache, else from the distribution's package, unpacked into
 * the cache (no root, no service started). Throws {@link EtcdProgramError}. Safe to run twice at once.
 */
export async function findEtcdProgram(options: FindOptions): Promise<string> {
  const { program, path, cacheDir } = options;
  const found = await onPath(program, path);
  if (found) return found;
  const cached = join(cacheDir, program);
  if (await isExecutable(cached)) return cached;
  const failures: string[] = [];
  try {
    if (await fromDebian(options, cached)) return cached;
    failures.push("apt-get and dpkg-deb are not here");
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  throw new EtcdProgramError(howToGet(program, failures));
}

/** Unpacks the distribution's package into the cache. False on a system without apt. */
async function fromDebian(options: FindOptions, target: string): Promise<boolean> {
  const { program, path, cacheDir, log } = options;
  const apt = await onPath("apt-get", path);
  const dpkg = await onPath("dpkg-deb", path);
  if (!apt || !dpkg) return false;
  const packageName = DEBIAN_PACKAGE[program];
  const work = join(cacheDir, `.fetch-${process.pid}-${randomBytes(4).toString("hex")}`);
  await mkdir(work, { recursive: true });
  try {
    log?.(`fetching ${program} from the package ${packageName}`);
    await download(apt, packageName, work);
    await run("sh", ["-c", 'exec "$1" -x ./*.deb unpacked', "sh", dpkg], { cwd: work, timeout: DOWNLOAD_MS });
    const binary = join(work, "unpacked", "usr", "bin", program);
    await run(binary, program === "etcd" ? ["--version"] : ["version"], { timeout: 20_000 });
    await rename(binary, target);
    return true;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** `apt-get download`; where the system's package lists are missing or old, once more with lists of our own. */
async function download(apt: string, packageName: string, work: string): Promise<void> {
  try {
    await run(apt, ["-q", "download", packageName], { cwd: work, timeout: DOWNLOAD_MS });
    return;
  } catch {
    const own = ["lists/partial", "archives/partial"].map((dir) =>
      mkdir(join(work, dir), { recursive: true }),
    );
    await Promise.all(own);
    const where = [
      "-o",
      `Dir::State::Lists=${join(work, "lists")}`,
      "-o",
      `Dir::Cache=${work}`,
      "-o",
      "APT::Sandbox::User=",
    ];
    await run(apt, ["-q", ...where, "update"], { cwd: work, timeout: UPDATE_MS });
    await run(apt, ["-q", ...where, "download", packageName], { cwd: work, timeout: DOWNLOAD_MS });
  }
}

const howToGet = (program: EtcdProgram, failures: readonly string[]): string =>
  [
    `${program} was not found on PATH and could not be fetched (${failures.join("; ")}).`,
    "Do one of these and start again:",
    "  macOS:          brew install etcd",
    "  Debian, Ubuntu: sudo apt-get update && sudo apt-get install etcd-server etcd-client",
    "  Docker:         docker run -d --name etcd -p 127.0.0.1:2379:2379 quay.io/coreos/etcd:v3.5.21 etcd \\",
    "                    --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://127.0.0.1:2379",
    "  an etcd of yours, or the one in Docker: ETCD_ENDPOINTS=http://127.0.0.1:2379",
  ].join("\n");
