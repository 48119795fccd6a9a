import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
  status,
} from "@grpc/grpc-js";
import { type CallContext, readContext, runInContext, writeContext } from "../context/index.ts";
import type { Logger } from "../logger.ts";
import type { RpcAuth } from "./auth.ts";
import type { RpcMetrics } from "./metrics.ts";
import { LOAD_TRAILER, type RpcStatus, readerOf, withMetadata, writerOf } from "./wire.ts";

export interface ServerOptions {
  /** Who may call what; without it everybody may call everything. */
  readonly auth?: RpcAuth;
  readonly metrics?: RpcMetrics;
  /** Told of calls that failed by this server's fault. */
  readonly logger?: Pick<Logger, "warn">;
  /** Lets a call begin, or says how long the caller should wait, in ms: RESOURCE_EXHAUSTED with a pushback. */
  readonly limit?: (path: string) => true | { readonly retryAfterMs: number };
  /** Share of the processor in use, 0 … 1, told to callers with each answer. */
  readonly cpu?: () => number | undefined;
}

const FAULTS: ReadonlySet<status> = new Set([status.UNKNOWN, status.INTERNAL, status.DATA_LOSS]);
/** gRFC A6: how long a client waits before it tries again. */
const PUSHBACK = "grpc-retry-pushback-ms";

/**
 * A server interceptor for every kind of call: handlers run in the context of the request (its deadline, its end, its
 * idempotency key, what was degraded on the way), tokens and limits are looked at first, and what becomes of a call is
 * counted. A call whose time is over is refused before any work.
 */
export function serverInterceptor(options: ServerOptions = {}): ServerInterceptor {
  return (method, call) => new Served(method.path, call, options).call;
}

/** One call at this server. */
class Served {
  readonly call: ServerInterceptingCall;
  readonly #path: string;
  readonly #below: ServerInterceptingCallInterface;
  readonly #options: ServerOptions;
  readonly #ends = new AbortController();
  readonly #beganMs = performance.now();
  #context: CallContext | undefined;
  #over = false;

  constructor(path: string, below: ServerInterceptingCallInterface, options: ServerOptions) {
    this.#path = path;
    this.#below = below;
    this.#options = options;
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
    const { auth, limit } = this.#options;
    this.#context = this.#read(metadata);
    const { deadlineMs } = this.#context;
    if (deadlineMs !== undefined && deadlineMs <= performance.now()) {
      this.#refuse({ code: status.DEADLINE_EXCEEDED, details: "the caller's time was over on arrival" });
      return;
    }
    const room = limit?.(this.#path) ?? true;
    if (room !== true) {
      const pushback = withMetadata({ [PUSHBACK]: String(Math.ceil(room.retryAfterMs)) });
      this.#refuse({ code: status.RESOURCE_EXHAUSTED, details: "too many calls", metadata: pushback });
      return;
    }
    if (auth === undefined) this.#within(next);
    else void this.#authorize(auth, metadata, next);
  }

  async #authorize(auth: RpcAuth, metadata: Metadata, next: () => void): Promise<void> {
    const denial = await auth.check(this.#path, readerOf(metadata)("authorization"));
    if (this.#ends.signal.aborted) return;
    if (denial === undefined) this.#within(next);
    else this.#refuse(denial);
  }

  #read(metadata: Metadata): CallContext {
    const nowMs = performance.now();
    const context = readContext(readerOf(metadata), nowMs, this.#ends.signal);
    const deadline = Number(this.#below.getDeadline());
    if (!Number.isFinite(deadline)) return context;
    return { ...context, deadlineMs: nowMs + deadline - Date.now() };
  }

  #within(work: () => void): void {
    if (this.#context === undefined) work();
    else runInContext(this.#context, work);
  }

  /** Ends the call before its handler hears of it. */
  #refuse(found: RpcStatus): void {
    this.#below.sendStatus(this.#end(found));
  }

  #end(found: RpcStatus): RpcStatus {
    this.#ends.abort();
    this.#count(found.code);
    const { logger, cpu } = this.#options;
    const { code, details } = found;
    if (FAULTS.has(code))
      logger?.warn({ path: this.#path, code: status[code], details }, "a call failed here");
    const trailers = found.metadata ?? withMetadata({});
    const share = cpu?.();
    if (share !== undefined) trailers.set(LOAD_TRAILER, `TEXT cpu_utilization=${share.toFixed(3)}`);
    if (this.#context !== undefined && this.#context.degraded.length > 0) {
      writeContext(
        { ...this.#context, deadlineMs: undefined, idempotencyKey: undefined },
        writerOf(trailers),
        0,
      );
    }
    return { ...found, metadata: trailers };
  }

  #count(code: status): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.metrics?.server(this.#path, code, performance.now() - this.#beganMs);
  }
}
