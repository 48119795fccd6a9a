import { useSyncExternalStore } from "react";

/** The moment under the pointer, which every chart of a page shows; undefined where none is. */
let atMs: number | undefined;
const listeners = new Set<() => void>();

export function setCursor(next: number | undefined): void {
  if (next === atMs) return;
  atMs = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useCursor = (): number | undefined =>
  useSyncExternalStore(
    subscribe,
    () => atMs,
    () => undefined,
  );
