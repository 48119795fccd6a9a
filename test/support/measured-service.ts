import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

export interface MeasuredServiceOptions {
  readonly env: string;
  readonly service: string;
  readonly instance: string;
  readonly version?: string;
  readonly endpoints: readonly string[];
  /** Of its own at itself; each tenth fails. */
  readonly requestsPerSecond: number;
}

const PROGRAM = join(import.meta.dirname, "measured-service-program.ts");

/**
 * A real service with an agent and its `/metrics`, in a process of its own, which serves a steady stream of requests. Its
 * config `work` says how long an answer takes: `{ms}`, 20 without it.
 */
export class MeasuredService implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves once it is registered. */
  static async start(options: MeasuredServiceOptions): Promise<MeasuredService> {
    const child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ["--import", "tsx", "--conditions=leverframe-source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    await new Promise<void>((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("exit", (code) => reject(new Error(`${options.instance} ended with ${code}`)));
    });
    return new MeasuredService(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}
