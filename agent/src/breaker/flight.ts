import type { BreakerState, Outcome } from "../rules/index.ts";

type Land = (state: BreakerState, sinceMs: number, outcome: Outcome) => void;

/** Calls that begin in the same state at the same moment: what they need to be counted is made once for all of them. */
export class Flight {
  readonly state: BreakerState;
  readonly sinceMs: number;
  readonly #onAnswer: <T>(answer: T) => T;
  readonly #onError: (error: unknown) => never;

  constructor(state: BreakerState, sinceMs: number, land: Land) {
    this.state = state;
    this.sinceMs = sinceMs;
    this.#onAnswer = (answer) => {
      land(state, sinceMs, "succeeded");
      return answer;
    };
    this.#onError = (error) => {
      land(state, sinceMs, "failed");
      throw error;
    };
  }

  /** Makes the call. What it throws at once is a rejection like any other. */
  fly<T>(make: () => T | PromiseLike<T>): Promise<T> {
    try {
      const answer = make();
      const promise = answer instanceof Promise ? answer : Promise.resolve(answer);
      return promise.then(this.#onAnswer<T>, this.#onError);
    } catch (error) {
      return Promise.reject(error).then(undefined, this.#onError);
    }
  }
}
