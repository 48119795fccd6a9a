import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { remoteLevers } from "../../src/cli/remote-levers.ts";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { tokenFile } from "../../src/wiring/local-secrets.ts";
import { ChosenStores } from "./chosen-stores.ts";

const SERVER = path.resolve("dist/server.mjs");
const READY_MS = 30_000;

export interface ControlPlaneProcessOptions {
  readonly etcd: string;
  readonly environments: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node's own, for a profile. */
  readonly execArgv?: readonly string[];
}

/** The real control plane as a process of its own, on one port for its whole life, which may be killed and started again. */
export class ControlPlaneProcess implements AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly #port: number;
  readonly #stores: ChosenStores;
  #options: ControlPlaneProcessOptions;
  #child: ChildProcess | undefined;
  #log = "";

  private constructor(
    options: ControlPlaneProcessOptions,
    port: number,
    dataDir: string,
    stores: ChosenStores,
  ) {
    this.#options = options;
    this.#stores = stores;
    this.#port = port;
    this.dataDir = dataDir;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(options: ControlPlaneProcessOptions): Promise<ControlPlaneProcess> {
    if (!existsSync(SERVER)) throw new Error("This test runs the built server. Type: npm run build");
    const [port = 0] = await freeLoopbackPorts(1);
    const server = new ControlPlaneProcess(
      options,
      port,
      await mkdtemp(path.join(tmpdir(), "leverframe-server-")),
      await ChosenStores.open(options.env),
    );
    await server.up();
    return server;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** What it logged since its first start. */
  get log(): string {
    return this.#log;
  }

  /** Points it at another etcd from its next start on. */
  use(options: Partial<ControlPlaneProcessOptions>): void {
    this.#options = { ...this.#options, ...options };
  }

  async up(): Promise<void> {
    const child = fork(SERVER, [], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: [...(this.#options.execArgv ?? [])],
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        NODE_ENV: "production",
        PORT: String(this.#port),
        ETCD_ENDPOINTS: this.#options.etcd,
        LEVERFRAME_DATA: this.dataDir,
        LEVERFRAME_ENVIRONMENTS: this.#options.environments,
        LOG_LEVEL: "warn",
        // A test that wants it asks for it: it costs half a second and 300 MB.
        LEVERFRAME_TELEMETRY: "off",
        LEVERFRAME_OTLP_HTTP_PORT: "0",
        LEVERFRAME_OTLP_GRPC_PORT: "0",
        ...this.#stores.env,
        ...this.#options.env,
      },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (part: Buffer) => (this.#log += part.toString()));
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the control plane did not start:\n${this.#log.slice(-2_000)}`)),
        READY_MS,
      );
      const settle = (work: () => void): void => {
        clearTimeout(timer);
        work();
      };
      child.once("message", () => settle(resolve));
      child.once("exit", (code) =>
        settle(() => reject(new Error(`the control plane ended with ${code}:\n${this.#log.slice(-2_000)}`))),
      );
    });
  }

  /** Where its database writes: below `dataDir`, or a server's directory. */
  get sqlDir(): string {
    return this.#stores.sqlDir ?? this.dataDir;
  }

  /** Resolves once it says that nothing is missing: a database server is found a moment after the start. */
  async ready(): Promise<void> {
    const until = performance.now() + READY_MS;
    for (;;) {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(READY_MS) });
      const { checks } = (await answer.json()) as {
        checks: Readonly<Record<string, { readonly ok: boolean }>>;
      };
      // Also of what it can serve without: it is ready as soon as levers move.
      if (Object.values(checks).every(({ ok }) => ok)) return;
      if (performance.now() > until) throw new Error(`something is missing: ${JSON.stringify(checks)}`);
      await sleep(50);
    }
  }

  async token(): Promise<string> {
    return (await readFile(tokenFile(this.dataDir), "utf8")).trim();
  }

  async levers(): Promise<ReturnType<typeof remoteLevers>> {
    return remoteLevers(this.url, await this.token());
  }

  /** SIGKILL, at this instant. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    child.kill(signal);
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#stores[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
