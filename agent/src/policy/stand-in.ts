import type { CallContext } from "../context/index.ts";
import type { SwitchAnswer } from "../levers/index.ts";
import type { PolicyCallOptions } from "./call-options.ts";
import type { CallOutcome, CallStats, DegradationReason } from "./call-stats.ts";
import type { DegradationTeller } from "./degradation.ts";
import { CallDegradedError } from "./errors.ts";
import { readFailure } from "./failure.ts";

/** Whether an error is the callee's fault: what a breaker counts and a fallback answers. */
export const isCalleesFault = (
  error: unknown,
  isFailure: ((error: unknown) => boolean) | undefined,
): boolean => (isFailure === undefined ? !readFailure(error).blameless : isFailure(error));

/**
 * Why another answer may stand in for a call that ended so; undefined: its error is the answer. A request that was wrong
 * by itself, or that nobody waits for, is not answered by something else.
 */
export function reasonToDegrade(
  outcome: CallOutcome,
  error: unknown,
  isFailure: ((error: unknown) => boolean) | undefined,
): DegradationReason | undefined {
  switch (outcome) {
    case "breaker-open":
    case "timeout":
    case "deadline":
      return outcome;
    case "limited":
      return "limit-reached";
    case "failed":
      return isCalleesFault(error, isFailure) ? "failed" : undefined;
    case "ok":
    case "cancelled":
    case "degraded":
      return undefined;
  }
}

/** Why, and with what, an answer is made in a call's place. */
export interface StandInCause {
  readonly reason: DegradationReason;
  readonly error: unknown;
  /** Of the call's switch, where it has one. */
  readonly answer: SwitchAnswer | undefined;
  readonly request: CallContext;
}

/** Makes the answers that stand in for those of one call, and tells of each. */
export class StandIn {
  readonly #parts: { name: string; service: string; stats: CallStats; teller: DegradationTeller };

  constructor(parts: { name: string; service: string; stats: CallStats; teller: DegradationTeller }) {
    this.#parts = parts;
  }

  /** The fallback's answer, else the switch's payload. Rejects with the fallback's error, or `CallDegradedError`. */
  async give<T>({ reason, error, answer, request }: StandInCause, options: PolicyCallOptions<T>): Promise<T> {
    const { name, service, stats, teller } = this.#parts;
    const lever = `${service}/${options.degrade?.name ?? name}`;
    const { level, strategy, payload } = answer ?? {};
    stats.degradations[reason]++;
    const degradation = { name, reason, lever, error, level, strategy, payload };
    teller.tell(degradation, request, { args: options.args, hook: options.onDegraded });
    if (options.fallback !== undefined) return options.fallback(options.context, degradation);
    if (payload === undefined) throw new CallDegradedError(name, lever);
    // The operator's word: a payload has the shape of the answer that it stands in for.
    return payload as T;
  }
}
