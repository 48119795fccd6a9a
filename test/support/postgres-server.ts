import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { openClient } from "../../src/infra/sql/adapters.ts";
import { findPostgres, type PostgresProgram } from "./postgres-program.ts";

const run = promisify(execFile);
const START_MS = 30_000;
const STOP_MS = 15_000;
const NOBODY = "nobody";

/** Runs it as a grandchild that dies with us however we die: when our end of its standard input closes. Says its pid first. */
const KEEPER =
  'exec 3<&0; "$@" </dev/null & p=$!; echo $p; { cat <&3 >/dev/null; kill -9 $p 2>/dev/null; } & w=$!; wait $p; kill -9 $w';

/** A real PostgreSQL of a test: its own directory and port, which stay the same over restarts. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #dir: string;
  readonly #program: PostgresProgram;
  readonly #user: { readonly uid?: number; readonly gid?: number };
  #child: ChildProcess | undefined;
  #pid = 0;
  #log = "";

  private constructor(
    port: number,
    dir: string,
    program: PostgresProgram,
    user: { uid?: number; gid?: number },
  ) {
    this.port = port;
    this.#dir = dir;
    this.#program = program;
    this.#user = user;
  }

  /** Makes an empty cluster and waits until it answers. Fails with the line to type where there is no PostgreSQL. */
  static async start(): Promise<PostgresServer> {
    const program = await findPostgres();
    const [port = 0] = await freeLoopbackPorts(1);
    const dir = await mkdtemp(path.join(tmpdir(), "leverframe-postgres-"));
    const user = await unprivileged();
    if (user.uid !== undefined) await chown(dir, user.uid, user.gid ?? user.uid);
    const server = new PostgresServer(port, dir, program, user);
    try {
      const flags = ["-U", "leverframe", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
      await run(path.join(program.bin, "initdb"), ["-D", path.join(dir, "data"), ...flags], {
        timeout: START_MS,
        ...server.#spawning(),
      });
      await server.up();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Everything that it has written, its log of changes too. */
  get dir(): string {
    return this.#dir;
  }

  /** Of one of its databases; `postgres` is there from the start. */
  url(database = "postgres", port = this.port): string {
    return `postgresql://leverframe@127.0.0.1:${port}/${database}`;
  }

  /** An empty database of its own. Gives its URL. */
  async createDatabase(name: string): Promise<string> {
    await this.execute(`CREATE DATABASE "${name}"`);
    return this.url(name);
  }

  async execute(sql: string, database = "postgres"): Promise<void> {
    const { client } = openClient(this.url(database));
    try {
      await client.$executeRawUnsafe(sql);
    } finally {
      await client.$disconnect();
    }
  }

  /** Runs it (again) on the same port and data, and waits until it answers. */
  async up(): Promise<void> {
    if (this.#child !== undefined) throw new Error("PostgreSQL is already running");
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      shared_buffers: "32MB",
      max_connections: "60",
      jit: "off",
      timezone: "GMT",
      log_timezone: "GMT",
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const command = [
      path.join(this.#program.bin, "postgres"),
      "-D",
      path.join(this.#dir, "data"),
      "-p",
      `${this.port}`,
    ];
    const child = spawn("/bin/sh", ["-c", KEEPER, "sh", ...command, ...flags], {
      stdio: ["pipe", "pipe", "pipe"],
      ...this.#spawning(),
    });
    this.#child = child;
    this.#log = "";
    child.stdin.on("error", () => undefined);
    child.stderr.on("data", (part: Buffer) => (this.#log += part.toString()));
    child.stdout.once("data", (part: Buffer) => (this.#pid = Number(part.toString().trim())));
    const until = performance.now() + START_MS;
    for (;;) {
      if (await this.#answers()) return;
      if (child.exitCode !== null || performance.now() > until) {
        throw new Error(`PostgreSQL did not start:\n${this.#log.slice(-2_000)}`);
      }
      await sleep(50);
    }
  }

  /** As an operator stops it: connections are cut. */
  stop(): Promise<void> {
    return this.#end("SIGINT");
  }

  /** Without any warning. */
  kill(): Promise<void> {
    return this.#end("SIGQUIT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGINT");
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    if (this.#pid > 1) process.kill(this.#pid, signal);
    const timer = setTimeout(() => child.stdin?.end(), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  #spawning(): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
    const { libraries } = this.#program;
    return {
      cwd: this.#dir,
      env: {
        NODE_ENV: "test",
        PATH: process.env["PATH"],
        LC_ALL: "C",
        ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }),
      },
      ...this.#user,
    };
  }

  async #answers(): Promise<boolean> {
    const { client } = openClient(this.url());
    try {
      await client.$queryRawUnsafe("SELECT 1");
      return true;
    } catch {
      return false;
    } finally {
      await client.$disconnect();
    }
  }
}

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const idOf = async (flag: string): Promise<number> =>
    Number((await run("id", [flag, NOBODY])).stdout.trim());
  return { uid: await idOf("-u"), gid: await idOf("-g") };
}
