"use client";

import { useEffect } from "react";

/** A key as typed, or two in a row: `g s`. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const CHORD_MS = 1_200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !(target instanceof HTMLInputElement && /^(radio|checkbox|button)$/.test(target.type));

const dialogIsOpen = (): boolean => document.querySelector("[role=dialog]") !== null;

/** Binds keys for as long as the component lives. Nothing fires while one types or while a sheet is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    let first: { key: string; atMs: number } | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || dialogIsOpen()) return;
      const chord =
        first && event.timeStamp - first.atMs < CHORD_MS ? `${first.key} ${event.key}` : undefined;
      const run = (chord && shortcuts[chord]) || shortcuts[event.key];
      first = run ? undefined : { key: event.key, atMs: event.timeStamp };
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [shortcuts]);
}

/** Ctrl-K, or ⌘-K: from anywhere, also while one types or a sheet is open. */
export function usePaletteKey(toggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const alone = event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey;
      if (!alone || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      toggle();
    };
    // Before an editor takes the key for its own.
    document.addEventListener("keydown", onKey, { capture: true });
    return () => document.removeEventListener("keydown", onKey, { capture: true });
  }, [toggle]);
}

/** Puts the cursor into the page's search field; false where it has none. */
export function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("[data-search]");
  field?.focus();
  return field !== null;
}
