"use client";

import { useCallback, useState } from "react";

const keyOf = (name: string) => `leverframe.draft.${name}`;

function recall<Value>(name: string, empty: Value): Value {
  try {
    const text = sessionStorage.getItem(keyOf(name));
    return text === null ? empty : { ...empty, ...(JSON.parse(text) as Value) };
  } catch {
    return empty;
  }
}

function remember(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(keyOf(name));
    else sessionStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // Storage is full or refused: what is typed then lives as long as the page.
  }
}

/**
 * What is typed, kept for this tab under a name until it is cleared: it outlives a reload, a lost session and a lost
 * server. Mount anew (`key`) for another name; `empty` and `isBlank` must be the same at each call.
 */
export function useDraft<Value extends object>(
  name: string,
  empty: Value,
  isBlank: (value: Value) => boolean,
) {
  const [draft, setDraft] = useState(() => recall(name, empty));
  const change = useCallback(
    (next: (before: Value) => Value) =>
      setDraft((before) => {
        const after = next(before);
        remember(name, isBlank(after) ? undefined : after);
        return after;
      }),
    [name, isBlank],
  );
  const clear = useCallback(() => {
    remember(name, undefined);
    setDraft(empty);
  }, [name, empty]);
  return { draft, change, clear };
}

/** Whether a draft waits under a name, for marks in a list. */
export function hasDraft(name: string): boolean {
  try {
    return sessionStorage.getItem(keyOf(name)) !== null;
  } catch {
    return false;
  }
}
