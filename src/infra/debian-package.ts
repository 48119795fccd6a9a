import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const LOOK_UP_MS = 10_000;
const DOWNLOAD_MS = 120_000;

/** The absolute path of a program on PATH, or on `searchPath`; undefined where there is none. */
export async function programOnPath(program: string, searchPath?: string): Promise<string | undefined> {
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

export interface UnpackOptions {
  readonly packageName: string;
  /** An empty directory of the caller's; the package is unpacked into `unpacked` in it. */
  readonly work: string;
  /** Where `apt-get` and `dpkg-deb` are looked for, in place of this process's PATH. */
  readonly path?: string;
}

/**
 * A package of Debian or Ubuntu, downloaded and unpacked: no root, nothing installed, no service started. Resolves to the
 * directory that stands for `/`. Throws where the system has no apt or the package can't be had within 2 minutes.
 */
export async function unpackDebianPackage(options: UnpackOptions): Promise<string> {
  const { packageName, work } = options;
  const [apt, dpkg] = await Promise.all([
    programOnPath("apt-get", options.path),
    programOnPath("dpkg-deb", options.path),
  ]);
  if (!apt || !dpkg) throw new Error("this system has no apt");
  await downloadPackage(apt, packageName, work);
  const unpack = ["-c", 'exec "$1" -x ./*.deb unpacked', "sh", dpkg];
  await run("/bin/sh", unpack, { cwd: work, timeout: DOWNLOAD_MS });
  return path.join(work, "unpacked");
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
