import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type {
  AgentOptions,
  AgentStatus,
  Balancing,
  BreakerStats,
  ServiceInstance,
  SwitchAnswer,
} from "@leverframe/agent";
import type { Context } from "@leverframe/agent/rules";

/** What can be told to another process as JSON. */
export interface AgentProgramOptions {
  readonly agent: Omit<AgentOptions, "logger" | "etcd"> & {
    readonly etcd: { readonly endpoints: readonly string[] };
  };
  /** Declared before the start. Configs have the schema `{ limit: whole number from 1 }` and the default -1. */
  readonly switches?: readonly string[];
  readonly configs?: readonly string[];
  readonly breakers?: readonly string[];
  /** Notes which switches are degraded at each `applied`. */
  readonly recordEach?: boolean;
}

export type Question = { readonly id: number } & (
  | { readonly ask: "start" | "status" | "seen" | "close" }
  | { readonly ask: "switch"; readonly name: string; readonly context?: Context; readonly times?: number }
  | { readonly ask: "config" | "breaker" | "fail" | "declare"; readonly name: string }
  | { readonly ask: "pick" | "instances" | "balancing"; readonly service: string }
);
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

type Ask = Question extends infer Each ? (Each extends { id: number } ? Omit<Each, "id"> : never) : never;

const PROGRAM = join(import.meta.dirname, "agent-program.ts");
const ANSWER_MS = 30_000;

/** An agent in a process of its own: it can be killed, stopped and restarted as a service's can. */
export class AgentProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #up: Promise<unknown>;
  #next = 1;
  #errors = "";

  /** Spawns it and starts the agent. */
  static async start(options: AgentProgramOptions): Promise<AgentProcess> {
    const process = new AgentProcess(options);
    await process.#up;
    await process.ask({ ask: "start" });
    return process;
  }

  /** Spawns it; the agent does not start before it is asked. */
  static async spawn(options: AgentProgramOptions): Promise<AgentProcess> {
    const process = new AgentProcess(options);
    await process.#up;
    return process;
  }

  private constructor(options: AgentProgramOptions) {
    this.#child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ["--import", "tsx", "--conditions=leverframe-source"],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (chunk) => {
      this.#errors = `${this.#errors}${String(chunk)}`.slice(-8_000);
    });
    this.#child.on("message", (answer: Answer) => this.#waiting.get(answer.id)?.(answer));
    this.#child.on("exit", () => {
      for (const give of this.#waiting.values())
        give({ id: -1, error: `the agent's process ended: ${this.#errors}` });
    });
    this.#up = this.#answerTo(0);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it wrote to its log, from the end. */
  get log(): string {
    return this.#errors;
  }

  ask(question: Ask): Promise<unknown> {
    const id = this.#next++;
    const answered = this.#answerTo(id);
    this.#child.send({ ...question, id });
    return answered;
  }

  async status(): Promise<AgentStatus> {
    return (await this.ask({ ask: "status" })) as AgentStatus;
  }
  async switch(name: string, o: { context?: Context; times?: number } = {}): Promise<SwitchAnswer> {
    return (await this.ask({ ask: "switch", name, ...o })) as SwitchAnswer;
  }
  async isDegraded(name: string): Promise<boolean> {
    return (await this.switch(name)).degraded;
  }
  async config(name: string): Promise<{ limit: number }> {
    return (await this.ask({ ask: "config", name })) as { limit: number };
  }
  async breaker(name: string): Promise<BreakerStats> {
    return (await this.ask({ ask: "breaker", name })) as BreakerStats;
  }
  /** A call through a breaker that fails; false where it was not let through. */
  async fail(name: string): Promise<boolean> {
    return (await this.ask({ ask: "fail", name })) as boolean;
  }
  async pick(service: string): Promise<ServiceInstance | undefined> {
    return (await this.ask({ ask: "pick", service })) as ServiceInstance | undefined;
  }
  async balancing(service: string): Promise<Balancing> {
    return (await this.ask({ ask: "balancing", service })) as Balancing;
  }
  /** Instance → state. */
  async instances(service: string): Promise<Record<string, string>> {
    const list = (await this.ask({ ask: "instances", service })) as readonly ServiceInstance[];
    return Object.fromEntries(list.map(({ instance, state }) => [instance, state]));
  }

  /** The graceful way. Resolves when the process has ended by itself, and gives how long the agent's close took. */
  async close(): Promise<number> {
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    const fromMs = performance.now();
    await this.ask({ ask: "close" });
    const tookMs = performance.now() - fromMs;
    const late = new Promise<never>((_, reject) => {
      setTimeout(
        () => reject(new Error("the agent left something that keeps the process alive")),
        5_000,
      ).unref();
    });
    await Promise.race([ended, late]);
    return tookMs;
  }

  /** Sends a signal, and waits for the end where it is a deadly one. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`no answer from the agent's process: ${this.#errors}`)),
        ANSWER_MS,
      );
      this.#waiting.set(id, ({ value, error }) => {
        clearTimeout(late);
        this.#waiting.delete(id);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      });
    });
  }
}
