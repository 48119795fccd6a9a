"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { ConflictReport } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";

/** A way back from its button to the answer. Nothing is shown as done before the control plane said so. */
export type SendState<Result> =
  | { readonly phase: "idle" }
  | { readonly phase: "sending" }
  /** No answer: it may have happened. Sent again it is the same, so that it happens once at most. */
  | { readonly phase: "unanswered"; readonly asking: boolean }
  | { readonly phase: "done"; readonly result: Result }
  /** It waits for a second person. */
  | { readonly phase: "proposed" }
  | { readonly phase: "conflict"; readonly conflicts: readonly ConflictReport[] }
  | { readonly phase: "refused"; readonly message: string }
  | { readonly phase: "unavailable"; readonly message: string };

const ASK_AGAIN_MS = [500, 1_500, 4_000] as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a call that is safe to repeat, and again where no answer came. A view that is gone is told nothing. */
export function useSend<Result>() {
  const [state, setState] = useState<SendState<Result>>({ phase: "idle" });
  const current = useRef<symbol>(undefined);
  useEffect(() => () => void (current.current = undefined), []);
  const send = useCallback(async (call: () => Promise<Result>): Promise<SendState<Result>> => {
    const mine = Symbol("send");
    current.current = mine;
    const show = (next: SendState<Result>) => {
      if (current.current === mine) setState(next);
      return next;
    };
    show({ phase: "sending" });
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await once(call);
      const waitMs = ASK_AGAIN_MS[attempt];
      if (outcome.phase !== "unanswered" || waitMs === undefined) return show(outcome);
      show({ phase: "unanswered", asking: true });
      await pause(waitMs);
    }
  }, []);
  return { state, send };
}

async function once<Result>(call: () => Promise<Result>): Promise<SendState<Result>> {
  try {
    return { phase: "done", result: await call() };
  } catch (error) {
    const failure = failureOf(error);
    switch (failure.kind) {
      case "no-answer":
        return { phase: "unanswered", asking: false };
      case "conflict":
        return { phase: "conflict", conflicts: failure.conflicts };
      case "unavailable":
        return { phase: "unavailable", message: failure.message };
      case "signed-out":
        return { phase: "idle" };
      case "proposed":
        return { phase: "proposed" };
      case "not-found":
      case "refused":
        return { phase: "refused", message: failure.message };
    }
  }
}
