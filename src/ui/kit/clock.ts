"use client";

import { useSyncExternalStore } from "react";

const TICK_MS = 5_000;
let nowMs = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

const tick = () => {
  nowMs = Date.now();
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

/** The same answer within a tick, as React asks of a store. */
const read = () => {
  const now = Date.now();
  if (now - nowMs > TICK_MS) nowMs = now;
  return nowMs;
};

/** The time, every five seconds, the same for everybody who asks. 0 in the static shell. */
export const useNowMs = (): number => useSyncExternalStore(subscribe, read, () => 0);
