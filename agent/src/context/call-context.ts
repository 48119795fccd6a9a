import { AsyncLocalStorage } from "node:async_hooks";

/** What a request brings along through a service: whoever is called on its behalf is told. Immutable. */
export interface CallContext {
  /** When the caller stops waiting, on the monotonic clock (`performance.now()`); undefined: it did not say. */
  readonly deadlineMs: number | undefined;
  /** Ends when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined;
  /** Names the work, so that doing it again does it once. */
  readonly idempotencyKey: string | undefined;
  /**
   * Levers by which the answer was cut down on the way here, as `service/name`; in order, each once. It is the request's
   * own list: what `noteDegradation` adds is seen by all who work for the request.
   */
  readonly degraded: readonly string[];
  /** Which attempt of its caller's this is; above 1 the caller retries, and nobody below does too. Absent: the first. */
  readonly attempt?: number | undefined;
  /** The attempt of a call by name that is under way here, which counts itself. */
  readonly call?: CallUnderWay | undefined;
}

/** An attempt of a call by name; adapters write down which service they called for it. */
export interface CallUnderWay {
  callee: string | undefined;
}

export const NO_CONTEXT: CallContext = Object.freeze({
  deadlineMs: undefined,
  signal: undefined,
  idempotencyKey: undefined,
  degraded: Object.freeze([]),
});

const current = new AsyncLocalStorage<CallContext>();

/** The context of the request that the calling code works for; `NO_CONTEXT` outside of one. */
export const currentContext = (): CallContext => current.getStore() ?? NO_CONTEXT;

/** Runs `work`, and all that it awaits, for a request. */
export const runInContext = <T, Given extends readonly unknown[] = []>(
  context: CallContext,
  work: (...given: Given) => T,
  ...given: Given
): T => current.run(context, work, ...given);

/** Milliseconds that are left of it; undefined without a deadline, never below 0. */
export const remainingMs = (context: CallContext, nowMs: number): number | undefined =>
  context.deadlineMs === undefined ? undefined : Math.max(0, context.deadlineMs - nowMs);
