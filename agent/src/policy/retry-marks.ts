/**
 * Errors behind which retries were made, or were refused for good, at a layer below. Whoever passes such an error up
 * says so (`leverframe-retry: no`), and nobody above tries again: a chain of n layers with 3 attempts each would turn
 * one call into 3ⁿ (SRE book, *Addressing Cascading Failures*).
 */
const spent = new WeakSet<object>();

/** Notes that another try at a layer above makes no sense. */
export const markSpent = (error: unknown): void => {
  if (typeof error === "object" && error !== null) spent.add(error);
};

/** Whether an error, or one that it was caused by, stands at the end of a layer's retries. */
export function isSpent(error: unknown): boolean {
  let at: unknown = error;
  for (let depth = 0; depth < 5 && typeof at === "object" && at !== null; depth++) {
    if (spent.has(at)) return true;
    at = (at as { readonly cause?: unknown }).cause;
  }
  return false;
}
