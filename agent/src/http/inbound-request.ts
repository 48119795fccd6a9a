import type { IncomingMessage, ServerResponse } from "node:http";
import type { Agent } from "../agent/agent.ts";
import { type CallContext, NO_CONTEXT, readContext, runInContext, writeContext } from "../context/index.ts";
import { LOAD_HEADER, type ProcessBusyness, writeLoad } from "../load/index.ts";
import { isSpent, LimitReachedError, RETRY_HEADER } from "../policy/index.ts";
import { type ActiveSpan, activeTracer } from "../tracing/index.ts";
import { httpMetrics } from "./http-metrics.ts";

/** What the adapters for servers need of an agent. */
export type ServingAgent = Pick<Agent, "takesCalls" | "metrics" | "policy">;

export interface ServerOptions {
  /**
   * The name of the `limit` lever that a request must pass; undefined: none. Default: none. A refused one is answered 429 with
   * `Retry-After`. Names should be few: one a route, never one a path.
   */
  readonly limit?: (request: IncomingMessage) => string | undefined;
  /** How busy this process is, told with each answer: a `CpuSampler`. Default: nothing is told. */
  readonly load?: ProcessBusyness;
  /** Counts served requests in the agent's metrics. Default true. */
  readonly metrics?: boolean;
}

const SECOND_MS = 1_000;

/**
 * One request at this server: its context, its end, its answer's headers. The signal of the context ends when the caller
 * hangs up or its deadline passes. An instance that takes no calls asks each caller to connect anew.
 */
export class InboundRequest {
  readonly context: CallContext;
  readonly #agent: ServingAgent;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: ServerOptions;
  readonly #brought: ReadonlySet<string>;
  readonly #ends = new AbortController();
  readonly #closed: Promise<void>;
  #span: ActiveSpan | undefined;
  /** The route's template, as far as it is known when the answer has ended. */
  route: () => string = () => "other";

  constructor(
    agent: ServingAgent,
    request: IncomingMessage,
    response: ServerResponse,
    options: ServerOptions,
  ) {
    this.#agent = agent;
    this.#request = request;
    this.#response = response;
    this.#options = options;
    const beganMs = performance.now();
    this.context = readContext(readerOf(request), beganMs, this.#ends.signal);
    this.#brought = new Set(this.context.degraded);
    const stopDeadline = this.#endAtDeadline(beganMs);
    this.#closed = new Promise((resolve) => {
      response.once("close", () => {
        stopDeadline();
        if (!response.writableFinished) this.#ends.abort(new Error("the caller hung up"));
        this.#count(beganMs);
        this.#endSpan();
        resolve();
      });
    });
    this.#prepare();
  }

  /** Answers by itself where no work is to begin: 504 after the deadline. False: the work may begin. */
  refuse(): boolean {
    this.#beginSpan();
    const { deadlineMs } = this.context;
    if (deadlineMs === undefined || deadlineMs > performance.now()) return false;
    this.answer(504, "the caller's deadline was over on arrival");
    return true;
  }

  /** Runs `work` for the request, once its limit lets it begin; holds the limit's place until the answer has ended. */
  run(work: () => void): void {
    const limit = this.#options.limit?.(this.#request);
    if (limit === undefined) {
      this.within(work);
      return;
    }
    let begun = false;
    const held = async (): Promise<void> => {
      begun = true;
      // The call narrows the deadline; the work goes by the request's own.
      this.within(work);
      await this.#closed;
    };
    const call = (): Promise<void> => this.#agent.policy(limit, { breaker: false, kind: "own" }).call(held);
    runInContext(this.context, call).catch((error: unknown) => {
      // Once it has begun, the answer is the work's.
      if (!begun) this.#refused(error);
    });
  }

  /** Runs a part of the work in the request's context, and within its span. */
  within(work: () => void): void {
    if (this.#span === undefined) runInContext(this.context, work);
    else this.#span.run(() => runInContext(this.context, work));
  }

  /**
   * Answers what the work threw, unless an answer has begun: then the connection ends. 503 where a callee of ours can't be
   * asked just now, 504 where time ran out, else 500; and that retries were made already, where they were.
   */
  fail(error: unknown): void {
    if (this.#response.headersSent) {
      this.#response.destroy();
      return;
    }
    const spent = isSpent(error) ? { [RETRY_HEADER]: "no" } : {};
    this.answer(statusOf(error), "the request could not be served", spent);
  }

  /** Answers where the limit did not let the work begin. */
  #refused(error: unknown): void {
    if (!(error instanceof LimitReachedError)) {
      this.fail(error);
      return;
    }
    const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? SECOND_MS) / SECOND_MS));
    this.answer(429, "too many requests for now", { "retry-after": String(seconds) });
  }

  /** A short answer in text. */
  answer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    this.#response
      .writeHead(status, { ...headers, "content-type": "text/plain; charset=utf-8" })
      .end(`${text}\n`);
  }

  #endAtDeadline(nowMs: number): () => void {
    const { deadlineMs } = this.context;
    if (deadlineMs === undefined) return () => undefined;
    const timer = setTimeout(
      () => this.#ends.abort(new Error("the caller's deadline is over")),
      Math.max(0, deadlineMs - nowMs),
    );
    timer.unref();
    return () => clearTimeout(timer);
  }

  /** Headers are added when they are sent: only then is it known what was degraded. */
  #prepare(): void {
    const response = this.#response;
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    const withOurs = (...args: unknown[]): ServerResponse => {
      this.#addHeaders();
      return writeHead(...args);
    };
    response.writeHead = withOurs;
  }

  #addHeaders(): void {
    const response = this.#response;
    if (response.headersSent) return;
    const { load } = this.#options;
    if (load !== undefined) response.setHeader(LOAD_HEADER, writeLoad(load.cpuUtilization));
    if (!this.#agent.takesCalls) response.setHeader("connection", "close");
    const degraded = this.context.degraded.filter((lever) => !this.#brought.has(lever));
    if (degraded.length === 0) return;
    const baggage = response.getHeader("baggage");
    const told: CallContext = { ...NO_CONTEXT, degraded };
    const write = (name: string, value: string): void => void response.setHeader(name, value);
    writeContext(told, write, 0, typeof baggage === "string" ? baggage : undefined);
  }

  #beginSpan(): void {
    const tracer = activeTracer();
    if (tracer === undefined) return;
    const { method = "other", url = "/" } = this.#request;
    const route = this.route();
    const [path = "/"] = url.split("?");
    this.#span = tracer.start({
      kind: "server",
      name: route === "other" ? method : `${method} ${route}`,
      attributes: {
        "http.request.method": method,
        "url.path": path,
        ...(route === "other" ? {} : { "http.route": route }),
      },
      parent: readerOf(this.#request),
    });
  }

  #endSpan(): void {
    const span = this.#span;
    if (span === undefined) return;
    const { writableFinished, statusCode } = this.#response;
    const route = this.route();
    if (route !== "other") {
      span.rename(`${this.#request.method ?? "other"} ${route}`);
      span.set("http.route", route);
    }
    span.set("http.response.status_code", writableFinished ? statusCode : 499);
    const degraded = this.context.degraded.filter((lever) => !this.#brought.has(lever));
    if (degraded.length > 0) span.set("leverframe.degraded", degraded);
    span.end(statusCode >= 500 ? `answered ${statusCode}` : undefined);
  }

  #count(beganMs: number): void {
    if (this.#options.metrics === false) return;
    const { method = "other" } = this.#request;
    const { writableFinished, statusCode } = this.#response;
    // 499: the caller was gone before the answer was (nginx).
    const status = writableFinished ? statusCode : 499;
    httpMetrics(this.#agent.metrics)({
      route: this.route(),
      method,
      status,
      tookMs: performance.now() - beganMs,
    });
  }
}

const readerOf =
  ({ headers }: IncomingMessage) =>
  (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(",") : value;
  };

const STATUS_BY_CODE: ReadonlyMap<unknown, number> = new Map([
  ["BREAKER_OPEN", 503],
  ["CALL_DEGRADED", 503],
  ["LIMIT_REACHED", 503],
  ["NO_INSTANCE", 503],
  ["CALL_TIMEOUT", 504],
  ["ATTEMPT_TIMEOUT", 504],
  ["DEADLINE_EXCEEDED", 504],
]);

function statusOf(error: unknown): number {
  let at = error;
  for (let depth = 0; depth < 5 && typeof at === "object" && at !== null; depth++) {
    const status = "code" in at ? STATUS_BY_CODE.get(at.code) : undefined;
    if (status !== undefined) return status;
    at = "cause" in at ? at.cause : undefined;
  }
  return 500;
}
