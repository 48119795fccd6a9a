"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../api/client.ts";
import type { ConflictReport, EditInput } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { keys } from "../api/live.ts";

/** A publish from the button to the answer. Nothing is shown as done before the control plane said so. */
export type PublishState =
  | { readonly phase: "idle" }
  | { readonly phase: "sending"; readonly id: string }
  /** No answer: it may have happened. Asking again bears the same id, so that it happens once at most. */
  | { readonly phase: "unanswered"; readonly id: string; readonly asking: boolean }
  | { readonly phase: "published"; readonly id: string; readonly revision: number }
  | { readonly phase: "conflict"; readonly conflicts: readonly ConflictReport[] }
  /** It waits for a second person. Sent again with the same id, it is still the same proposal. */
  | { readonly phase: "proposed"; readonly id: string }
  | { readonly phase: "refused"; readonly message: string }
  | { readonly phase: "unavailable"; readonly message: string };

export interface ChangeSet {
  readonly id: string;
  readonly reason: string;
  readonly edits: readonly EditInput[];
}

const ASK_AGAIN_MS = [500, 1_500, 4_000] as const;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Publishes change sets of one environment. A state of an older send never overwrites that of a newer one. */
export function usePublish(env: string) {
  const cache = useQueryClient();
  const [state, setState] = useState<PublishState>({ phase: "idle" });
  const current = useRef<string>(undefined);
  useEffect(() => () => void (current.current = undefined), []);

  const publish = useCallback(
    async (changeSet: ChangeSet): Promise<PublishState> => {
      const { id } = changeSet;
      current.current = id;
      const show = (next: PublishState) => {
        if (current.current === id) setState(next);
        return next;
      };
      show({ phase: "sending", id });
      for (let attempt = 0; ; attempt += 1) {
        const outcome = await send(env, changeSet);
        if (outcome.phase === "published") void cache.invalidateQueries({ queryKey: keys.board(env) });
        const waitMs = ASK_AGAIN_MS[attempt];
        if (outcome.phase !== "unanswered" || waitMs === undefined) return show(outcome);
        show({ phase: "unanswered", id, asking: true });
        await pause(waitMs);
      }
    },
    [env, cache],
  );
  const reset = useCallback((to: PublishState = { phase: "idle" }) => {
    current.current = undefined;
    setState(to);
  }, []);
  return { state, publish, reset };
}

async function send(env: string, { id, reason, edits }: ChangeSet): Promise<PublishState> {
  try {
    const { revision } = await api.commit({ env, id, reason, edits: [...edits] });
    return { phase: "published", id, revision };
  } catch (error) {
    const failure = failureOf(error);
    switch (failure.kind) {
      case "no-answer":
        return { phase: "unanswered", id, asking: false };
      case "conflict":
        return { phase: "conflict", conflicts: failure.conflicts };
      case "unavailable":
        return { phase: "unavailable", message: failure.message };
      case "proposed":
        return { phase: "proposed", id };
      case "signed-out":
        return { phase: "idle" };
      case "not-found":
      case "refused":
        return { phase: "refused", message: failure.message };
    }
  }
}
