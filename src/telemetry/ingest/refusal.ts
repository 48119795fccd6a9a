/** Why a request is not taken. Each has one status in HTTP and one in gRPC. */
export type RefusalKind =
  | "malformed"
  | "unauthenticated"
  | "forbidden"
  | "unsupported"
  | "tooLarge"
  | "tooSlow"
  | "overloaded"
  | "away"
  | "failed";

/** https://opentelemetry.io/docs/specs/otlp/#failures: 429, 502, 503 and 504 alone are tried again. */
export const HTTP_STATUS: Readonly<Record<RefusalKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  unsupported: 415,
  tooLarge: 413,
  tooSlow: 408,
  overloaded: 503,
  away: 503,
  failed: 500,
};

/** https://grpc.io/docs/guides/status-codes; RESOURCE_EXHAUSTED is tried again only with a RetryInfo. */
export const GRPC_STATUS: Readonly<Record<RefusalKind, number>> = {
  malformed: 3,
  unauthenticated: 16,
  forbidden: 7,
  unsupported: 12,
  tooLarge: 8,
  tooSlow: 4,
  overloaded: 8,
  away: 14,
  failed: 13,
};

/** Whoever gets one of these should come again, after a second. */
export const RETRYABLE: ReadonlySet<RefusalKind> = new Set<RefusalKind>(["overloaded", "away"]);
export const RETRY_AFTER_SECONDS = 1;

/** A request that is not taken, in words for whoever runs the exporter. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
