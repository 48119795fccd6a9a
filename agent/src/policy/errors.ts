/**
 * What `agent.call` throws by itself; everything else that it throws is the call's own. Classify by `code`.
 */

/** Its time was over: the whole call's, or (`attempt`) one attempt's. */
export class CallTimeoutError extends Error {
  override readonly name = "CallTimeoutError";
  readonly code: "CALL_TIMEOUT" | "ATTEMPT_TIMEOUT";
  readonly call: string;
  readonly timeoutMs: number;
  constructor(call: string, timeoutMs: number, scope: "call" | "attempt") {
    super(
      `${call} did not answer within ${Math.round(timeoutMs)} ms${scope === "call" ? "" : " of one attempt"}`,
    );
    this.code = scope === "call" ? "CALL_TIMEOUT" : "ATTEMPT_TIMEOUT";
    this.call = call;
    this.timeoutMs = timeoutMs;
  }
}

/** Whoever asked for the answer does not wait for it any more: the call was given up, or (`made` false) never made. */
export class DeadlineExceededError extends Error {
  override readonly name = "DeadlineExceededError";
  readonly code = "DEADLINE_EXCEEDED";
  readonly call: string;
  readonly made: boolean;
  constructor(call: string, made: boolean) {
    super(`the caller's deadline is over: ${call} was ${made ? "given up" : "not made"}`);
    this.call = call;
    this.made = made;
  }
}

/** Why a limit refused. */
export type LimitCause = "rate" | "hot-value" | "concurrency" | "queue-full" | "queue-timeout";

/** A limit of this instance let the call not begin; the callee heard nothing of it. */
export class LimitReachedError extends Error {
  override readonly name = "LimitReachedError";
  readonly code = "LIMIT_REACHED";
  readonly limit: string;
  readonly why: LimitCause;
  /** After how many ms another try makes sense; undefined where that can't be said. */
  readonly retryAfterMs: number | undefined;
  constructor(limit: string, why: LimitCause, retryAfterMs?: number) {
    super(`limit ${limit} lets the call not begin (${why})`);
    this.limit = limit;
    this.why = why;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The switch given as `degrade` is degraded, and neither a fallback nor a payload stands in. */
export class CallDegradedError extends Error {
  override readonly name = "CallDegradedError";
  readonly code = "CALL_DEGRADED";
  readonly lever: string;
  constructor(call: string, lever: string) {
    super(`${call} is degraded by switch ${lever}: give the call a fallback, or the switch a payload`);
    this.lever = lever;
  }
}

/** An answer that came, and is a failure all the same: what a `fn` over HTTP may throw. */
export class HttpStatusError extends Error {
  override readonly name = "HttpStatusError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
