import {
  type CallOptions,
  type ClientUnaryCall,
  InterceptingCall,
  type Interceptor,
  type InterceptorOptions,
  Metadata,
  type Requester,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Agent } from "../agent/agent.ts";
import type { Breaker, Permit } from "../breaker/index.ts";
import { type CallContext, currentContext, remainingMs, writeContext } from "../context/index.ts";
import type { Logger } from "../logger.ts";
import { type ActiveSpan, activeTracer } from "../tracing/index.ts";
import type { RpcMetrics } from "./metrics.ts";
import { FAULTS, outcomeOf, readerOf, rpcAttributes, STREAM_HEADER, writerOf } from "./wire.ts";

/** What lets a call be made. */
type Guard = Pick<Breaker, "name" | "permit">;

export interface ClientOptions {
  /** For calls outside of a request, and the most that one within gets; ms. Streams have none of their own. Default 3,000. */
  readonly timeoutMs?: number;
  /** One breaker for all methods, or one by the method's path (`/shop.Inventory/Reserve`). */
  readonly breaker?: Guard | ((path: string) => Guard | undefined);
  readonly metrics?: RpcMetrics;
  /** Told of calls that failed by the callee's fault. */
  readonly logger?: Pick<Logger, "warn">;
  /** Under whose name calls are counted that are made outside of `agent.call`. Default: they are not counted. */
  readonly callee?: { readonly agent: Pick<Agent, "telemetry">; readonly service: string };
  /** Bearer token of each call. Where it can't be had the call is made without one. */
  readonly token?: () => string | undefined | Promise<string | undefined>;
}

const TIMEOUT_MS = 3_000;
/** Codes that say nothing of the callee. */
const NEUTRAL: ReadonlySet<status> = new Set([status.CANCELLED]);

/**
 * A client interceptor for every kind of call: the caller's deadline, idempotency key and degradations go along, its end
 * cancels the call, a breaker may refuse it (UNAVAILABLE, without a request), and what becomes of it is counted.
 */
export function clientInterceptor(options: ClientOptions = {}): Interceptor {
  return (call, nextCall) => {
    const { path, responseStream } = call.method_definition;
    const context = currentContext();
    const breaker = typeof options.breaker === "function" ? options.breaker(path) : options.breaker;
    const permit = breaker?.permit();
    if (permit === false) {
      const details = `breaker ${breaker?.name ?? ""} lets no call through`;
      options.metrics?.client(path, status.UNAVAILABLE, 0);
      return new InterceptingCall(new RefusedCall(details));
    }
    const own = responseStream ? undefined : (options.timeoutMs ?? TIMEOUT_MS);
    const next = nextCall({ ...call, deadline: earlier(call, context, own) });
    const span = spanOf(path, responseStream, context, options);
    return new InterceptingCall(
      next,
      requester({ path, stream: responseStream, context, permit, next, span }, options),
    );
  };
}

/** What an intercepted call goes on to. */
type Below = ConstructorParameters<typeof InterceptingCall>[0];

/** A call that is never made: it ends as soon as it begins. */
class RefusedCall implements Below {
  readonly #details: string;

  constructor(details: string) {
    this.#details = details;
  }

  start(_metadata: Metadata, listener?: Parameters<Below["start"]>[1]): void {
    const refusal = { code: status.UNAVAILABLE, details: this.#details, metadata: new Metadata() };
    queueMicrotask(() => listener?.onReceiveStatus?.(refusal));
  }
  getPeer(): string {
    return "none";
  }
  getAuthContext(): null {
    return null;
  }
  cancelWithStatus(): void {}
  sendMessageWithContext(): void {}
  sendMessage(): void {}
  startRead(): void {}
  halfClose(): void {}
}

/** Wall time in ms, infinite without a deadline: of the call's own, the request's and the usual one the earliest. */
function earlier({ deadline }: InterceptorOptions, context: CallContext, ownMs: number | undefined): number {
  const nowMs = Date.now();
  const given = deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline);
  const leftMs = remainingMs(context, performance.now()) ?? Number.POSITIVE_INFINITY;
  return Math.min(given, nowMs + leftMs, nowMs + (ownMs ?? Number.POSITIVE_INFINITY));
}

interface Call {
  readonly path: string;
  readonly stream: boolean;
  readonly context: CallContext;
  readonly permit: Permit | undefined;
  readonly next: Below;
  readonly span: ActiveSpan | undefined;
}

/** The call's span; it also tells the call by name, in which it is made, whom it goes to. */
function spanOf(
  path: string,
  stream: boolean,
  context: CallContext,
  { callee }: ClientOptions,
): ActiveSpan | undefined {
  if (context.call !== undefined && callee !== undefined) context.call.callee = callee.service;
  return activeTracer()?.start({
    kind: "client",
    name: path.slice(1),
    attributes: {
      ...rpcAttributes(path, stream),
      ...(callee === undefined ? {} : { "peer.service": callee.service, "leverframe.peer.kind": "service" }),
    },
  });
}

/** A call outside of `agent.call` is counted here. */
function countAs(code: status, path: string, tookMs: number, { callee }: ClientOptions): void {
  const outcome = outcomeOf(code);
  callee?.agent.telemetry.dependencies
    .series({ name: callee.service, kind: "service", operation: path })
    .record(outcome, tookMs);
}

function requester(
  { path, stream, context, permit, next: below, span }: Call,
  options: ClientOptions,
): Requester {
  const { metrics, logger, token } = options;
  const beganMs = performance.now();
  const giveUp = (): void => below.cancelWithStatus(status.CANCELLED, "nobody waits for the answer any more");
  const end = (code: status, details: string): void => {
    context.signal?.removeEventListener("abort", giveUp);
    if (NEUTRAL.has(code)) permit?.release();
    else if (FAULTS.has(code)) permit?.failure();
    else permit?.success();
    const tookMs = performance.now() - beganMs;
    metrics?.client(path, code, tookMs);
    if (context.call === undefined && !stream) countAs(code, path, tookMs, options);
    span?.set("rpc.grpc.status_code", code);
    span?.set("network.peer.address", below.getPeer());
    span?.end(code === status.OK ? undefined : `${status[code]}: ${details}`);
    if (FAULTS.has(code)) logger?.warn({ path, code: status[code], details }, "a call failed");
  };
  const begin = (metadata: Metadata, bearer: string | undefined, next: Begin): void => {
    if (stream) metadata.set(STREAM_HEADER, "1");
    if (bearer !== undefined) metadata.set("authorization", `Bearer ${bearer}`);
    writeContext(context, writerOf(metadata), performance.now(), readerOf(metadata)("baggage"));
    span?.inject((name, value) => metadata.set(name, value));
    next(metadata, {
      onReceiveStatus: (found, forward) => {
        end(found.code, found.details);
        forward(found);
      },
    });
    if (context.signal?.aborted === true) giveUp();
    else context.signal?.addEventListener("abort", giveUp, { once: true });
  };
  return {
    start(metadata, _listener, next) {
      const bearer = token?.();
      if (bearer instanceof Promise) void later(bearer).then((found) => begin(metadata, found, next));
      else begin(metadata, bearer, next);
    },
  };
}

type Begin = Parameters<NonNullable<Requester["start"]>>[2];

async function later(bearer: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await bearer;
  } catch {
    return undefined;
  }
}

/** A unary method of a generated or loaded client, bound to it. */
export type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, answer?: Response) => void,
) => ClientUnaryCall;

/** A unary call as a promise. Rejects with grpc-js' own `ServiceError`; ends with the signal. */
export const callUnary = <Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  { signal, metadata = new Metadata(), ...options }: CallOptions & UnaryOptions = {},
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const call = method(request, metadata, options, (error, answer) => {
      signal?.removeEventListener("abort", giveUp);
      if (error !== null) reject(error);
      else resolve(answer as Response);
    });
    const giveUp = (): void => call.cancel();
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener("abort", giveUp, { once: true });
  });

export interface UnaryOptions {
  readonly signal?: AbortSignal;
  readonly metadata?: Metadata;
}
