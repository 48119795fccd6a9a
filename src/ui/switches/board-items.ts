"use client";

import { type RefObject, useEffect } from "react";
import { formatRef } from "../api/ref.ts";
import type { Group } from "./board-order.ts";
import type { SwitchRow } from "./switch-row.ts";

/** What stands one below the other on the board. */
export type Item =
  | { readonly type: "heading"; readonly key: string; readonly group: Group }
  | { readonly type: "row"; readonly key: string; readonly row: SwitchRow };

export const itemsOf = (groups: readonly Group[]): readonly Item[] =>
  groups.flatMap((group) => [
    { type: "heading" as const, key: `heading ${group.key}`, group },
    ...group.rows.map((row) => ({ type: "row" as const, key: formatRef(row), row })),
  ]);

/** Up and down, from lever to lever; with Shift they are picked on the way, and `x` picks the one in focus. */
export function useArrowKeys(
  list: RefObject<HTMLElement | null>,
  items: readonly Item[],
  scrollTo: (index: number) => void,
  pick: (key: string, how: "toggle" | "extend") => void,
): void {
  useEffect(() => {
    const element = list.current;
    const onKey = (event: KeyboardEvent) => {
      const at = Number((event.target as HTMLElement).closest<HTMLElement>("[data-index]")?.dataset["index"]);
      const item = items[at];
      if (item?.type === "row" && event.key === "x" && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        pick(item.key, "toggle");
      }
      const next = moveFocus(event, items, scrollTo);
      if (!event.shiftKey || next === undefined) return;
      if (item?.type === "row") pick(item.key, "extend");
      pick(next, "extend");
    };
    element?.addEventListener("keydown", onKey);
    return () => element?.removeEventListener("keydown", onKey);
  }, [list, items, scrollTo, pick]);
}

/** From the lever in focus to the next one, over headings, also where that is not in the page yet. Gives its key. */
function moveFocus(
  event: KeyboardEvent,
  items: readonly Item[],
  scrollTo: (index: number) => void,
): string | undefined {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const row = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
  if (step === 0 || !row) return undefined;
  event.preventDefault();
  let next = Number(row.dataset["index"]) + step;
  while (items[next]?.type === "heading") next += step;
  const found = items[next];
  if (!found) return undefined;
  scrollTo(next);
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-index="${next}"] button`)?.focus());
  return found.key;
}
