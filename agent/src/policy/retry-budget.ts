/** Seconds that the budget looks back. */
export const BUDGET_WINDOW_S = 10;
/** Retries that a window always allows, so that a quiet caller may retry at all. */
export const BUDGET_FLOOR = 10;

const SECOND_MS = 1_000;

/**
 * How many retries a callee is sent: within the last 10 s at most `budgetPercent` of the calls made to it, and at least
 * 10 (a floor; at 0 % none). Counted by whole seconds in a ring, so that memory is constant and a change of the percent
 * holds at once for all that was counted. One for all calls to the same callee. Source: SRE book, *Handling Overload*
 * (per-client retry budget); Finagle's and tower's `Budget` (10 s, a floor beside a percentage); Envoy's `retry_budget`.
 * Deviation: the larger of floor and share, not their sum, so that a budget of 20 % is never more than 20 % of a busy caller's calls.
 */
export class RetryBudget {
  readonly #calls = new Float64Array(BUDGET_WINDOW_S);
  readonly #retries = new Float64Array(BUDGET_WINDOW_S);
  #second = 0;
  #callSum = 0;
  #retrySum = 0;

  /** A first attempt is made. `nowMs` is monotonic. */
  deposit(nowMs: number): void {
    this.#turn(nowMs);
    const slot = this.#second % BUDGET_WINDOW_S;
    this.#calls[slot] = (this.#calls[slot] ?? 0) + 1;
    this.#callSum++;
  }

  /** Takes one retry out, or false: there is none left. */
  withdraw(nowMs: number, budgetPercent: number): boolean {
    this.#turn(nowMs);
    if (this.#retrySum + 1 > this.#allowed(budgetPercent)) return false;
    const slot = this.#second % BUDGET_WINDOW_S;
    this.#retries[slot] = (this.#retries[slot] ?? 0) + 1;
    this.#retrySum++;
    return true;
  }

  /** Retries that could be made now. */
  left(nowMs: number, budgetPercent: number): number {
    this.#turn(nowMs);
    return Math.max(0, Math.floor(this.#allowed(budgetPercent)) - this.#retrySum);
  }

  #allowed(budgetPercent: number): number {
    return budgetPercent <= 0 ? 0 : Math.max(BUDGET_FLOOR, (this.#callSum * budgetPercent) / 100);
  }

  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / SECOND_MS);
    const turns = Math.min(second - this.#second, BUDGET_WINDOW_S);
    for (let turn = 0; turn < turns; turn++) {
      const slot = (second - turn) % BUDGET_WINDOW_S;
      this.#callSum -= this.#calls[slot] ?? 0;
      this.#retrySum -= this.#retries[slot] ?? 0;
      this.#calls[slot] = 0;
      this.#retries[slot] = 0;
    }
    if (turns > 0) this.#second = second;
  }
}
