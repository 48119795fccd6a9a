import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** What an HTTP service in a process of its own is to be; told as JSON. */
export interface HttpServiceOptions {
  readonly env: string;
  readonly service: string;
  readonly instance: string;
  readonly endpoints: readonly string[];
  readonly zone?: string;
  /** How long an answer takes, in ms. Default 0. */
  readonly workMs?: number;
  /** At most so many answers are worked on at once; more wait. Default: no bound. */
  readonly workers?: number;
}

const PROGRAM = join(import.meta.dirname, "http-service-program.ts");

/** A real HTTP server with an agent, in a process of its own. It ends with the channel, so that no test leaves it behind. */
export class HttpService implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly instance: string;

  static async start(options: HttpServiceOptions): Promise<HttpService> {
    const service = new HttpService(options);
    await new Promise<void>((resolve, reject) => {
      service.#child.once("message", () => resolve());
      service.#child.once("exit", (code) => reject(new Error(`${options.instance} ended with ${code}`)));
    });
    return service;
  }

  private constructor(options: HttpServiceOptions) {
    this.instance = options.instance;
    this.#child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ["--import", "tsx", "--conditions=leverframe-source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  /** At once, as by a machine that burns. */
  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill("SIGKILL"));
  }

  /** The graceful way; resolves when the process has ended by itself. */
  async stop(): Promise<void> {
    await this.#end(() => this.#child.send("stop"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #end(ask: () => unknown): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    ask();
    await ended;
  }
}
