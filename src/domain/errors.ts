/**
 * Every way in which a request can fail for a reason that its author should know. Mapped exhaustively to tRPC and
 * HTTP codes and to the CLI's exit codes; anything else is a bug and is masked.
 */
export const ERROR_CODES = [
  "INVALID",
  "TOO_LARGE",
  "CONFLICT",
  "REFUSED",
  "PROPOSED",
  "NOT_FOUND",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "UNKNOWN_OUTCOME",
  "REUSED_ID",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected failure: `message` for the log, `publicMessage` for the person, `details` for programs. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code: ErrorCode;
  readonly publicMessage: string;
  readonly details: unknown;

  constructor(
    code: ErrorCode,
    publicMessage: string,
    options: { readonly message?: string; readonly details?: unknown; readonly cause?: unknown } = {},
  ) {
    super(
      options.message ?? publicMessage,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.publicMessage = publicMessage;
    this.details = options.details;
  }
}

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError;
