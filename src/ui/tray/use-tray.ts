"use client";

import { useMemo, useSyncExternalStore } from "react";
import { formatRef, type LeverRef } from "../api/ref.ts";
import { keyOf, type TrayEdit } from "./tray-edit.ts";
import { added, countOf, EMPTY_TRAY, type TrayState, trayOf, without } from "./tray-store.ts";

export type { EditorPlace, TrayEdit } from "./tray-edit.ts";
export { bodyOf } from "./tray-edit.ts";

/** The tray of an environment, for whoever shows it or adds to it. */
export interface Tray {
  readonly state: TrayState;
  /** Collected, and not sent. */
  readonly edits: readonly TrayEdit[];
  /** Edits that are not published yet, those on their way among them. */
  readonly count: number;
  readonly has: (ref: LeverRef) => boolean;
  /** An edit of a lever replaces the one that was there. */
  readonly add: (...edits: readonly TrayEdit[]) => void;
  readonly remove: (ref: LeverRef) => void;
  readonly clear: () => void;
  readonly change: (next: (before: TrayState) => TrayState) => void;
}

export function useTray(env: string): Tray {
  const store = trayOf(env);
  const state = useSyncExternalStore(store.subscribe, store.get, () => EMPTY_TRAY);
  return useMemo(() => {
    const keys = new Set(state.edits.map(keyOf));
    return {
      state,
      edits: state.edits,
      count: countOf(state),
      has: (ref) => keys.has(formatRef(ref)),
      add: (...edits) => store.change((before) => ({ ...before, edits: added(before.edits, edits) })),
      remove: (ref) => store.change((before) => ({ ...before, edits: without(before.edits, ref) })),
      clear: () =>
        store.change((before) => ({
          ...EMPTY_TRAY,
          ...(before.sent === undefined ? {} : { sent: before.sent }),
        })),
      change: store.change,
    };
  }, [state, store]);
}
