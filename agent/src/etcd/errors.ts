/** The closed list of what can go wrong with a call to etcd. */
export const ETCD_ERROR_CODES = [
  "UNAVAILABLE",
  "DEADLINE",
  "COMPACTED",
  "FUTURE_REVISION",
  "LEASE_NOT_FOUND",
  "AUTH",
  "TOO_LARGE",
  "NO_SPACE",
  "INVALID",
  "CANCELLED",
  "UNKNOWN",
] as const;
export type EtcdErrorCode = (typeof ETCD_ERROR_CODES)[number];

/**
 * Every call of this client fails with this and nothing else. Classify by `code`, never by text.
 * `unknownOutcome` marks a write that may or may not have happened: its request may have reached etcd, its answer
 * did not reach us. A read never has an unknown outcome.
 */
export class EtcdError extends Error {
  readonly code: EtcdErrorCode;
  readonly unknownOutcome: boolean;

  constructor(
    code: EtcdErrorCode,
    message: string,
    options: { unknownOutcome?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "EtcdError";
    this.code = code;
    this.unknownOutcome = options.unknownOutcome ?? false;
  }
}

/** gRPC's status codes, https://grpc.github.io/grpc/core/md_doc_statuscodes.html (those that etcd and grpc-js use). */
const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What a failed gRPC call carries; also what a stream emits as its error. */
interface StatusLike {
  readonly code?: unknown;
  readonly details?: unknown;
  readonly message?: unknown;
}

const UNKNOWN_STATUS = 2;

const statusOf = (error: unknown): { code: number; details: string } => {
  if (typeof error !== "object" || error === null) return { code: UNKNOWN_STATUS, details: String(error) };
  const { code, details, message } = error as StatusLike;
  const text = typeof details === "string" ? details : message;
  return {
    code: typeof code === "number" ? code : UNKNOWN_STATUS,
    details: typeof text === "string" ? text : "no reason was given",
  };
};

/**
 * etcd puts several errors under one gRPC code and tells them apart by text only (etcd
 * `api/v3rpc/rpctypes/error.go`). This is the one place that reads that text.
 */
function codeOf(code: number, details: string): EtcdErrorCode {
  switch (code) {
    case GRPC.unavailable:
    case GRPC.aborted:
      return "UNAVAILABLE";
    case GRPC.deadlineExceeded:
      return "DEADLINE";
    case GRPC.cancelled:
      return "CANCELLED";
    case GRPC.outOfRange:
      if (details.includes("future revision")) return "FUTURE_REVISION";
      return details.includes("compacted") ? "COMPACTED" : "INVALID";
    case GRPC.notFound:
      return details.includes("lease not found") ? "LEASE_NOT_FOUND" : "INVALID";
    case GRPC.unauthenticated:
    case GRPC.permissionDenied:
      return "AUTH";
    case GRPC.resourceExhausted:
      if (details.includes("database space exceeded")) return "NO_SPACE";
      return details.includes("too many requests") ? "UNAVAILABLE" : "TOO_LARGE";
    case GRPC.invalidArgument:
      if (details.includes("too large") || details.includes("too many operations")) return "TOO_LARGE";
      return details.includes("authentication failed") || details.includes("user name is empty")
        ? "AUTH"
        : "INVALID";
    case GRPC.failedPrecondition:
    case GRPC.unimplemented:
      return "INVALID";
    default:
      return "UNKNOWN";
  }
}

/** grpc-js says so when no connection could be made: the request has certainly not left this process. */
const neverSent = (details: string): boolean =>
  details.startsWith("No connection established") ||
  details.startsWith("Name resolution failed") ||
  details.startsWith("Channel closed before call started");

const answered: ReadonlySet<EtcdErrorCode> = new Set([
  "COMPACTED",
  "FUTURE_REVISION",
  "LEASE_NOT_FOUND",
  "AUTH",
  "TOO_LARGE",
  "NO_SPACE",
  "INVALID",
]);

/** Turns whatever a gRPC call failed with into an {@link EtcdError}. `writes`: the call may change etcd. */
export function toEtcdError(error: unknown, call: string, writes: boolean): EtcdError {
  if (error instanceof EtcdError) return error;
  const { code: grpcCode, details } = statusOf(error);
  const code = codeOf(grpcCode, details);
  const unknownOutcome = writes && !answered.has(code) && !neverSent(details);
  return new EtcdError(code, `etcd ${call}: ${details}`, { unknownOutcome, cause: error });
}

/** Whether the request certainly never left this process, so that any other endpoint may be asked instead. */
export function isNeverSent(error: EtcdError): boolean {
  return (
    error.code === "UNAVAILABLE" && error.cause !== undefined && neverSent(statusOf(error.cause).details)
  );
}

/** Whether etcd no longer accepts the token that it gave for a password; asking for a new one helps. */
export function isExpiredToken(error: unknown): boolean {
  const { code, details } = statusOf(error);
  return code === GRPC.unauthenticated && details.includes("invalid auth token");
}
