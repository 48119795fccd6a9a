"use client";

import { useCallback, useEffect, useState } from "react";

const keyOf = (name: string) => `leverframe.draft.${name}`;

/** What is kept under a name, over what is empty; for whoever keeps it elsewhere than in one component. */
export function recall<Value>(name: string, empty: Value): Value {
  try {
    const text = sessionStorage.getItem(keyOf(name));
    return text === null ? empty : { ...empty, ...(JSON.parse(text) as Value) };
  } catch {
    return empty;
  }
}

/** Keeps a value (plain JSON) under a name for this tab; undefined takes it away. */
export function remember(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(keyOf(name));
    else sessionStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // Storage is full or refused: what is typed then lives as long as the page.
  }
}

const GIVEN = "leverframe.draft-given";

/** Hands a draft to its editor, also to one that is open already. */
export function giveDraft(name: string, value: unknown): void {
  remember(name, value);
  window.dispatchEvent(new CustomEvent(GIVEN, { detail: name }));
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
  useEffect(() => {
    const take = (event: Event) => {
      if ((event as CustomEvent<string>).detail === name) setDraft(recall(name, empty));
    };
    window.addEventListener(GIVEN, take);
    return () => window.removeEventListener(GIVEN, take);
  }, [name, empty]);
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

/** One text of a draft of its own, such as a reason; an empty one is forgotten. Another name brings its own text. */
export function useDraftText(name: string) {
  const [held, setHeld] = useState(() => ({ name, ...recall(name, NO_TEXT) }));
  const now = held.name === name ? held : { name, ...recall(name, NO_TEXT) };
  if (now !== held) setHeld(now);
  const setText = useCallback(
    (text: string) => {
      remember(name, text === "" ? undefined : { text });
      setHeld({ name, text });
    },
    [name],
  );
  return [now.text, setText] as const;
}

const NO_TEXT = { text: "" };

/** Whether a draft waits under a name, for marks in a list. */
export function hasDraft(name: string): boolean {
  try {
    return sessionStorage.getItem(keyOf(name)) !== null;
  } catch {
    return false;
  }
}
