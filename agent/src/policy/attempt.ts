import type { Clock } from "../clock.ts";
import { type CallContext, type CallUnderWay, NO_CONTEXT, runInContext } from "../context/index.ts";
import { readFailure } from "./failure.ts";

/** One try of a call, as its function sees it. */
export interface Attempt {
  /** 1 for the first. */
  readonly attempt: number;
  /** Ends when nobody waits any more: hand it on. */
  readonly signal: AbortSignal;
  /** Monotonic (`performance.now()`), a little before the caller gives up; undefined without one. */
  readonly deadlineMs: number | undefined;
  /** The same for every attempt of a call. */
  readonly idempotencyKey: string | undefined;
}

export type CallFunction<T> = (attempt: Attempt) => T | PromiseLike<T>;

/** When an attempt is given up, and with which error. */
export interface End {
  /** Infinity: never. */
  readonly atMs: number;
  readonly error: () => Error;
}

/** The callee is given this share of the time less, so that its answer, be it an error, still comes in time. */
const RESERVE_SHARE = 0.02;
const MOST_RESERVE_MS = 50;

/** What a callee may take of the time that is left. */
export const calleeDeadlineMs = (nowMs: number, endMs: number): number =>
  endMs - Math.min(MOST_RESERVE_MS, Math.max(0, endMs - nowMs) * RESERVE_SHARE);

/** An attempt whose signal is made once somebody asks for it. */
class LazyAttempt implements Attempt {
  readonly attempt: number;
  readonly deadlineMs: number | undefined;
  readonly idempotencyKey: string | undefined;
  #controller: AbortController | undefined;

  constructor(attempt: number, deadlineMs: number | undefined, idempotencyKey: string | undefined) {
    this.attempt = attempt;
    this.deadlineMs = deadlineMs;
    this.idempotencyKey = idempotencyKey;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}

/** How those say it who break off by themselves at the deadline that they were given, a little before ours: adapters, callees. */
const OUT_OF_TIME: ReadonlySet<string> = new Set([
  "DEADLINE_EXCEEDED",
  "CALL_TIMEOUT",
  "ATTEMPT_TIMEOUT",
  "ABORT_ERR",
  "AbortError",
  "TimeoutError",
]);
/** Timers fire a little early at times. */
const TIMER_SLACK_MS = 2;

/** Whether an error says that time ran out, in any of the ways in which that is said. */
export const saysOutOfTime = (error: unknown): boolean =>
  readFailure(error).labels.some((label) => OUT_OF_TIME.has(label));

/** Whether an error comes of the time being over, as our own end would a moment later. */
const ranOut = (error: unknown, deadlineMs: number | undefined, nowMs: number): boolean =>
  deadlineMs !== undefined && nowMs >= deadlineMs - TIMER_SLACK_MS && saysOutOfTime(error);

/** Outside of a request: spelled out, since spreading costs more than all else here. */
const bare = (call: CallUnderWay): CallContext => ({
  deadlineMs: undefined,
  signal: undefined,
  idempotencyKey: undefined,
  degraded: NO_CONTEXT.degraded,
  call,
});

/** Makes the one attempt of a call that no policy bounds. What it throws at once is a rejection like any other. */
export function makePlainAttempt<T>(fn: CallFunction<T>, call: CallUnderWay): Promise<T> {
  try {
    const answer = runInContext(bare(call), fn, new LazyAttempt(1, undefined, undefined));
    return answer instanceof Promise ? answer : Promise.resolve(answer);
  } catch (error) {
    return Promise.reject(error);
  }
}

export interface AttemptTerms {
  readonly clock: Clock;
  readonly context: CallContext;
  readonly attempt: number;
  readonly idempotencyKey: string | undefined;
  readonly end: End;
  /** Ends with whoever asked. */
  readonly signal: AbortSignal | undefined;
  readonly call: CallUnderWay;
  /** The function is really over, which may be after its attempt was given up. */
  readonly onOver: (dropped: boolean) => void;
}

/**
 * Makes one attempt inside its own, narrower context. Rejects with the function's error, with `end`'s once its time is
 * over, or with the reason of `signal`; its own signal ends then too. No timer and no listener is left.
 */
export function makeAttempt<T>(fn: CallFunction<T>, terms: AttemptTerms): Promise<T> {
  const { clock, context, end, signal } = terms;
  const nowMs = clock.now();
  const timed = end.atMs !== Number.POSITIVE_INFINITY;
  const deadlineMs = timed ? calleeDeadlineMs(nowMs, end.atMs) : undefined;
  const attempt = new LazyAttempt(terms.attempt, deadlineMs, terms.idempotencyKey);
  const inner: CallContext = {
    deadlineMs,
    get signal() {
      return attempt.signal;
    },
    idempotencyKey: terms.idempotencyKey,
    degraded: context.degraded,
    attempt: terms.attempt,
    call: terms.call,
  };
  const running = start(fn, attempt, inner);
  if (!timed && signal === undefined) {
    running.then(
      () => terms.onOver(false),
      () => terms.onOver(false),
    );
    return running;
  }
  return new Promise((resolve, reject) => {
    let dropped = false;
    const leave = (): void => {
      stop();
      signal?.removeEventListener("abort", onAbort);
    };
    const drop = (reason: unknown): void => {
      dropped = true;
      leave();
      attempt.abort(reason);
      reject(reason);
    };
    const onAbort = (): void => drop(signal?.reason);
    const stop = timed
      ? clock.after(Math.max(0, end.atMs - nowMs), () => drop(end.error()))
      : () => undefined;
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    running.then(
      (answer) => {
        leave();
        terms.onOver(dropped);
        resolve(answer);
      },
      (error: unknown) => {
        leave();
        terms.onOver(dropped);
        reject(ranOut(error, deadlineMs, clock.now()) ? end.error() : error);
      },
    );
  });
}

async function start<T>(fn: CallFunction<T>, attempt: Attempt, inner: CallContext): Promise<T> {
  return runInContext(inner, () => fn(attempt));
}
