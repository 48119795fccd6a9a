/** What can be read of a thing that a call threw. */
export interface Failure {
  /** Codes, names, HTTP statuses and gRPC codes by which `retryOn` may name it; upper and lower case as they came. */
  readonly labels: readonly string[];
  readonly status: number | undefined;
  /** The callee surely did none of the work. */
  readonly unprocessed: boolean;
  /** The callee is not to blame: the request was wrong, or nobody waits for it any more. */
  readonly blameless: boolean;
  /** What the callee said of another try: after so many ms, or `never`; undefined where it said nothing. */
  readonly pushback: number | "never" | undefined;
}

/** By which a callee, or a layer below, says that another try makes no sense (HTTP). */
export const RETRY_HEADER = "leverframe-retry";
const GRPC_PUSHBACK = "grpc-retry-pushback-ms";

const GRPC_CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** No byte of the request can have been acted on: no connection was there, or HTTP/2 said so. */
const UNPROCESSED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_HTTP2_GOAWAY_SESSION",
  "NGHTTP2_REFUSED_STREAM",
]);
const BLAMELESS: ReadonlySet<string> = new Set([
  "INVALID_ARGUMENT",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "FAILED_PRECONDITION",
  "OUT_OF_RANGE",
  "UNAUTHENTICATED",
  "CANCELLED",
]);
/** 4xx that say something of the callee's state. */
const BLAMED_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

/** What is retried where a retry says nothing else: the callee could not be reached, or said that it can't just now. */
export const DEFAULT_RETRY_ON: ReadonlySet<string> = new Set([
  ...UNPROCESSED,
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
  "502",
  "503",
  "504",
  "UNAVAILABLE",
  "ATTEMPT_TIMEOUT",
]);

type Fields = Readonly<Record<string, unknown>>;
const MOST_CAUSES = 5;

/** Reads an error and its causes. Pure; never throws, whatever was thrown (a getter that throws reads as absent). */
export function readFailure(error: unknown): Failure {
  const labels = new Set<string>();
  let status: number | undefined;
  let pushback: Failure["pushback"];
  let unprocessed = false;
  let at: unknown = error;
  for (let depth = 0; depth < MOST_CAUSES && typeof at === "object" && at !== null; depth++) {
    const fields = at as Fields;
    const code = codeOf(fields);
    if (code !== undefined) labels.add(code);
    const name = field(fields, "name");
    if (typeof name === "string") labels.add(name);
    status ??= statusOf(fields);
    pushback ??= pushbackOf(fields);
    unprocessed ||= field(fields, "processed") === false || (code !== undefined && UNPROCESSED.has(code));
    at = field(fields, "cause");
  }
  if (status !== undefined) labels.add(String(status));
  const blameless =
    [...labels].some((label) => BLAMELESS.has(label)) ||
    (status !== undefined && status >= 400 && status < 500 && !BLAMED_STATUSES.has(status));
  return { labels: [...labels], status, unprocessed, blameless, pushback };
}

/** Whether one of the names of `retryOn` fits: a code, a name, a status, or a class of statuses such as `5xx`. */
export function fits(failure: Failure, names: ReadonlySet<string>): boolean {
  const { status } = failure;
  return (
    failure.labels.some((label) => names.has(label)) ||
    (status !== undefined && names.has(`${Math.floor(status / 100)}xx`))
  );
}

function field(fields: Fields, name: string): unknown {
  try {
    return fields[name];
  } catch {
    return undefined;
  }
}

function codeOf(fields: Fields): string | undefined {
  const code = field(fields, "code");
  if (typeof code === "string") return code;
  // grpc-js: a number beside `details` and `metadata`.
  if (typeof code === "number" && "details" in fields) return GRPC_CODES[code];
  return undefined;
}

function statusOf(fields: Fields): number | undefined {
  const response = field(fields, "response");
  const inner =
    typeof response === "object" && response !== null ? field(response as Fields, "status") : undefined;
  for (const value of [field(fields, "status"), field(fields, "statusCode"), inner]) {
    if (typeof value === "number" && value >= 100 && value < 600) return value;
  }
  return undefined;
}

/** `Retry-After` of RFC 9110 in seconds (a date is not read: clocks differ), gRPC's pushback (A6), our own header. */
function pushbackOf(fields: Fields): Failure["pushback"] {
  const response = field(fields, "response");
  const carriers = [
    fields,
    ...(typeof response === "object" && response !== null ? [response as Fields] : []),
  ];
  for (const carrier of carriers) {
    const own = field(carrier, "retryAfterMs");
    if (typeof own === "number" && own >= 0) return own;
    const headers = field(carrier, "headers") ?? field(carrier, "metadata");
    if (headerOf(headers, RETRY_HEADER) === "no") return "never";
    const grpc = Number(headerOf(headers, GRPC_PUSHBACK) ?? Number.NaN);
    if (!Number.isNaN(grpc)) return grpc < 0 ? "never" : grpc;
    const after = headerOf(headers, "retry-after");
    if (after !== undefined && /^\d{1,6}$/.test(after)) return Number(after) * 1_000;
  }
  return undefined;
}

/** Of a `Headers`, a gRPC `Metadata` (a list each), or a plain record. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  try {
    const { get } = headers as { get?: unknown };
    const found: unknown = typeof get === "function" ? get.call(headers, name) : (headers as Fields)[name];
    const one: unknown = Array.isArray(found) ? found[0] : found;
    return typeof one === "string" ? one : undefined;
  } catch {
    return undefined;
  }
}
