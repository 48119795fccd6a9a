import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
  status,
} from "@grpc/grpc-js";
import type { Agent } from "../agent/agent.ts";
import { type CallContext, NO_CONTEXT, readContext, runInContext, writeContext } from "../context/index.ts";
import { LOAD_HEADER, type ProcessBusyness, writeLoad } from "../load/index.ts";
import type { Logger } from "../logger.ts";
import { LimitReachedError } from "../policy/index.ts";
import { type ActiveSpan, activeTracer } from "../tracing/index.ts";
import type { RpcAuth } from "./auth.ts";
import type { RpcMetrics } from "./metrics.ts";
import { type RpcStatus, readerOf, rpcAttributes, withMetadata, writerOf } from "./wire.ts";

/** What the interceptor needs of an agent. */
export type ServingAgent = Pick<Agent, "policy">;

export interface ServerOptions {
  /** Who may call what; without it everybody may call everything. */
  readonly auth?: RpcAuth;
  readonly metrics?: RpcMetrics;
  /** Told of calls that failed by this server's fault. */
  readonly logger?: Pick<Logger, "warn">;
  /** The name of the `limit` lever that a call must pass, by its method's path; a refused one is RESOURCE_EXHAUSTED. */
  readonly limit?: (path: string) => string | undefined;
  /** How busy this process is, told to callers with each answer: a `CpuSampler`. Default: nothing is told. */
  readonly load?: ProcessBusyness;
}

const FAULTS: ReadonlySet<status> = new Set([status.UNKNOWN, status.INTERNAL, status.DATA_LOSS]);
const USUAL_PUSHBACK_MS = 1_000;
/** gRFC A6: how long a client waits before it tries again. */
const pushback = ({ retryAfterMs }: LimitReachedError): Metadata =>
  withMetadata({ "grpc-retry-pushback-ms": String(Math.ceil(retryAfterMs ?? USUAL_PUSHBACK_MS)) });

/**
 * A server interceptor for every kind of call: handlers run in the context of the request (its deadline, its end, its
 * idempotency key, what was degraded on the way), tokens and limits are looked at first, and what becomes of a call is
 * counted. A call whose time is over is refused before any work.
 */
export function serverInterceptor(agent: ServingAgent, options: ServerOptions = {}): ServerInterceptor {
  return (method, call) => new Served(agent, method, call, options).call;
}

/** One call at this server. */
class Served {
  readonly call: ServerInterceptingCall;
  readonly #agent: ServingAgent;
  readonly #path: string;
  readonly #stream: boolean;
  readonly #below: ServerInterceptingCallInterface;
  readonly #options: ServerOptions;
  readonly #ends = new AbortController();
  readonly #ended: Promise<void>;
  readonly #beganMs = performance.now();
  #context: CallContext | undefined;
  /** What was degraded on the way here: the caller knows. */
  #brought: ReadonlySet<string> = new Set();
  #over = false;
  #span: ActiveSpan | undefined;

  constructor(
    agent: ServingAgent,
    { path, responseStream }: { readonly path: string; readonly responseStream: boolean },
    below: ServerInterceptingCallInterface,
    options: ServerOptions,
  ) {
    this.#agent = agent;
    this.#path = path;
    this.#stream = responseStream;
    this.#below = below;
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#ends.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.call = new ServerInterceptingCall(below, {
      start: (next) => next(this.#listener()),
      sendStatus: (found, next) => next(this.#end(found)),
    });
  }

  #listener(): ServerListener {
    return {
      onReceiveMetadata: (metadata, next) => this.#admit(metadata, () => next(metadata)),
      onReceiveMessage: (message, next) => this.#within(() => next(message)),
      onReceiveHalfClose: (next) => this.#within(next),
      onCancel: () => {
        this.#ends.abort();
        this.#count(status.CANCELLED);
      },
    };
  }

  #admit(metadata: Metadata, next: () => void): void {
    const { auth } = this.#options;
    this.#context = this.#read(metadata);
    this.#brought = new Set(this.#context.degraded);
    this.#span = activeTracer()?.start({
      kind: "server",
      name: this.#path.slice(1),
      attributes: rpcAttributes(this.#path, this.#stream),
      parent: readerOf(metadata),
    });
    const { deadlineMs } = this.#context;
    if (deadlineMs !== undefined && deadlineMs <= performance.now()) {
      this.#refuse({ code: status.DEADLINE_EXCEEDED, details: "the caller's time was over on arrival" });
    } else if (auth === undefined) this.#begin(next);
    else void this.#authorize(auth, metadata, next);
  }

  async #authorize(auth: RpcAuth, metadata: Metadata, next: () => void): Promise<void> {
    const denial = await auth.check(this.#path, readerOf(metadata)("authorization"));
    if (this.#ends.signal.aborted) return;
    if (denial === undefined) this.#begin(next);
    else this.#refuse(denial);
  }

  /** After the token: strangers must not use up the room of those who may call. */
  #begin(next: () => void): void {
    const limit = this.#options.limit?.(this.#path);
    if (limit === undefined) {
      this.#within(next);
      return;
    }
    let begun = false;
    const held = async (): Promise<void> => {
      begun = true;
      // The call narrows the deadline; the work goes by the request's own.
      this.#within(next);
      await this.#ended;
    };
    const call = (): Promise<void> => this.#agent.policy(limit, { breaker: false, kind: "own" }).call(held);
    runInContext(this.#context ?? NO_CONTEXT, call).catch((error: unknown) => {
      if (begun || this.#ends.signal.aborted) return;
      this.#refuse(
        error instanceof LimitReachedError
          ? { code: status.RESOURCE_EXHAUSTED, details: "too many calls for now", metadata: pushback(error) }
          : {
              code: status.DEADLINE_EXCEEDED,
              details: "the caller's time was over before the call could begin",
            },
      );
    });
  }

  #read(metadata: Metadata): CallContext {
    const nowMs = performance.now();
    const context = readContext(readerOf(metadata), nowMs, this.#ends.signal);
    const deadline = Number(this.#below.getDeadline());
    if (!Number.isFinite(deadline)) return context;
    return { ...context, deadlineMs: nowMs + deadline - Date.now() };
  }

  #within(work: () => void): void {
    const context = this.#context;
    if (context === undefined) work();
    else if (this.#span === undefined) runInContext(context, work);
    else this.#span.run(() => runInContext(context, work));
  }

  /** Ends the call before its handler hears of it. */
  #refuse(found: RpcStatus): void {
    this.#below.sendStatus(this.#end(found));
  }

  #end(found: RpcStatus): RpcStatus {
    this.#ends.abort();
    this.#count(found.code);
    const { logger, load } = this.#options;
    const { code, details } = found;
    if (FAULTS.has(code))
      logger?.warn({ path: this.#path, code: status[code], details }, "a call failed here");
    const trailers = found.metadata ?? withMetadata({});
    if (load !== undefined) trailers.set(LOAD_HEADER, writeLoad(load.cpuUtilization));
    const degraded = (this.#context?.degraded ?? []).filter((lever) => !this.#brought.has(lever));
    if (degraded.length > 0) writeContext({ ...NO_CONTEXT, degraded }, writerOf(trailers), 0);
    return { ...found, metadata: trailers };
  }

  #count(code: status): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.metrics?.server(this.#path, code, performance.now() - this.#beganMs);
    this.#span?.set("rpc.grpc.status_code", code);
    const degraded = (this.#context?.degraded ?? []).filter((lever) => !this.#brought.has(lever));
    if (degraded.length > 0) this.#span?.set("leverframe.degraded", degraded);
    this.#span?.end(FAULTS.has(code) ? status[code] : undefined);
  }
}
