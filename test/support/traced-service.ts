import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { MessageHeaders } from "@leverframe/agent/otel";

/** What a traced service in a process of its own is to be; told as JSON. */
export interface TracedServiceOptions {
  readonly env: string;
  /** `order` serves HTTP, calls inventory and sends a message; `inventory` serves gRPC; `mailer` handles messages. */
  readonly service: "order" | "inventory" | "mailer";
  readonly endpoints: readonly string[];
  /** Where OTLP is taken; it is told by the standard variables. */
  readonly otlp: string;
  /** Default: one that only a receiver of ours takes. */
  readonly token?: string;
}

/** A message on its way between processes, with its headers as they were sent. */
export interface Message {
  readonly destination: string;
  readonly headers: MessageHeaders;
  readonly value: string;
}

const PROGRAM = join(import.meta.dirname, "traced-service-program.ts");

/** A real service with an agent and OpenTelemetry, in a process of its own. It ends with the channel. */
export class TracedService implements AsyncDisposable {
  readonly #child: ChildProcess;
  #port = 0;
  /** What it sent to the broker, which is the test. */
  readonly sent: Message[] = [];

  static async start(options: TracedServiceOptions): Promise<TracedService> {
    const service = new TracedService(options);
    await new Promise<void>((resolve, reject) => {
      service.#child.once("message", (message) => {
        service.#port = (message as { port: number }).port;
        service.#child.on("message", (sent) => service.sent.push(sent as Message));
        resolve();
      });
      service.#child.once("exit", (code) => reject(new Error(`${options.service} ended with ${code}`)));
    });
    return service;
  }

  private constructor(options: TracedServiceOptions) {
    this.#child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ["--import", "tsx", "--conditions=leverframe-source"],
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: options.otlp,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${options.token ?? "ingest-token"}`,
        OTEL_RESOURCE_ATTRIBUTES: "team=trade",
      },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Hands it a message of the broker. */
  deliver(message: Message): void {
    this.#child.send(message);
  }

  /** The graceful way: it delivers what it has to tell. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.send("stop");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}
