import type { LeverRef } from "../api/ref.ts";
import { formatRef } from "../api/ref.ts";
import { recall, remember } from "../drafts.ts";
import { NO_END, type Until } from "../publish/until.ts";
import { keyOf, type TrayEdit } from "./tray-edit.ts";

/** How one change set of the tray ended. */
export type Outcome =
  | { readonly phase: "published"; readonly revision: number }
  | { readonly phase: "proposed" }
  | { readonly phase: "scheduled"; readonly at: string };

/** One change set on its way, or at its end. */
export interface Part {
  readonly id: string;
  readonly edits: readonly TrayEdit[];
  readonly outcome?: Outcome | undefined;
}

/** What was sent together: one change set, or several under one group. */
export interface Sent {
  /** The group's id where there are several parts. */
  readonly id: string;
  readonly reason: string;
  readonly override?: string | undefined;
  /** When it is to happen; left out, at once. */
  readonly at?: string | undefined;
  readonly parts: readonly Part[];
}

/** The tray of one environment. Plain JSON, but for secrets, whose values are never kept. */
export interface TrayState {
  readonly edits: readonly TrayEdit[];
  readonly reason: string;
  readonly override: string;
  readonly typed: string;
  /** How long it holds, for each that can end by itself. */
  readonly until: Until;
  /** When it is to happen, as the browser's own field writes a moment; "" for at once. */
  readonly at: string;
  readonly sent?: Sent | undefined;
}

export const EMPTY_TRAY: TrayState = {
  edits: [],
  reason: "",
  override: "",
  typed: "",
  until: NO_END,
  at: "",
};

export interface TrayStore {
  readonly get: () => TrayState;
  readonly change: (next: (before: TrayState) => TrayState) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

const stores = new Map<string, TrayStore>();
const nameOf = (env: string): string => `tray/${env}`;

/** The tray of an environment: one for all pages of this tab. It outlives a reload, a lost session and a lost server. */
export function trayOf(env: string): TrayStore {
  const known = stores.get(env);
  if (known) return known;
  const store = createStore(nameOf(env));
  stores.set(env, store);
  return store;
}

/** Above this many edits the tray is written down a moment later, so that no key waits for it. */
const WRITTEN_AT_ONCE = 100;
const WRITE_AFTER_MS = 400;

function createStore(name: string): TrayStore {
  let state = recall(name, EMPTY_TRAY);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    remember(name, isBlank(state) ? undefined : withoutSecrets(state));
  };
  if (typeof window !== "undefined") {
    window.addEventListener("pagehide", () => timer !== undefined && write());
  }
  return {
    get: () => state,
    change(next) {
      state = next(state);
      if (countOf(state) <= WRITTEN_AT_ONCE) write();
      else timer ??= setTimeout(write, WRITE_AFTER_MS);
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const isBlank = (state: TrayState): boolean => state.edits.length === 0 && state.sent === undefined;

/** What may be kept beyond the page. Pure. */
export function withoutSecrets(state: TrayState): TrayState {
  return {
    ...state,
    edits: state.edits.map(withoutSecret),
    ...(state.sent === undefined
      ? {}
      : {
          sent: {
            ...state.sent,
            parts: state.sent.parts.map((part) => ({ ...part, edits: part.edits.map(withoutSecret) })),
          },
        }),
  };
}

const withoutSecret = (entry: TrayEdit): TrayEdit =>
  entry.edit.secret === true
    ? {
        ...entry,
        edit: { ...entry.edit, spec: undefined },
        editor: { address: entry.editor.address },
        lost: true,
      }
    : entry;

/** Edits with others added; a lever is in a tray once, and what is added later is meant. Pure. */
export function added(edits: readonly TrayEdit[], more: readonly TrayEdit[]): readonly TrayEdit[] {
  const byKey = new Map(edits.map((entry) => [keyOf(entry), entry]));
  for (const entry of more) byKey.set(keyOf(entry), entry);
  return [...byKey.values()];
}

export const without = (edits: readonly TrayEdit[], ref: LeverRef): readonly TrayEdit[] =>
  edits.filter((entry) => keyOf(entry) !== formatRef(ref));

/**
 * A tray after an answer that settles it: parts with an outcome stay to be looked at, the others' edits are collected
 * again, unless their lever was edited anew meanwhile. Pure.
 */
export function settled(state: TrayState): TrayState {
  const { sent } = state;
  if (sent === undefined) return state;
  const done = sent.parts.filter((part) => part.outcome !== undefined);
  const back = sent.parts.filter((part) => part.outcome === undefined).flatMap((part) => part.edits);
  const edits = added(back, state.edits);
  const { sent: _, ...rest } = state;
  return {
    ...rest,
    edits,
    // What was typed belongs to what is still to be sent.
    ...(edits.length === 0 ? { reason: "", override: "", typed: "", until: NO_END, at: "" } : { typed: "" }),
    ...(done.length === 0 ? {} : { sent: { ...sent, parts: done } }),
  };
}

/** The change set's outcome noted. Pure. */
export function noted(state: TrayState, id: string, outcome: Outcome): TrayState {
  if (state.sent === undefined) return state;
  const parts = state.sent.parts.map((part) => (part.id === id ? { ...part, outcome } : part));
  return { ...state, sent: { ...state.sent, parts } };
}

/** Sent, and not every part answered for. */
export const isInFlight = ({ sent }: TrayState): boolean =>
  sent?.parts.some((part) => part.outcome === undefined) ?? false;

/** How many edits are not published yet. */
export const countOf = (state: TrayState): number =>
  state.edits.length +
  (state.sent?.parts ?? []).reduce(
    (sum, part) => sum + (part.outcome === undefined ? part.edits.length : 0),
    0,
  );
