import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const PROGRAM = join(import.meta.dirname, "../../agent/src/sidecar/main.ts");
const START_MS = 20_000;

/** `{ port: "0" }` as its command line. */
export const sidecarArgs = (flags: Readonly<Record<string, string>>): string[] => [
  "sidecar",
  ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
];

/** `leverframe-agent sidecar` as a process of its own, from source. */
export class SidecarProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  url = "";
  #output = "";

  private constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(
      process.execPath,
      ["--import", "tsx", "--conditions=leverframe-source", PROGRAM, ...args],
      {
        env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (part: Buffer) => (this.#output += part.toString()));
    }
  }

  /** Resolves once it answers. */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<SidecarProcess> {
    const sidecar = new SidecarProcess(args, env);
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no sidecar:\n${sidecar.#output}`)), START_MS);
      sidecar.#child.once("exit", () => reject(new Error(`the sidecar ended:\n${sidecar.#output}`)));
      sidecar.#child.stdout?.on("data", () => {
        const found = /answers at (\S+)/.exec(sidecar.#output)?.[1];
        if (found === undefined) return;
        sidecar.url = found;
        clearTimeout(late);
        resolve();
      });
    });
    return sidecar;
  }

  /** Runs it to its own end; for what it refuses. */
  static async fails(
    args: readonly string[],
  ): Promise<{ readonly code: number | null; readonly output: string }> {
    const sidecar = new SidecarProcess(args, {});
    const code = await new Promise<number | null>((resolve) => sidecar.#child.once("exit", resolve));
    return { code, output: sidecar.#output };
  }

  /** SIGTERM; gives the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}
