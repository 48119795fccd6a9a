"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { client } from "../api/client.ts";
import { keys, useLink } from "../api/live.ts";
import { rolloutRow } from "./rollout-row.ts";

const LIVE_EVERY_MS = 30_000;
const LOST_EVERY_MS = 5_000;

/** Every lever of an environment, whatever its kind, and those with a candidate. */
export function useRollouts(env: string) {
  const live = useLink().phase === "live";
  const board = useQuery({
    queryKey: [...keys.board(env), "every-kind"],
    queryFn: ({ signal }) => client.levers.board.query({ env }, { signal }),
    refetchInterval: live ? LIVE_EVERY_MS : LOST_EVERY_MS,
  });
  const levers = board.data?.levers;
  const rollouts = useMemo(() => (levers ?? []).map(rolloutRow).filter((row) => row !== undefined), [levers]);
  return { board, levers: levers ?? [], rollouts };
}
