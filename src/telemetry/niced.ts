import { readdirSync } from "node:fs";
import { setPriority } from "node:os";

/** How much these programs stand back: whatever carries a lever goes first. */
const NICE = 10;

/**
 * Lowers this process with every thread that it has and will start. On Linux niceness is a thread's, and the runtime's own
 * pools run before this: whatever they start (an engine's merges) would inherit theirs. A system that knows no niceness
 * leaves it as it is.
 */
export function standBack(): void {
  for (const thread of [0, ...ownThreads()]) {
    try {
      setPriority(thread, NICE);
    } catch {
      // Then it runs beside the others, still bounded in memory and threads; or the thread ended meanwhile.
    }
  }
}

function ownThreads(): readonly number[] {
  try {
    return readdirSync("/proc/self/task").map(Number);
  } catch {
    return [];
  }
}
