import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, realpath, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MINUTE_MS = 60_000;

/** PostgreSQL's programs, and where the libraries are that came with them. */
export interface PostgresProgram {
  readonly bin: string;
  readonly libraries: string | undefined;
}

const has = (bin: string): boolean =>
  ["postgres", "initdb"].every((program) => existsSync(path.join(bin, program)));

/**
 * A PostgreSQL for tests: one that is installed, else the distribution's packages unpacked into a cache (no root needed,
 * no service started). Throws with the line to type. Safe to run twice at once.
 */
export async function findPostgres(
  options: { readonly cacheDir?: string; readonly useInstalled?: boolean } = {},
): Promise<PostgresProgram> {
  const { cacheDir = defaultCacheDir(), useInstalled = true } = options;
  const installed = useInstalled ? await installedBin() : undefined;
  if (installed !== undefined) return { bin: installed, libraries: undefined };
  const ready = path.join(cacheDir, "unpacked");
  if (!existsSync(ready)) {
    try {
      await unpackPackages(cacheDir, ready);
    } catch (error) {
      const why =
        error instanceof Error ? error.message.trim().split("\n").slice(0, 3).join(" ") : String(error);
      throw new Error(
        `These tests run on a real PostgreSQL, and none could be had (${why}). Type: ` +
          "sudo apt-get install postgresql (or brew install postgresql@15), and see that postgres is on PATH.",
        { cause: error },
      );
    }
  }
  return inside(ready);
}

/** As root it runs as nobody, who can't look into root's home. */
const defaultCacheDir = (): string =>
  process.getuid?.() === 0
    ? path.join(tmpdir(), "leverframe-postgres")
    : path.resolve(import.meta.dirname, "../../.leverframe/cache/postgres");

async function installedBin(): Promise<string | undefined> {
  const onPath = (process.env["PATH"] ?? "").split(":").filter((folder) => folder !== "");
  for (const folder of onPath) {
    const program = path.join(folder, "postgres");
    if (!existsSync(program)) continue;
    const bin = path.dirname(await realpath(program));
    if (has(bin)) return bin;
  }
  return (await versionsIn("/usr/lib/postgresql"))[0];
}

/** `{root}/{version}/bin`, newest first. */
async function versionsIn(root: string): Promise<readonly string[]> {
  const versions = await readdir(root).catch(() => []);
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(root, version, "bin"))
    .filter(has);
}

async function inside(unpacked: string): Promise<PostgresProgram> {
  const [bin] = await versionsIn(path.join(unpacked, "usr/lib/postgresql"));
  if (bin === undefined) throw new Error(`there is no postgres in ${unpacked}: delete it, and try again`);
  const { stdout } = await run("dpkg", ["--print-architecture"], { timeout: MINUTE_MS });
  const triplet = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" }[stdout.trim()] ?? "";
  const libraries = ["usr/lib", "lib"].map((folder) => path.join(unpacked, folder, triplet)).join(":");
  return { bin, libraries };
}

/** The package and all that it needs and this system lacks. */
async function unpackPackages(cacheDir: string, ready: string): Promise<void> {
  const work = path.join(cacheDir, `.fetch-${process.pid}-${randomBytes(4).toString("hex")}`);
  await mkdir(work, { recursive: true });
  try {
    const options = await listsOf(work);
    const { stdout } = await run("apt-cache", [...options, "depends", "postgresql"], { timeout: MINUTE_MS });
    const [, versioned] = /Depends: (postgresql-\d+)/.exec(stdout) ?? [];
    if (versioned === undefined) throw new Error("this distribution has no package postgresql");
    const planned = await run(
      "apt-get",
      [...options, "install", "--print-uris", "-qq", "-y", "--no-install-recommends", versioned],
      { timeout: MINUTE_MS },
    );
    const packages = planned.stdout
      .split("\n")
      .flatMap((line) => /^'[^']+' ([^_ ]+)_/.exec(line)?.[1] ?? [])
      .filter(
        (name) => !/^(libllvm|lib(clang|z3)|ssl-cert|perl|locales|debconf|ucf|systemd|tzdata)/.test(name),
      );
    await run("apt-get", [...options, "-q", "download", ...packages], { cwd: work, timeout: 5 * MINUTE_MS });
    const unpack = 'for package in ./*.deb; do dpkg-deb -x "$package" unpacked || exit 1; done';
    await run("/bin/sh", ["-c", unpack], { cwd: work, timeout: 5 * MINUTE_MS });
    await chmod(cacheDir, 0o755);
    await rename(path.join(work, "unpacked"), ready).catch((error: unknown) => {
      if (!existsSync(ready)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The system's package lists; lists of our own where it has none. */
async function listsOf(work: string): Promise<readonly string[]> {
  const known = await run("apt-cache", ["show", "postgresql"], { timeout: MINUTE_MS }).then(
    ({ stdout }) => stdout !== "",
    () => false,
  );
  if (known) return [];
  await mkdir(path.join(work, "lists/partial"), { recursive: true });
  await mkdir(path.join(work, "archives/partial"), { recursive: true });
  const own = ["-o", `Dir::State::Lists=${path.join(work, "lists")}`, "-o", `Dir::Cache=${work}`];
  const options = [...own, "-o", "APT::Sandbox::User="];
  await run("apt-get", [...options, "-q", "update"], { timeout: 5 * MINUTE_MS });
  return options;
}
