import { type ChildProcess, fork } from "node:child_process";
import { monotonicMs } from "../clock.ts";
import type { Log } from "../log.ts";

export interface ProgramOptions<Ready> {
  /** For the log and for people. */
  readonly name: string;
  readonly file: string;
  /** Sent first, at each start. */
  readonly orders: () => object;
  /** Reads the program's first message; throws for one that means nothing. */
  readonly read: (message: unknown) => Ready;
  /** Told when it answers, at each start. */
  readonly onReady: (ready: Ready) => void;
  /** Told when it is gone or hangs, before it is started again. */
  readonly onGone: () => void;
  /** Told of whatever else it says. */
  readonly onMessage?: (message: unknown) => void;
  readonly env?: Readonly<Record<string, string>>;
  readonly log: Log;
}

const READY_MS = 30_000;
const PING_MS = 2_000;
/** A program that answers no ping for so long hangs. */
const SILENT_MS = 20_000;
const BACKOFF_MS = { first: 250, most: 10_000 };
const STOP_MS = 4_000;
const TAIL_CHARS = 2_000;

/**
 * A program of ours that runs for as long as we do: started again, ever later, when it ends or hangs; killed when it
 * does not stop. It has a channel to us, sees it close, and goes then, however we went.
 */
export class SupervisedProgram<Ready> {
  readonly #options: ProgramOptions<Ready>;
  #child: ChildProcess | undefined;
  #ready = false;
  #stopped = false;
  #backoffMs = BACKOFF_MS.first;
  #tail = "";
  #heardAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #pings: NodeJS.Timeout;

  constructor(options: ProgramOptions<Ready>) {
    this.#options = options;
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Undefined while it answers; else why not. */
  get unavailable(): string | undefined {
    if (this.#ready) return undefined;
    const last = this.#tail.trim().split("\n").at(-1) ?? "";
    return last === ""
      ? `the ${this.#options.name} is starting`
      : `the ${this.#options.name} is down: ${last}`;
  }

  /** Lost where it is not there: whoever starts it sends its orders again. */
  send(message: object): void {
    if (this.#ready) this.#child?.send(message, () => undefined);
  }

  /** SIGTERM, after 4 s SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#pings);
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
  }

  #start(): void {
    const { file, name, env, log } = this.#options;
    const child = fork(file, [], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // Under tsx a program is a source file, and needs what runs us.
      execArgv: file.endsWith(".ts") ? process.execArgv : [],
      env: { PATH: "/usr/bin:/bin", NODE_ENV: "production", ...env },
      serialization: "advanced",
    });
    this.#child = child;
    this.#tail = "";
    this.#heardAtMs = monotonicMs();
    child.stderr?.on("data", (part: Buffer) => {
      this.#tail = (this.#tail + part.toString()).slice(-TAIL_CHARS);
    });
    child.on("message", (message) => this.#heard(child, message));
    child.on("error", (error) => log.error({ err: error }, `the ${name} could not be reached`));
    child.once("exit", (code, signal) => this.#gone(child, signal ?? `code ${code}`));
    child.send(this.#options.orders(), () => undefined);
  }

  #heard(child: ChildProcess, message: unknown): void {
    if (child !== this.#child) return;
    this.#heardAtMs = monotonicMs();
    if (message === "pong") return;
    if (this.#ready) return this.#options.onMessage?.(message);
    try {
      const ready = this.#options.read(message);
      this.#ready = true;
      this.#backoffMs = BACKOFF_MS.first;
      this.#options.onReady(ready);
    } catch (error) {
      this.#options.log.error({ err: error }, `the ${this.#options.name} said something that means nothing`);
      child.kill("SIGKILL");
    }
  }

  #ping(): void {
    const child = this.#child;
    if (child === undefined) return;
    if (monotonicMs() - this.#heardAtMs > (this.#ready ? SILENT_MS : READY_MS)) {
      this.#options.log.error(`the ${this.#options.name} hangs: it is killed and started again`);
      child.kill("SIGKILL");
    } else if (this.#ready) child.send("ping", () => undefined);
  }

  #gone(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    this.#ready = false;
    this.#options.onGone();
    if (this.#stopped) return;
    const { name, log } = this.#options;
    if (this.#tail === "") this.#tail = `it ended by ${how}`;
    log.warn({ why: this.#tail.trim().slice(-300) }, `the ${name} ended (${how}): it is started again`);
    this.#timer = setTimeout(() => this.#start(), this.#backoffMs).unref();
    this.#backoffMs = Math.min(BACKOFF_MS.most, this.#backoffMs * 2);
  }
}
