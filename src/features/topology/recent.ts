/**
 * Answers that several ask for at once, and again within a moment. Failures are not kept. At most `most` at a time, the
 * oldest are forgotten.
 */
export class Recent<Value> {
  readonly #most: number;
  readonly #kept = new Map<string, { readonly untilMs: number; readonly answer: Promise<Value> }>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The answer under a key, if it was asked for less than its `keepMs` ago; else `ask`s. */
  get(key: string, nowMs: number, keepMs: number, ask: () => Promise<Value>): Promise<Value> {
    const known = this.#kept.get(key);
    if (known !== undefined && known.untilMs > nowMs) return known.answer;
    const answer = ask();
    const kept = { untilMs: nowMs + keepMs, answer };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
    answer.catch(() => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
    });
    return answer;
  }
}
