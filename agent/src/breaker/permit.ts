import type { BreakerState, Outcome } from "../rules/index.ts";

/** The right to one call. Settle it once, with what came of it; later settlements are ignored. */
export interface Permit {
  success(): void;
  failure(): void;
  /** The call was not made, or says nothing of the callee: it counts as none. */
  release(): void;
}

/** A permit that knows the state that gave it. */
export class IssuedPermit implements Permit {
  readonly state: BreakerState;
  readonly sinceMs: number;
  /** The state of the breaker that only watches, where it would have let the call through too. */
  readonly shadow: BreakerState | undefined;
  /** Of the call in the breaker's log. */
  readonly number: number;
  #settle: ((permit: IssuedPermit, outcome: Outcome) => void) | undefined;

  constructor(
    state: BreakerState,
    sinceMs: number,
    shadow: BreakerState | undefined,
    number: number,
    settle: (permit: IssuedPermit, outcome: Outcome) => void,
  ) {
    this.state = state;
    this.sinceMs = sinceMs;
    this.shadow = shadow;
    this.number = number;
    this.#settle = settle;
  }

  success(): void {
    this.#once("succeeded");
  }
  failure(): void {
    this.#once("failed");
  }
  release(): void {
    this.#once("released");
  }

  #once(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(this, outcome);
  }
}
