import { randomUUID } from "node:crypto";
import type { CallContext } from "../context/index.ts";
import type { TimeoutSpec } from "../protocol/index.ts";
import type { ActiveSpan } from "../tracing/index.ts";
import type { CallFunction, End } from "./attempt.ts";
import type { PolicyCallOptions } from "./call-options.ts";
import { CallTimeoutError, DeadlineExceededError } from "./errors.ts";

/** One call on its way through its attempts. */
export interface Course<T> {
  readonly fn: CallFunction<T>;
  readonly options: PolicyCallOptions<T>;
  readonly context: CallContext;
  /** Ends with whoever asked. */
  readonly signal: AbortSignal | undefined;
  /** Of the whole call. */
  readonly end: End;
  readonly idempotencyKey: string | undefined;
  readonly span: ActiveSpan | undefined;
  /** Attempts that reached the function. */
  tries: number;
}

const FOREVER = Number.POSITIVE_INFINITY;
const NEVER: End = { atMs: FOREVER, error: () => new Error("never") };

interface CourseTerms {
  readonly name: string;
  readonly nowMs: number;
  /** The live timeout, where there is one. */
  readonly spec: TimeoutSpec | undefined;
  readonly span: ActiveSpan | undefined;
}

/** What a call begins with: until when, under which key, and with whom it ends. */
export function courseFor<T>(
  fn: CallFunction<T>,
  options: PolicyCallOptions<T>,
  context: CallContext,
  terms: CourseTerms,
): Course<T> {
  const { idempotencyKey: given, signal: own } = options;
  const { signal: request, idempotencyKey: known } = context;
  return {
    fn,
    options,
    context,
    signal: request !== undefined && own !== undefined ? AbortSignal.any([request, own]) : (request ?? own),
    end: endOf(options.timeoutMs, context.deadlineMs, terms),
    span: terms.span,
    idempotencyKey: given === true ? (known ?? randomUUID()) : (given ?? known),
    tries: 0,
  };
}

/** The earlier of the call's own end and its caller's. */
function endOf(
  narrowedMs: number | undefined,
  deadlineMs: number | undefined,
  { name, nowMs, spec }: CourseTerms,
): End {
  const ownMs = Math.min(spec?.timeoutMs ?? FOREVER, narrowedMs ?? FOREVER);
  const callerAtMs = deadlineMs ?? FOREVER;
  if (ownMs === FOREVER && callerAtMs === FOREVER) return NEVER;
  return nowMs + ownMs <= callerAtMs
    ? { atMs: nowMs + ownMs, error: () => new CallTimeoutError(name, ownMs, "call") }
    : { atMs: callerAtMs, error: () => new DeadlineExceededError(name, true) };
}
