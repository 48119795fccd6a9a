import type { LayoutInput, Placement } from "./layout.ts";

/** A picture that was laid out. */
export interface Kept {
  readonly placement: Placement;
  /** Another one where everything was laid out anew. */
  readonly made: string;
}

/** By what they are of: coming back finds everything where it stood. At most so many, the oldest are forgotten. */
const kept = new Map<string, Kept>();
const failed = new Set<string>();
const MOST_KEPT = 30;
const listeners = new Set<() => void>();
let running: string | undefined;
let made = 0;

const tell = (): void => {
  for (const listener of listeners) listener();
};

export const placements = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  of: (name: string): Kept | undefined => kept.get(name),
  hasFailed: (name: string): boolean => failed.has(name),
  /** The same picture with more in it. */
  extend(name: string, placement: Placement): void {
    const known = kept.get(name);
    if (known === undefined || known.placement === placement) return;
    kept.set(name, { ...known, placement });
    tell();
  },
  /** Lays a picture out in a worker, unless the same is under way. What was asked for before is not waited for. */
  async layOut(name: string, question: string, input: LayoutInput): Promise<void> {
    if (running === question) return;
    running = question;
    const start = performance.now();
    try {
      const { layOutApart } = await import("./layout-client.ts");
      const placement = await layOutApart(input);
      // For whoever measures the page (`npm run bench -- topology`).
      performance.measure("topology layout", { start });
      if (running !== question) return;
      made += 1;
      kept.delete(name);
      kept.set(name, { placement, made: `${name} ${made}` });
      failed.delete(name);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_KEPT) break;
        kept.delete(oldest);
      }
      running = undefined;
    } catch {
      // Not tried again by itself: `running` stays until something else is asked.
      if (running === question) failed.add(name);
    }
    tell();
  },
};
