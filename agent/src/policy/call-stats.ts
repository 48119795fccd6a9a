/** How a call ended. `degraded`: never made, since its switch is degraded. */
export const OUTCOMES = [
  "ok",
  "failed",
  "timeout",
  "deadline",
  "breaker-open",
  "limited",
  "cancelled",
  "degraded",
] as const;
export type CallOutcome = (typeof OUTCOMES)[number];

/** Why a retry was not made although the error was worth one. */
export const RETRY_REFUSALS = [
  "attempts",
  "budget",
  "deadline",
  "pushback",
  "other-layer",
  "not-idempotent",
] as const;
export type RetryRefusal = (typeof RETRY_REFUSALS)[number];

/** Why another answer stands in for the call's own. `rule`: its switch is degraded by a rule, not by an operator. */
export const DEGRADATION_REASONS = [
  "switch",
  "rule",
  "breaker-open",
  "limit-reached",
  "timeout",
  "deadline",
  "failed",
] as const;
export type DegradationReason = (typeof DEGRADATION_REASONS)[number];

/** Percent of the calls of the last 10 s; undefined where there were too few of them to say. */
export interface CallRates {
  readonly failureRate: number | undefined;
  readonly retryFailureRate: number | undefined;
  readonly limitReached: number | undefined;
}

const SLOTS = 10;
const SECOND_MS = 1_000;
/** With fewer than this in the window there is no rate. */
const LEAST_CALLS = 10;
const LEAST_RETRIED = 5;
const FIELDS = ["calls", "failures", "limited", "retried", "retriedFailed"] as const;
type Field = (typeof FIELDS)[number];

const zeros = <Key extends string>(keys: readonly Key[]): Record<Key, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;

/** What a call's policies did: totals since the start, and the last ten seconds for the rules. Constant memory. */
export class CallStats {
  readonly outcomes = zeros(OUTCOMES);
  readonly refusals = zeros(RETRY_REFUSALS);
  readonly degradations = zeros(DEGRADATION_REASONS);
  attempts = 0;
  retries = 0;
  /** Attempts and calls that were given up when their time was over. */
  timeouts = 0;
  readonly #ring = new Float64Array(SLOTS * FIELDS.length);
  readonly #sums = zeros(FIELDS);
  #second = 0;

  /** A call is over; `tries` are its attempts that were made. */
  ended(outcome: CallOutcome, tries: number, nowMs: number): void {
    this.outcomes[outcome]++;
    if (outcome === "cancelled" || outcome === "degraded") return;
    this.#turn(nowMs);
    this.#add("calls");
    if (outcome === "limited") this.#add("limited");
    else if (outcome !== "ok") this.#add("failures");
    if (tries < 2) return;
    this.#add("retried");
    if (outcome !== "ok") this.#add("retriedFailed");
  }

  rates(nowMs: number): CallRates {
    this.#turn(nowMs);
    const { calls, failures, limited, retried, retriedFailed } = this.#sums;
    return {
      failureRate: calls < LEAST_CALLS ? undefined : (100 * failures) / calls,
      limitReached: calls < LEAST_CALLS ? undefined : (100 * limited) / calls,
      retryFailureRate: retried < LEAST_RETRIED ? undefined : (100 * retriedFailed) / retried,
    };
  }

  #add(field: Field): void {
    this.#sums[field]++;
    const at = (this.#second % SLOTS) * FIELDS.length + FIELDS.indexOf(field);
    this.#ring[at] = (this.#ring[at] ?? 0) + 1;
  }

  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / SECOND_MS);
    const turns = Math.min(second - this.#second, SLOTS);
    for (let turn = 0; turn < turns; turn++) {
      const from = ((second - turn) % SLOTS) * FIELDS.length;
      for (const [index, field] of FIELDS.entries()) {
        this.#sums[field] -= this.#ring[from + index] ?? 0;
        this.#ring[from + index] = 0;
      }
    }
    if (turns > 0) this.#second = second;
  }
}
