import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { askAgain } from "./ask-again.ts";
import type { Board, LeverRow, LiveEvent } from "./contract.ts";
import { formatRef } from "./ref.ts";

/** Whether what is on the screen is followed live. `lost` keeps asking over HTTP, and says since when. */
export type Link =
  | { readonly phase: "connecting" }
  | { readonly phase: "live" }
  | { readonly phase: "lost"; readonly sinceMs: number };

let link: Link = { phase: "connecting" };
const listeners = new Set<() => void>();

function setLink(next: Link): void {
  if (next.phase === link.phase) return;
  link = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
const connecting: Link = { phase: "connecting" };

/** The state of the live link, for whoever shows or depends on it. */
export const useLink = (): Link =>
  useSyncExternalStore(
    subscribe,
    () => link,
    () => connecting,
  );

export const keys = {
  session: ["session"] as const,
  board: (env: string) => ["board", env] as const,
  lever: (env: string, ref: string) => ["lever", env, ref] as const,
  convergence: (env: string, changeSetId: string) => ["convergence", env, changeSetId] as const,
  services: (env: string) => ["services", env] as const,
  /** Since when, and why, what the control plane says of an environment may be old; null while it is not. */
  status: (env: string) => ["status", env] as const,
};

/**
 * Follows an environment and keeps the query cache as the server says. Events without their payload, and every
 * reconnection, ask again instead. Returns the function that ends it.
 */
export function followEnvironment(env: string, cache: QueryClient): () => void {
  let close: (() => void) | undefined;
  let ended = false;
  setLink({ phase: "connecting" });
  void import("./socket.ts").then(({ openSocket }) => {
    if (ended) return;
    close = openSocket(env, {
      onEvent: (event) => apply(env, cache, event),
      onLive: () => {
        const returning = link.phase === "lost";
        setLink({ phase: "live" });
        if (returning) ask(cache, env, "board", "lever", "convergence", "services");
      },
      onLost: () => {
        setLink({ phase: "lost", sinceMs: Date.now() });
        void cache.invalidateQueries({ queryKey: keys.session });
      },
    });
  });
  return () => {
    ended = true;
    close?.();
  };
}

/** How often, at most, is asked again because of events: a bar fills at 4 Hz, a fleet of thousands once a second. */
const GAP_MS = { board: 250, convergence: 250, lever: 1_000, services: 1_000 } as const;
type Room = keyof typeof GAP_MS;

const ask = (cache: QueryClient, env: string, ...rooms: Room[]): void => {
  for (const room of rooms) void askAgain(cache, [room, env], GAP_MS[room]);
};

function apply(env: string, cache: QueryClient, event: LiveEvent): void {
  switch (event.type) {
    case "levers":
      applyLevers(env, cache, event);
      return;
    case "convergence":
      ask(cache, env, "convergence");
      return;
    case "fleet":
      ask(cache, env, "services", "lever");
      return;
    case "status":
      cache.setQueryData(keys.status(env), event.stale ?? null);
  }
}

function applyLevers(env: string, cache: QueryClient, event: Extract<LiveEvent, { type: "levers" }>): void {
  const { levers, removed = [], revision } = event;
  if (!levers) {
    ask(cache, env, "board", "lever", "convergence");
    return;
  }
  cache.setQueriesData<Board>(
    { queryKey: keys.board(env) },
    (board) => board && mergeRows(board, levers, removed, revision),
  );
  ask(cache, env, "lever");
}

/** A row that is older than the one shown is dropped: answers may overtake events. */
export function mergeRows(
  board: Board,
  levers: readonly LeverRow[],
  removed: readonly { service: string; kind: string; name: string }[],
  revision = board.revision,
): Board {
  const rows = new Map(board.levers.map((row) => [formatRef(row), row]));
  for (const ref of removed) rows.delete(formatRef(ref));
  for (const row of levers) {
    const shown = rows.get(formatRef(row));
    if (!shown || shown.revision <= row.revision) rows.set(formatRef(row), row);
  }
  return { ...board, revision: Math.max(board.revision, revision), levers: [...rows.values()] };
}
