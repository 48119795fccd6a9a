import type { Dispatcher } from "undici";
import { type Discovery, isNotSent, OutboundCall, RequestDeadlineError, serviceOf } from "./outbound-call.ts";

type Dispatch = Dispatcher["dispatch"];
type Options = Dispatcher.DispatchOptions;
type Handler = Dispatcher.DispatchHandler;
type Headers = Options["headers"];

/**
 * An interceptor for undici's dispatchers, and for those within Node: `http://payment/pay` goes to an instance of `payment`.
 * The request bears the deadline, idempotency key, attempt and degradations of the request that is worked for; it is broken
 * off at the deadline; what becomes of it is told to the balancer when its answer is whole. Where an instance could not be
 * connected, another one is tried at once, each at most once: no byte was sent. Nothing else is tried again: that is
 * `agent.call`'s, with its budget. Requests to other hosts pass untouched.
 */
export const leverframeInterceptor =
  (agent: Discovery): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const service = serviceOf(options.origin);
    if (service === undefined) return dispatch(options, handler);
    const { method, path } = options;
    return new Attempts(
      new OutboundCall(agent, service, { method, path }),
      options,
      handler,
      dispatch,
    ).begin();
  };

/** The attempts at one request to reach an instance, the last of which is the request. */
class Attempts {
  readonly #call: OutboundCall;
  readonly #options: Options;
  readonly #handler: Handler;
  readonly #dispatch: Dispatch;
  #deadline: NodeJS.Timeout | undefined;
  #abort: ((reason?: Error) => void) | undefined;
  /** Nothing more is told to the handler. */
  #over = false;
  #ours = false;

  constructor(call: OutboundCall, options: Options, handler: Handler, dispatch: Dispatch) {
    this.#call = call;
    this.#options = { ...options, headers: joined(options.headers, call) };
    this.#handler = handler;
    this.#dispatch = dispatch;
  }

  begin(): boolean {
    const { leftMs } = this.#call;
    if (leftMs === 0) {
      this.#give(new RequestDeadlineError(this.#call.service));
      return false;
    }
    if (leftMs !== undefined) {
      this.#deadline = setTimeout(() => this.#late(), leftMs);
      this.#deadline.unref();
    }
    return this.#try();
  }

  #try(): boolean {
    let address: string;
    try {
      address = this.#call.next();
    } catch (error) {
      if (this.#call.tooEarly) void this.#wait();
      else this.#give(error as Error);
      return false;
    }
    const { protocol } = new URL(String(this.#options.origin));
    return this.#dispatch({ ...this.#options, origin: `${protocol}//${address}` }, this.#attempt());
  }

  async #wait(): Promise<void> {
    await this.#call.known();
    if (!this.#over) this.#try();
  }

  /** The older form of handlers, which dispatchers of undici 6 (in Node) and 7 both take. */
  #attempt(): Handler {
    const handler = this.#handler;
    return {
      onConnect: (abort) => {
        this.#abort = (reason) => {
          this.#ours = true;
          abort(reason);
        };
        if (this.#over) this.#abort();
        else handler.onConnect?.(this.#abort);
      },
      onResponseStarted: () => handler.onResponseStarted?.(),
      onHeaders: (status, headers, resume, text) => {
        if (status >= 200) this.#call.answered(status, readerOf(headers));
        return handler.onHeaders?.(status, headers, resume, text) ?? true;
      },
      onUpgrade: (status, headers, socket) => {
        this.#end();
        this.#call.ended();
        this.#call.over();
        handler.onUpgrade?.(status, headers, socket);
      },
      onData: (chunk) => handler.onData?.(chunk) ?? true,
      onComplete: (trailers) => {
        this.#end();
        this.#call.ended();
        this.#call.over();
        handler.onComplete?.(trailers);
      },
      onError: (error) => this.#failed(error),
    };
  }

  #failed(error: Error): void {
    this.#call.broke(this.#ours);
    if (this.#over) return;
    if (this.#abort === undefined && isNotSent(error)) this.#try();
    else this.#give(error);
  }

  #late(): void {
    const error = new RequestDeadlineError(this.#call.service);
    if (this.#abort === undefined) {
      // It waits for a connection: whoever asks for the answer need not.
      this.#give(error);
      return;
    }
    // The instance was too late: that is its failure.
    this.#call.broke(false);
    this.#abort(error);
  }

  #give(error: Error): void {
    this.#end();
    this.#call.over(error);
    this.#handler.onError?.(error);
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#deadline);
  }
}

const readerOf =
  (headers: readonly Buffer[]) =>
  (name: string): string | undefined => {
    for (let index = 0; index + 1 < headers.length; index += 2) {
      if (headers[index]?.toString("latin1").toLowerCase() === name)
        return headers[index + 1]?.toString("latin1");
    }
    return undefined;
  };

/** The request's own headers, in any of the forms that undici takes, and those of its context. */
function joined(headers: Headers, call: OutboundCall): string[] {
  const own = flat(headers);
  const baggage = own.find(([name]) => name.toLowerCase() === "baggage")?.[1];
  const added = call.headers(baggage);
  const names = new Set(added.map(([name]) => name));
  return [...own.filter(([name]) => !names.has(name.toLowerCase())), ...added].flat();
}

function flat(headers: Headers): [string, string][] {
  if (headers === undefined || headers === null) return [];
  if (Array.isArray(headers)) {
    return headers.flatMap((name: unknown, index) =>
      index % 2 === 0 ? [[String(name), String(headers[index + 1])] as [string, string]] : [],
    );
  }
  const entries = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return entries.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one): [string, string][] =>
      one === undefined ? [] : [[name, one]],
    ),
  );
}
