import { type Breaker, BreakerOpenError, type Permit } from "../breaker/index.ts";
import type { Clock } from "../clock.ts";
import { type CallContext, type CallUnderWay, currentContext, NO_CONTEXT } from "../context/index.ts";
import type { SpecHandle } from "../levers/index.ts";
import { type ActiveSpan, activeTracer } from "../tracing/index.ts";
import { type CallFunction, type End, makeAttempt, makePlainAttempt } from "./attempt.ts";
import type { PolicyCallOptions } from "./call-options.ts";
import { type CallOutcome, CallStats } from "./call-stats.ts";
import { traceCall, traceOutcome } from "./call-trace.ts";
import type { CalleeFigures } from "./callee-figures.ts";
import { type Course, courseFor } from "./course.ts";
import type { DegradationTeller } from "./degradation.ts";
import { CallTimeoutError, DeadlineExceededError, LimitReachedError } from "./errors.ts";
import { readFailure } from "./failure.ts";
import type { Limiter, Slot } from "./limiter.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { decideRetry } from "./retry-decision.ts";
import { isSpent, markSpent } from "./retry-marks.ts";
import { isOwnRefusal, leaveAll, outcomeOf, settle } from "./settling.ts";
import { sleep } from "./sleep.ts";
import { isCalleesFault, reasonToDegrade, StandIn } from "./stand-in.ts";

/** What a policy is put together from; the handles' specs are live. */
export interface CallPolicyParts {
  readonly name: string;
  readonly service: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timeout: SpecHandle<"timeout">;
  readonly retry: SpecHandle<"retry">;
  /** In the order in which a call passes them. */
  readonly limiters: readonly Limiter[];
  /** Undefined: the code wants none. */
  readonly breaker: Breaker | undefined;
  /** Shared by all policies of the same callee. */
  readonly budget: RetryBudget;
  readonly teller: DegradationTeller;
  /** Undefined: the work is this process's own, told neither in figures nor in traces. */
  readonly figures: CalleeFigures | undefined;
}

const NO_OPTIONS = Object.freeze({});
const NO_SLOTS: readonly Slot[] = [];

/**
 * A call by name under its live policies. From the outside in: degraded switch and fallback, deadline and timeout, retry
 * with its budget, limits, breaker, the function. See `docs/resilience.md` and ADR 0014 for why in this order.
 */
export class CallPolicy {
  readonly stats = new CallStats();
  readonly #parts: CallPolicyParts;
  readonly #standIn: StandIn;
  readonly #refusal: BreakerOpenError;

  constructor(parts: CallPolicyParts) {
    this.#parts = parts;
    this.#standIn = new StandIn({ ...parts, stats: this.stats });
    this.#refusal = new BreakerOpenError(parts.name);
    markSpent(this.#refusal);
  }

  get name(): string {
    return this.#parts.name;
  }
  get breaker(): Breaker | undefined {
    return this.#parts.breaker;
  }
  get limiters(): readonly Limiter[] {
    return this.#parts.limiters;
  }
  /** Retries that the callee may be sent now; undefined while none are made. */
  get budgetLeft(): number | undefined {
    const { retry, budget, clock } = this.#parts;
    return retry.spec === undefined ? undefined : budget.left(clock.now(), retry.spec.budgetPercent);
  }

  /** See `Agent.call`. */
  call<T>(fn: CallFunction<T>, options: PolicyCallOptions<T> = NO_OPTIONS): Promise<T> {
    const tracer = activeTracer();
    if (tracer !== undefined && this.#parts.figures !== undefined)
      return traceCall(tracer, this.name, (span) => this.#callUnderAll(fn, options, currentContext(), span));
    const request = currentContext();
    const plain = options === NO_OPTIONS && request === NO_CONTEXT && this.#isPlain();
    return plain ? this.#callPlain(fn) : this.#callUnderAll(fn, options, request, undefined);
  }

  /** Whether nothing but a breaker acts. */
  #isPlain(): boolean {
    const { timeout, retry, limiters } = this.#parts;
    if (timeout.spec !== undefined || retry.spec !== undefined) return false;
    for (const limiter of limiters) if (limiter.active) return false;
    return true;
  }

  /** The same as under all policies, where none of them acts: without their cost. */
  #callPlain<T>(fn: CallFunction<T>): Promise<T> {
    const { breaker, clock, figures } = this.#parts;
    const { stats } = this;
    const permit = breaker?.permit();
    const beganMs = clock.now();
    if (permit === false) {
      stats.ended("breaker-open", 0, beganMs);
      figures?.record("refused", 0);
      return Promise.reject(this.#refusal);
    }
    stats.attempts++;
    const call: CallUnderWay = { callee: undefined };
    return makePlainAttempt(fn, call).then(
      (answer) => {
        const nowMs = clock.now();
        permit?.success();
        stats.ended("ok", 1, nowMs);
        figures?.record("ok", nowMs - beganMs, call);
        return answer;
      },
      (error: unknown) => {
        const nowMs = clock.now();
        const faulty = isCalleesFault(error, undefined);
        if (permit !== undefined) settle(permit, faulty);
        stats.ended("failed", 1, nowMs);
        figures?.record(outcomeOf(error, faulty), nowMs - beganMs, call);
        throw error;
      },
    );
  }

  async #callUnderAll<T>(
    fn: CallFunction<T>,
    options: PolicyCallOptions<T>,
    request: CallContext,
    span: ActiveSpan | undefined,
  ): Promise<T> {
    const { clock } = this.#parts;
    const answer = options.degrade?.get(options.context);
    if (answer?.degraded === true) {
      this.#ended("degraded", 0, span);
      const reason = answer.rule === undefined ? "switch" : "rule";
      return this.#standIn.give({ reason, error: undefined, answer, request }, options);
    }
    const { name, timeout } = this.#parts;
    const course = courseFor(fn, options, request, { name, nowMs: clock.now(), spec: timeout.spec, span });
    try {
      const value = await this.#tryAll(course);
      this.#ended("ok", course.tries, span);
      return value;
    } catch (error) {
      const outcome = this.#outcomeOf(error, course);
      if (outcome === "breaker-open" || outcome === "limited") this.#parts.figures?.record("refused", 0);
      this.#ended(outcome, course.tries, span);
      const reason = reasonToDegrade(outcome, error, options.isFailure);
      const standsIn = options.fallback !== undefined || answer?.payload !== undefined;
      if (reason === undefined || !standsIn) throw error;
      return this.#standIn.give({ reason, error, answer, request }, options);
    }
  }

  #ended(outcome: CallOutcome, tries: number, span: ActiveSpan | undefined): void {
    const { name, clock, figures } = this.#parts;
    this.stats.ended(outcome, tries, clock.now());
    traceOutcome(activeTracer(), span, { name, callee: figures?.callee ?? name, outcome, tries });
  }

  async #tryAll<T>(course: Course<T>): Promise<T> {
    const { name, clock } = this.#parts;
    for (;;) {
      if (course.end.atMs <= clock.now())
        throw course.tries === 0 ? new DeadlineExceededError(name, false) : course.end.error();
      try {
        return await this.#tryOnce(course);
      } catch (error) {
        const waitMs = this.#waitToRetry(error, course);
        if (waitMs === undefined) throw error;
        this.stats.retries++;
        course.span?.event("leverframe.retry", { attempt: course.tries + 1, "wait.ms": Math.round(waitMs) });
        await sleep(clock, waitMs, course.signal);
      }
    }
  }

  async #tryOnce<T>(course: Course<T>): Promise<T> {
    const { clock, retry, budget, figures } = this.#parts;
    const active = this.#parts.limiters.filter((limiter) => limiter.active);
    const slots = active.length === 0 ? NO_SLOTS : await this.#enter(course, active);
    const permit = this.#permit(slots);
    if (course.tries === 0 && retry.spec !== undefined) budget.deposit(clock.now());
    course.tries++;
    this.stats.attempts++;
    const call: CallUnderWay = { callee: undefined };
    const beganMs = clock.now();
    try {
      const answer = await makeAttempt(course.fn, {
        clock,
        call,
        context: course.context,
        attempt: course.tries,
        idempotencyKey: course.idempotencyKey,
        end: this.#attemptEnd(course.end),
        signal: course.signal,
        onOver: (dropped) => leaveAll(slots, dropped),
      });
      const failure = course.options.failed?.(answer);
      if (failure !== undefined) throw failure;
      permit?.success();
      figures?.record("ok", clock.now() - beganMs, call);
      return answer;
    } catch (error) {
      const faulty = !this.#isBlameless(error, course);
      if (permit !== undefined) settle(permit, faulty);
      const outcome = course.signal?.aborted === true ? "cancelled" : outcomeOf(error, faulty);
      if (outcome === "timeout") this.stats.timeouts++;
      figures?.record(outcome, clock.now() - beganMs, call);
      throw error;
    }
  }

  /** The limits let the call begin one after the other; an open breaker is asked before, so that nobody queues for nothing. */
  async #enter<T>(course: Course<T>, active: readonly Limiter[]): Promise<readonly Slot[]> {
    const { breaker } = this.#parts;
    if (breaker?.state === "OPEN") {
      const permit = breaker.permit();
      if (permit === false) throw this.#refusal;
      permit.release();
    }
    const passage = { deadlineMs: course.end.atMs, signal: course.signal, context: course.options.context };
    const slots: Slot[] = [];
    try {
      for (const limiter of active) {
        const slot = limiter.enter(passage);
        slots.push(slot instanceof Promise ? await slot : slot);
      }
      return slots;
    } catch (error) {
      for (const slot of slots) slot.giveBack();
      throw error;
    }
  }

  #permit(slots: readonly Slot[]): Permit | undefined {
    const permit = this.#parts.breaker?.permit();
    if (permit !== false) return permit;
    for (const slot of slots) slot.giveBack();
    throw this.#refusal;
  }

  #attemptEnd(end: End): End {
    const { name, clock, timeout } = this.#parts;
    const attemptMs = timeout.spec?.attemptTimeoutMs;
    if (attemptMs === undefined) return end;
    const atMs = clock.now() + attemptMs;
    return atMs < end.atMs ? { atMs, error: () => new CallTimeoutError(name, attemptMs, "attempt") } : end;
  }

  #waitToRetry<T>(error: unknown, course: Course<T>): number | undefined {
    const { retry, clock, random, budget } = this.#parts;
    const { spec } = retry;
    if (spec === undefined || isOwnRefusal(error) || course.signal?.aborted === true) return undefined;
    const { idempotent, idempotencyKey } = course.options;
    const decision = decideRetry({
      spec,
      failure: readFailure(error),
      made: course.tries,
      idempotent: idempotent ?? idempotencyKey !== undefined,
      otherLayer: (course.context.attempt ?? 1) > 1 || isSpent(error),
      nowMs: clock.now(),
      deadlineMs: course.end.atMs,
      random: random(),
      withdraw: (budgetPercent) => budget.withdraw(clock.now(), budgetPercent),
    });
    if (decision === undefined) return undefined;
    if ("waitMs" in decision) return decision.waitMs;
    this.stats.refusals[decision.refused]++;
    if (course.tries > 1 || decision.refused === "budget" || decision.refused === "pushback")
      markSpent(error);
    return undefined;
  }

  #isBlameless<T>(error: unknown, { options, signal }: Course<T>): boolean {
    if (signal?.aborted === true) return true;
    return !isCalleesFault(error, options.isFailure);
  }

  #outcomeOf<T>(error: unknown, course: Course<T>): CallOutcome {
    if (error === this.#refusal) return "breaker-open";
    const { name, limiters } = this.#parts;
    // One of a call within this one is a failure like any other.
    if (error instanceof LimitReachedError && limiters.some((one) => one.name === error.limit))
      return "limited";
    if (error instanceof CallTimeoutError && error.call === name) return "timeout";
    if (error instanceof DeadlineExceededError && error.call === name) return "deadline";
    return course.signal?.aborted === true ? "cancelled" : "failed";
  }
}
