/**
 * The end of something that may not take longer than `ms`, or go on past any of `others`. Dispose of it when the work is
 * over. In place of `AbortSignal.any([AbortSignal.timeout(ms), …])`: Node 20 lets go of a timeout that nobody else holds,
 * and the whole never ends.
 */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number, ...others: readonly (AbortSignal | undefined)[]) {
    this.#timer = setTimeout(
      () => this.#own.abort(new DOMException(`not within ${ms} ms`, "TimeoutError")),
      ms,
    );
    this.signal = AbortSignal.any([this.#own.signal, ...others.filter((one) => one !== undefined)]);
  }

  /** It was the time that ended it. */
  get passed(): boolean {
    return this.#own.signal.aborted;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
