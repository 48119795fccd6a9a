"use client";

import { useNowMs } from "../kit/clock.ts";
import { useLink } from "./live.ts";
import { useStale } from "./queries.ts";

/** After this long without an answer, what is shown is drawn as old. */
const OLD_MS = 10_000;

/** Since when what is shown of an environment may be old; undefined while it is live. `updatedAtMs`: its last answer. */
export function useOldSince(env: string, updatedAtMs: number): number | undefined {
  const stale = useStale(env);
  const lost = useLink().phase === "lost";
  const nowMs = useNowMs();
  if (stale !== undefined) return stale.sinceMs;
  return lost && nowMs - updatedAtMs > OLD_MS ? updatedAtMs : undefined;
}
