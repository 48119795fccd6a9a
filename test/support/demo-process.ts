import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { remoteLevers } from "../../src/cli/remote-levers.ts";
import { tokenFile } from "../../src/wiring/local-secrets.ts";

const DEMO = path.resolve("dist/demo.mjs");
const CLI = path.resolve("dist/cli.mjs");
const TROUBLE = path.resolve("dist/demo-trouble.mjs");
const READY_MS = 90_000;
/** Nothing of the test's own settings reaches a program under test. */
const ENV = { PATH: process.env["PATH"], HOME: process.env["HOME"], NODE_ENV: "production" } as const;

/** What the demo writes down for those who can't read a screen. */
export interface DemoPlaces {
  readonly console: string;
  readonly login: string;
  readonly shop: string;
  readonly window: string;
  readonly etcd: readonly string[];
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The demo as a newcomer runs it, in a data directory of its own and on free ports. */
export class DemoProcess implements AsyncDisposable {
  readonly dataDir: string;
  readonly places: DemoPlaces;
  readonly #child: ChildProcess;
  readonly #output: () => string;

  private constructor(dataDir: string, places: DemoPlaces, child: ChildProcess, output: () => string) {
    this.dataDir = dataDir;
    this.places = places;
    this.#child = child;
    this.#output = output;
  }

  static async start(
    options: {
      readonly dataDir?: string;
      readonly env?: Record<string, string>;
      readonly args?: readonly string[];
    } = {},
  ): Promise<DemoProcess> {
    if (!existsSync(DEMO)) throw new Error("This test runs the built demo. Type: npm run build");
    const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), "leverframe-demo-")));
    const child = spawn(process.execPath, [DEMO, ...(options.args ?? [])], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...ENV,
        PORT: "0",
        SHOP_PORT: "0",
        WINDOW_PORT: "0",
        LEVERFRAME_OTLP_HTTP_PORT: "0",
        LEVERFRAME_OTLP_GRPC_PORT: "0",
        LEVERFRAME_DATA: dataDir,
        ...options.env,
      },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => (text += part.toString()));
    const until = performance.now() + READY_MS;
    while (!text.includes("Ctrl-C stops")) {
      if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}:\n${text}`);
      if (performance.now() > until) {
        child.kill("SIGTERM");
        throw new Error(`the demo was not ready after ${READY_MS / 1000} s:\n${text}`);
      }
      await sleep(100);
    }
    const places = JSON.parse(await readFile(path.join(dataDir, "demo.json"), "utf8")) as DemoPlaces;
    return new DemoProcess(dataDir, places, child, () => text);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get output(): string {
    return this.#output();
  }

  async levers(): Promise<ReturnType<typeof remoteLevers>> {
    return remoteLevers(this.places.console, (await readFile(tokenFile(this.dataDir), "utf8")).trim());
  }

  /** `leverframe …` in a process of its own. */
  cli(...args: string[]): Promise<Ran> {
    return run([CLI, ...args], { LEVERFRAME_DATA: this.dataDir, LEVERFRAME_SERVER: this.places.console });
  }

  /** `npm run trouble -- …`. */
  trouble(...args: string[]): Promise<Ran> {
    return run([TROUBLE, ...args], { LEVERFRAME_DATA: this.dataDir });
  }

  /** A page of the shop, as a buyer gets it. */
  async shop(user = "u-1"): Promise<string> {
    const response = await fetch(`${this.places.shop}/?user=${user}`, {
      signal: AbortSignal.timeout(10_000),
    });
    return response.text();
  }

  /** Sends a signal and waits for the end; resolves with the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.#child.once("exit", (code) => resolve(code)));
    this.#child.kill(signal);
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGTERM");
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Runs a program of ours to its end. */
export function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...ENV, ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    child.on("error", reject);
    child.on("exit", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
