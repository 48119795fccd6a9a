import { setPriority } from "node:os";

/** How much these programs stand back: whatever carries a lever goes first. */
const NICE = 10;

/** Lowers this process, and every thread that it starts from now on. A system that knows no niceness leaves it as it is. */
export function standBack(): void {
  try {
    setPriority(NICE);
  } catch {
    // Then it runs beside the others, still bounded in memory and threads.
  }
}
