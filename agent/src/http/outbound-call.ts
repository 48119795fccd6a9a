import type { Agent } from "../agent/agent.ts";
import {
  type CallContext,
  currentContext,
  noteDegradation,
  readContext,
  runInContext,
  writeContext,
} from "../context/index.ts";
import type { DependencyOutcome } from "../dependencies/index.ts";
import type { Acquired, ServiceHandle } from "../discovery/index.ts";
import { readLoad } from "../load/index.ts";
import { type ActiveSpan, activeTracer } from "../tracing/index.ts";

/** What the adapters need of an agent; without `telemetry` nothing is counted that is called outside of `agent.call`. */
export type Discovery = Pick<Agent, "service"> & Partial<Pick<Agent, "telemetry">>;

/** What of a request is told in traces. */
export interface Asked {
  readonly method: string;
  readonly path: string;
}

/** Nobody takes calls, or nobody is known: the request was not sent. */
export class NoInstanceError extends Error {
  override readonly name = "NoInstanceError";
  readonly code = "NO_INSTANCE";
  /** No byte of it was sent. */
  readonly processed = false;
  constructor(service: string, tried: number) {
    super(
      tried === 0
        ? `${service} has no instance that takes calls: is it registered in this environment?`
        : `none of the ${tried} instances of ${service} could be reached`,
    );
  }
}

/** The request's deadline is over. */
export class RequestDeadlineError extends Error {
  override readonly name = "RequestDeadlineError";
  readonly code = "DEADLINE_EXCEEDED";
  constructor(service: string) {
    super(`the request's deadline was over before ${service} had answered`);
  }
}

/** Nothing was connected yet: another instance may be tried whatever the request is. */
const NOT_SENT: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);
export const isNotSent = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && NOT_SENT.has(error.code);

/** The most that a service's first call waits until its instances are known. */
const FIRST_LOOK_MS = 1_000;
const SERVICE = /^[a-z][a-z0-9-]{0,62}$/;

/** The service that an origin names: `http://payment`. Names with a dot or a port, and `localhost`, are hosts as ever. */
export function serviceOf(origin: string | URL | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (typeof origin === "string" && !URL.canParse(origin)) return undefined;
  const url = new URL(origin);
  if (url.port !== "" || url.hostname === "localhost") return undefined;
  return SERVICE.test(url.hostname) ? url.hostname : undefined;
}

/** One request to a service: which instances were tried, what is told to them, and what their answers teach. */
export class OutboundCall {
  readonly context: CallContext = currentContext();
  readonly #service: ServiceHandle;
  readonly #telemetry: Discovery["telemetry"];
  readonly #method: string;
  readonly #beganMs = performance.now();
  readonly #span: ActiveSpan | undefined;
  readonly #tried = new Set<string>();
  #waited = false;
  #acquired: Acquired | undefined;
  #answer: { readonly failed: boolean; readonly load: ReturnType<typeof readLoad> } | undefined;

  constructor(agent: Discovery, service: string, { method, path }: Asked) {
    this.#service = agent.service(service);
    this.#telemetry = agent.telemetry;
    this.#method = method;
    if (this.context.call !== undefined) this.context.call.callee = service;
    this.#span = activeTracer()?.start({
      kind: "client",
      name: `${method} ${service}`,
      attributes: {
        "http.request.method": method,
        "url.path": path.split("?")[0] ?? "/",
        "peer.service": service,
        "leverframe.peer.kind": "service",
        ...((this.context.attempt ?? 1) > 1
          ? { "http.request.resend_count": (this.context.attempt ?? 1) - 1 }
          : {}),
      },
    });
  }

  get service(): string {
    return this.#service.name;
  }

  /** The next instance's `host:port`. Throws `NoInstanceError` where all were tried. */
  next(): string {
    this.#acquired = this.#service.acquire({ except: this.#tried });
    const { address, instance } = this.#acquired?.instance ?? {};
    if (address === undefined || instance === undefined)
      throw new NoInstanceError(this.service, this.#tried.size);
    if (this.#tried.size > 0) this.#span?.event("leverframe.another-instance");
    this.#tried.add(instance);
    if (this.#span !== undefined) this.#nameInstance(this.#span, instance, address);
    return address;
  }

  /** Whether nobody is there because the service was first asked for a moment ago; asked once. */
  get tooEarly(): boolean {
    const early = !this.#waited && this.#tried.size === 0 && !this.#service.listed;
    this.#waited = true;
    return early;
  }

  /** Resolves once the service's instances are known, or nobody should wait any longer. */
  known(): Promise<void> {
    return this.#service.ready(Math.min(this.leftMs ?? FIRST_LOOK_MS, FIRST_LOOK_MS));
  }

  /** What the request bears for its callee, beside the baggage that it has. */
  headers(baggage: string | undefined): readonly (readonly [string, string])[] {
    const headers: [string, string][] = [];
    const write = (name: string, value: string): void => void headers.push([name, value]);
    writeContext(this.context, write, performance.now(), baggage);
    this.#span?.inject(write);
    return headers;
  }

  /** Milliseconds that are left, at least 0; undefined without a deadline. */
  get leftMs(): number | undefined {
    const { deadlineMs } = this.context;
    return deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - performance.now());
  }

  /** The answer's head has come; what its callee did without is noted on our own request. */
  answered(status: number, read: (name: string) => string | undefined): void {
    this.#answer = { failed: status >= 500, load: readLoad(read("endpoint-load-metrics")) };
    this.#span?.set("http.response.status_code", status);
    const { degraded } = readContext(read, 0);
    if (degraded.length > 0) runInContext(this.context, () => degraded.forEach(noteDegradation));
  }

  /** The answer is whole. */
  ended(): void {
    this.#done(this.#answer?.failed ?? false);
  }

  /** It broke off; by ourselves (`ours`), which says nothing of the instance. */
  broke(ours: boolean): void {
    if (ours) this.#acquired?.done({ timed: false, load: this.#answer?.load });
    else this.#done(true);
  }

  /** Whoever asked has the answer, or the error: figures and traces are told. Once. */
  over(error?: Error): void {
    const failed = this.#answer?.failed === true;
    this.#span?.end(error ?? (failed ? "answered with an error" : undefined));
    if (this.context.call !== undefined) return;
    const outcome: DependencyOutcome =
      error instanceof RequestDeadlineError
        ? "timeout"
        : error === undefined
          ? failed
            ? "error"
            : "ok"
          : this.context.signal?.aborted === true
            ? "cancelled"
            : "error";
    this.#telemetry?.dependencies
      .series({ name: this.service, kind: "service", operation: this.#method })
      .record(outcome, performance.now() - this.#beganMs);
  }

  #nameInstance(span: ActiveSpan, instance: string, address: string): void {
    const at = address.lastIndexOf(":");
    span.set("server.address", address.slice(0, at));
    span.set("server.port", Number(address.slice(at + 1)));
    span.set("leverframe.peer.instance", instance);
  }

  #done(failed: boolean): void {
    this.#acquired?.done({ failed, load: this.#answer?.load });
  }
}
