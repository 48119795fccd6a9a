"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { ConflictReport, Finding } from "../api/contract.ts";
import { failureOf, findingsOf } from "../api/errors.ts";

/** What a change set is once it is committed. */
export interface Committed {
  readonly revision: number;
}

/** A change from the button to the answer. Nothing is shown as done before the control plane said so. */
export type SendState<Result = Committed> =
  | { readonly phase: "idle" }
  | { readonly phase: "sending"; readonly id: string }
  /** No answer: it may have happened. Asking again bears the same id, so that it happens once at most. */
  | { readonly phase: "unanswered"; readonly id: string; readonly asking: boolean }
  | { readonly phase: "published"; readonly id: string; readonly result: Result }
  | { readonly phase: "conflict"; readonly conflicts: readonly ConflictReport[] }
  | { readonly phase: "refused"; readonly message: string; readonly findings: readonly Finding[] }
  /** It waits for a second person. Sent again with the same id, it is still the same proposal. */
  | { readonly phase: "proposed"; readonly id: string }
  | { readonly phase: "unavailable"; readonly message: string };

/** A change that this page made: its receipts stay in sight until the page is left. */
export interface Made {
  readonly id: string;
  readonly revision: number;
}

const ASK_AGAIN_MS = [500, 1_500, 4_000] as const;
/** What is asked anew where a change, or somebody else's, went through. */
const MOVED = ["board", "lever", "config-versions"] as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Sends changes by whatever call makes them, and again where no answer came; each call must be safe to repeat under
 * its id. The last one sent is what is shown; a view that is gone is told nothing.
 */
export function useSend<Result = Committed>() {
  const cache = useQueryClient();
  const [state, setState] = useState<SendState<Result>>({ phase: "idle" });
  const current = useRef<string>(undefined);
  useEffect(() => () => void (current.current = undefined), []);

  const send = useCallback(
    async (id: string, call: () => Promise<Result>): Promise<SendState<Result>> => {
      current.current = id;
      const show = (next: SendState<Result>) => {
        if (current.current === id) setState(next);
        return next;
      };
      show({ phase: "sending", id });
      for (let attempt = 0; ; attempt += 1) {
        const outcome = await ask(id, call);
        if (outcome.phase === "published" || outcome.phase === "conflict") {
          for (const room of MOVED) void cache.invalidateQueries({ queryKey: [room] });
        }
        const waitMs = ASK_AGAIN_MS[attempt];
        if (outcome.phase !== "unanswered" || waitMs === undefined) return show(outcome);
        show({ phase: "unanswered", id, asking: true });
        await pause(waitMs);
      }
    },
    [cache],
  );
  const reset = useCallback((to: SendState<Result> = { phase: "idle" }) => {
    current.current = undefined;
    setState(to);
  }, []);
  return { state, send, reset };
}

/** Sent, and not answered yet. */
export const isBusy = (state: SendState<unknown>): boolean =>
  state.phase === "sending" || (state.phase === "unanswered" && state.asking);

async function ask<Result>(id: string, call: () => Promise<Result>): Promise<SendState<Result>> {
  try {
    return { phase: "published", id, result: await call() };
  } catch (error) {
    const failure = failureOf(error);
    switch (failure.kind) {
      case "no-answer":
        return { phase: "unanswered", id, asking: false };
      case "conflict":
        return { phase: "conflict", conflicts: failure.conflicts };
      case "unavailable":
        return { phase: "unavailable", message: failure.message };
      case "signed-out":
        return { phase: "idle" };
      case "not-found":
      case "refused":
        return { phase: "refused", message: failure.message, findings: findingsOf(error) };
      case "proposed":
        return { phase: "proposed", id };
    }
  }
}
