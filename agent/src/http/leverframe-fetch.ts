import type { Dispatcher } from "undici";
import { leverframeInterceptor } from "./fetch-interceptor.ts";
import type { Discovery } from "./outbound-call.ts";

export interface FetchOptions {
  /** Whose connections are used: an `Agent` of undici 7, with limits of one's own. Default: those of Node's `fetch`. */
  readonly dispatcher?: Pick<Dispatcher, "compose">;
  /** Default: Node's; undici's own goes with a dispatcher of its own. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Where Node, and every copy of undici, keeps the dispatcher that `fetch` uses. */
const GLOBAL_DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/**
 * A `fetch` by service name: `http://payment/pay` goes to an instance of `payment`, any other address as ever. See
 * `leverframeInterceptor` for what requests bear and what is tried again. Rejects as `fetch` does: a `TypeError` whose `cause`
 * says why (`NO_INSTANCE`, `DEADLINE_EXCEEDED`, `ECONNRESET`, …).
 */
export function leverframeFetch(agent: Discovery, options: FetchOptions = {}): typeof globalThis.fetch {
  const { fetch = globalThis.fetch } = options;
  const composed = (options.dispatcher ?? nodeDispatcher()).compose(leverframeInterceptor(agent));
  // Types of Node's own copy of undici and of the package differ; what they mean does not.
  return (input, init) => fetch(input, { ...init, dispatcher: composed } as unknown as RequestInit);
}

function nodeDispatcher(): Pick<Dispatcher, "compose"> {
  // It is made when `Request` is first touched, and taken from there by each `fetch`.
  void globalThis.Request;
  const found: unknown = (globalThis as Record<symbol, unknown>)[GLOBAL_DISPATCHER];
  if (
    typeof found === "object" &&
    found !== null &&
    "compose" in found &&
    typeof found.compose === "function"
  ) {
    return found as Pick<Dispatcher, "compose">;
  }
  throw new TypeError(
    "this Node has no dispatcher to build on: hand in one of undici, `{ dispatcher: new Agent() }`",
  );
}
