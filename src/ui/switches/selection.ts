"use client";

import { useCallback, useMemo, useState } from "react";
import { formatRef } from "../api/ref.ts";
import type { SwitchRow } from "./switch-row.ts";

/** Which rows of a board are picked. Rows that went are picked no more. */
export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly rows: readonly SwitchRow[];
  /** Picks or drops some rows. */
  readonly set: (keys: readonly string[], picked: boolean) => void;
  readonly clear: () => void;
}

const NOTHING: ReadonlySet<string> = new Set();

export function useSelection(rows: readonly SwitchRow[]): Selection {
  const [keys, setKeys] = useState(NOTHING);
  const set = useCallback((changed: readonly string[], picked: boolean) => {
    setKeys((before) => {
      const after = new Set(before);
      for (const key of changed) {
        if (picked) after.add(key);
        else after.delete(key);
      }
      return after;
    });
  }, []);
  const clear = useCallback(() => setKeys(NOTHING), []);
  return useMemo(
    () => ({
      keys,
      rows: keys.size === 0 ? [] : rows.filter((row) => keys.has(formatRef(row))),
      set,
      clear,
    }),
    [keys, rows, set, clear],
  );
}

/** The keys from one place of a list to another, both counted, whichever stands first. Pure. */
export function between(order: readonly string[], from: string | undefined, to: string): readonly string[] {
  const [start, end] = [from === undefined ? -1 : order.indexOf(from), order.indexOf(to)];
  if (start < 0 || end < 0) return [to];
  return order.slice(Math.min(start, end), Math.max(start, end) + 1);
}
