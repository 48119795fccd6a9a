import type { QueryClient } from "@tanstack/react-query";

interface Asking {
  wanted: boolean;
}

const running = new Map<string, Asking>();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again for what is shown under a key: at once, then at most every `gapMs`, and once more after the last call.
 * A slow answer is waited for and never cut short by the next event, so that events cannot starve the page.
 */
export async function askAgain(
  cache: QueryClient,
  queryKey: readonly unknown[],
  gapMs: number,
): Promise<void> {
  const name = JSON.stringify(queryKey);
  const asking = running.get(name);
  if (asking) {
    asking.wanted = true;
    return;
  }
  const mine: Asking = { wanted: true };
  running.set(name, mine);
  try {
    while (mine.wanted) {
      mine.wanted = false;
      await cache.invalidateQueries({ queryKey });
      await pause(gapMs);
    }
  } finally {
    running.delete(name);
  }
}
