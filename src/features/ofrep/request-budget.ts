/** Whose budgets are remembered; the one asked longest ago is forgotten first, and begins whole again. */
const MOST_CALLERS = 10_000;

interface Budget {
  left: number;
  atMs: number;
}

/** A token bucket for each caller: `perSecond` requests, twice as many at once. Constant memory. */
export class RequestBudget {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #budgets = new Map<string, Budget>();

  /** `now`: monotonic ms. */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Spends from a caller's budget: 0 where it may go on, else the ms after which it may. */
  spend(caller: string, cost = 1): number {
    const now = this.#now();
    const most = this.#perSecond * 2;
    const budget = this.#budgets.get(caller) ?? { left: most, atMs: now };
    budget.left = Math.min(most, budget.left + ((now - budget.atMs) / 1_000) * this.#perSecond);
    budget.atMs = now;
    this.#budgets.delete(caller);
    this.#budgets.set(caller, budget);
    if (this.#budgets.size > MOST_CALLERS) {
      const [oldest] = this.#budgets.keys();
      if (oldest !== undefined) this.#budgets.delete(oldest);
    }
    // A cost above the whole budget is let through once that is full.
    const needed = Math.min(cost, most);
    if (budget.left >= needed) {
      budget.left -= needed;
      return 0;
    }
    return Math.ceil(((needed - budget.left) / this.#perSecond) * 1_000);
  }
}
