/** How many bytes are in hand, of bodies and of rows, against a bound that they never pass. */
export class ByteBudget {
  readonly bound: number;
  #held = 0;

  constructor(bound: number) {
    this.bound = bound;
  }

  get held(): number {
    return this.#held;
  }

  /** Takes them if there is room. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.bound) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
