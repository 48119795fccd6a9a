import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Etcd, EtcdError, type EtcdOptions, openEtcd } from "@leverframe/agent/etcd";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { etcdProcessEnvironment, findEtcdProgram } from "../../src/infra/etcd/program.ts";

const CACHE_DIR = resolve(import.meta.dirname, "../../.leverframe/cache/etcd");

/** The path of `etcd` or `etcdctl` for tests; fetched into the project's cache where it is missing. */
export const etcdProgram = (program: "etcd" | "etcdctl"): Promise<string> =>
  findEtcdProgram({ program, cacheDir: CACHE_DIR });

export interface EtcdServerOptions {
  /** Further flags, such as `--max-request-bytes=33554432`. */
  readonly flags?: readonly string[];
  /** Certificates: serves TLS, and asks for a client's where a CA is given. */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    readonly clientCa?: string;
    /** To ask it with, where it wants no client's certificate. */
    readonly ca?: Buffer;
  };
}

/**
 * Runs etcd as a grandchild that dies with us however we die: when our end of its standard input closes, it is killed.
 * Says etcd's own pid first.
 */
const KEEPER =
  'exec 3<&0; "$@" </dev/null & p=$!; echo $p; { cat <&3 >/dev/null; kill -9 $p 2>/dev/null; } & w=$!; wait $p; kill -9 $w';

interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

/** A real etcd of a test: its own directory and ports, which stay the same over restarts. */
export class EtcdServer implements AsyncDisposable {
  readonly endpoint: string;
  readonly clientPort: number;
  readonly dir: string;
  readonly #options: EtcdServerOptions;
  readonly #member: Member;
  readonly #cluster: readonly Member[];
  readonly #token: string;
  #child: ChildProcess | undefined;
  #pid: number | undefined;
  #spawning: Promise<void> = Promise.resolve();
  #lives = 0;

  /** Starts one member and waits until it is ready. */
  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    const [server] = await EtcdServer.startCluster(1, options);
    if (!server) throw new Error("a cluster of one has a member");
    return server;
  }

  /** Starts a cluster and waits until each member is ready. */
  static async startCluster(size: number, options: EtcdServerOptions = {}): Promise<EtcdServer[]> {
    const ports = await freeLoopbackPorts(size * 2);
    const cluster = Array.from({ length: size }, (_, i): Member => {
      return { name: `m${i}`, clientPort: ports[2 * i] ?? 0, peerPort: ports[2 * i + 1] ?? 0 };
    });
    const token = randomBytes(8).toString("hex");
    const servers = await Promise.all(
      cluster.map(
        async (member) =>
          new EtcdServer(member, cluster, token, options, await mkdtemp(join(tmpdir(), "leverframe-etcd-"))),
      ),
    );
    try {
      await Promise.all(servers.map((server) => server.up()));
    } catch (error) {
      await Promise.all(servers.map((server) => server.close()));
      throw error;
    }
    return servers;
  }

  private constructor(
    member: Member,
    cluster: readonly Member[],
    token: string,
    options: EtcdServerOptions,
    dir: string,
  ) {
    this.#member = member;
    this.#cluster = cluster;
    this.#token = token;
    this.#options = options;
    this.dir = dir;
    this.clientPort = member.clientPort;
    this.endpoint = `${options.tls ? "https" : "http"}://127.0.0.1:${member.clientPort}`;
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  /** Runs it (again), on the same ports and data, and waits until it is ready. */
  async up(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Runs it without waiting. */
  launch(): void {
    if (this.#child) throw new Error("etcd is already running");
    this.#lives++;
    this.#spawning = this.#spawn();
  }

  async #spawn(): Promise<void> {
    const scheme = this.#options.tls ? "https" : "http";
    const own = this.#member;
    const args = [
      `--name=${own.name}`,
      `--data-dir=${join(this.dir, "data")}`,
      `--listen-client-urls=${scheme}://127.0.0.1:${own.clientPort}`,
      `--advertise-client-urls=${scheme}://127.0.0.1:${own.clientPort}`,
      `--listen-peer-urls=http://127.0.0.1:${own.peerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${own.peerPort}`,
      `--initial-cluster=${this.#cluster.map((m) => `${m.name}=http://127.0.0.1:${m.peerPort}`).join(",")}`,
      `--initial-cluster-token=${this.#token}`,
      "--logger=zap",
      "--unsafe-no-fsync",
      ...tlsFlags(this.#options.tls),
      ...(this.#options.flags ?? []),
    ];
    const command = [await etcdProgram("etcd"), ...(await supported(args))];
    const child = spawn("/bin/sh", ["-c", KEEPER, "sh", ...command], {
      stdio: ["pipe", "pipe", "pipe"],
      env: etcdProcessEnvironment(),
    });
    child.stderr.pipe(createWriteStream(join(this.dir, `etcd-${this.#lives}.log`)));
    this.#child = child;
    child.once("exit", () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#pid = undefined;
    });
    this.#pid = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.stdout.once("data", (line) => resolve(Number(String(line))));
    });
  }

  /** Waits until it answers a linearizable read. Throws with the end of its log. */
  async ready(deadlineMs = 20_000): Promise<void> {
    await this.#spawning;
    const untilMs = performance.now() + deadlineMs;
    if (this.#options.tls?.clientCa) return this.#serving(untilMs);
    const ca = this.#options.tls?.ca;
    const etcd = this.open({ deadlineMs: 1_000, ...(ca ? { tls: { ca } } : {}) });
    try {
      for (;;) {
        const answer = await etcd.range({ key: "ready", countOnly: true }).catch((error: unknown) => error);
        // Refused for want of a password, it is ready as well.
        if (!(answer instanceof Error) || (answer instanceof EtcdError && answer.code === "AUTH")) return;
        if (performance.now() > untilMs || !this.#child)
          throw new Error(`etcd is not ready: ${String(answer)}\n${await this.logTail()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } finally {
      etcd.close();
    }
  }

  /** For a server that lets nobody in without a certificate: its log says it. */
  async #serving(untilMs: number): Promise<void> {
    while (!(await this.logTail(200_000)).includes("serving client traffic")) {
      if (performance.now() > untilMs || !this.#child)
        throw new Error(`etcd is not ready\n${await this.logTail()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** A client of this member. */
  open(options: Omit<EtcdOptions, "endpoints"> = {}): Etcd {
    return openEtcd({ endpoints: [this.endpoint], ...options });
  }

  async logTail(bytes = 2_000): Promise<string> {
    return (await readFile(join(this.dir, `etcd-${this.#lives}.log`), "utf8").catch(() => "")).slice(-bytes);
  }

  /** Sends a signal, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void {
    if (this.#pid !== undefined) process.kill(this.#pid, signal);
  }

  /** kill -9, and waits until it is gone. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** SIGTERM, SIGKILL after 5 s. */
  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  /** Another life of the data on the same ports: kills it, deletes all, runs it. */
  async wipe(): Promise<void> {
    await this.kill();
    await rm(join(this.dir, "data"), { recursive: true, force: true });
    await this.up();
  }

  /** Stops it and deletes its directory. */
  async close(): Promise<void> {
    await this.#spawning.catch(() => undefined);
    await this.kill();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#spawning.catch(() => undefined);
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const late = setTimeout(() => this.signal("SIGKILL"), 5_000);
    this.signal("SIGCONT");
    this.signal(signal);
    await gone;
    clearTimeout(late);
  }
}

function tlsFlags(tls: EtcdServerOptions["tls"]): string[] {
  if (!tls) return [];
  return [
    `--cert-file=${tls.cert}`,
    `--key-file=${tls.key}`,
    ...(tls.clientCa ? ["--client-cert-auth", `--trusted-ca-file=${tls.clientCa}`] : []),
  ];
}

let help: Promise<string> | undefined;

/** Leaves out what this version of etcd does not know: 3.4 has no `--unsafe-no-fsync`. */
async function supported(args: readonly string[]): Promise<string[]> {
  help ??= etcdProgram("etcd").then(
    (file) =>
      new Promise<string>((resolve) => {
        const child = spawn(file, ["--help"], {
          stdio: ["ignore", "pipe", "pipe"],
          env: etcdProcessEnvironment(),
        });
        let text = "";
        for (const stream of [child.stdout, child.stderr])
          stream.on("data", (chunk) => (text += String(chunk)));
        child.once("close", () => resolve(text));
      }),
  );
  const known = await help;
  return args.filter((arg) => known.includes(arg.split("=")[0] ?? arg));
}
