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

/** Puts the cursor into the page's search field, where it has one. */
export function focusSearch(): void {
  document.querySelector<HTMLInputElement>("[data-search]")?.focus();
}
