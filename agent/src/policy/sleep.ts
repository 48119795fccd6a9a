import type { Clock } from "../clock.ts";

/** Resolves after `ms`; rejects with the signal's reason once it ends. Leaves no timer and no listener behind. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      stop();
      reject(signal === undefined ? undefined : reasonOf(signal));
    };
    const stop = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

const reasonOf = (signal: AbortSignal): unknown => signal.reason;
