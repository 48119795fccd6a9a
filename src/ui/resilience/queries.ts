"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { client } from "../api/client.ts";
import { keys, useLink } from "../api/live.ts";

/** Events bring what changes; asked whole is rarely while they come. */
const LIVE_EVERY_MS = 30_000;
const LOST_EVERY_MS = 3_000;

/** Every lever of an environment, whatever its kind, followed live. */
export function useEveryLever(env: string) {
  const cache = useQueryClient();
  const live = useLink().phase === "live";
  return useQuery({
    queryKey: [...keys.board(env), "every-kind"],
    queryFn: async ({ signal }) => {
      const answer = await client.levers.board.query({ env }, { signal });
      cache.setQueryData(keys.status(env), answer.stale ?? null);
      return answer;
    },
    refetchInterval: live ? LIVE_EVERY_MS : LOST_EVERY_MS,
  });
}
