import type { RetrySpec } from "../protocol/index.ts";
import { backoffMs, MOST_PUSHBACK_MS } from "./backoff.ts";
import type { RetryRefusal } from "./call-stats.ts";
import { DEFAULT_RETRY_ON, type Failure, fits } from "./failure.ts";

/** All that a decision looks at; times are monotonic. */
export interface RetryQuestion {
  readonly spec: RetrySpec;
  readonly failure: Failure;
  /** Attempts made so far. */
  readonly made: number;
  /** Doing the work twice does it once. */
  readonly idempotent: boolean;
  /** A layer below has retried already, or the request is itself a retry of the layer above. */
  readonly otherLayer: boolean;
  readonly nowMs: number;
  /** Infinity without one. */
  readonly deadlineMs: number;
  readonly random: number;
  /** Takes one out of the budget, or false. Asked last, so that nothing is taken for a retry that is not made. */
  readonly withdraw: (budgetPercent: number) => boolean;
}

/** Wait so long and try again; or why not, where the error was worth it; undefined: it was not. */
export type RetryDecision = { readonly waitMs: number } | { readonly refused: RetryRefusal } | undefined;

const named = new WeakMap<readonly string[], ReadonlySet<string>>();

function retryOn({ retryOn: names }: RetrySpec): ReadonlySet<string> {
  if (names === undefined || names.length === 0) return DEFAULT_RETRY_ON;
  const known = named.get(names);
  if (known !== undefined) return known;
  const made = new Set(names);
  named.set(names, made);
  return made;
}

/**
 * Whether a failed attempt is made again, and when. What may have been processed is tried again only where the call is
 * idempotent; nobody waits past the deadline; what the callee says of another try is obeyed (gRPC A6 *pushback*, RFC 9110
 * `Retry-After`). Pure but for `withdraw`.
 */
export function decideRetry(question: RetryQuestion): RetryDecision {
  const { spec, failure, made, nowMs, deadlineMs } = question;
  if (!fits(failure, retryOn(spec))) return undefined;
  if (failure.pushback === "never") return { refused: "pushback" };
  if (question.otherLayer) return { refused: "other-layer" };
  if (!question.idempotent && !failure.unprocessed) return { refused: "not-idempotent" };
  if (made >= spec.maxAttempts) return { refused: "attempts" };
  const waitMs = Math.max(backoffMs(spec, made, question.random), failure.pushback ?? 0);
  if (waitMs > MOST_PUSHBACK_MS) return { refused: "pushback" };
  if (nowMs + waitMs >= deadlineMs) return { refused: "deadline" };
  return question.withdraw(spec.budgetPercent) ? { waitMs } : { refused: "budget" };
}
