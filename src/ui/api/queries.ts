"use client";

import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "./client.ts";
import type { Board, Stale } from "./contract.ts";
import { keys, useLink } from "./live.ts";
import { formatRef, type LeverRef } from "./ref.ts";

/** How often is asked again: rarely while events come, often while they don't. */
const LIVE_EVERY_MS = 30_000;
const LOST_EVERY_MS = 3_000;

const useEveryMs = () => (useLink().phase === "live" ? LIVE_EVERY_MS : LOST_EVERY_MS);

async function fetchBoard(env: string, cache: QueryClient, signal: AbortSignal): Promise<Board> {
  const board = await api.board(env, { signal });
  cache.setQueryData(keys.status(env), board.stale ?? null);
  return board;
}

export function useBoard(env: string) {
  const cache = useQueryClient();
  return useQuery({
    queryKey: keys.board(env),
    queryFn: ({ signal }) => fetchBoard(env, cache, signal),
    refetchInterval: useEveryMs(),
  });
}

export const useLever = (env: string, ref: LeverRef) =>
  useQuery({
    queryKey: keys.lever(env, formatRef(ref)),
    queryFn: ({ signal }) => api.lever(env, ref, { signal }),
    refetchInterval: useEveryMs(),
  });

export const useConvergence = (env: string, changeSetId: string | undefined) => {
  const every = useEveryMs();
  return useQuery({
    queryKey: keys.convergence(env, changeSetId ?? ""),
    queryFn: ({ signal }) => api.convergence(env, changeSetId ?? "", { signal }),
    enabled: changeSetId !== undefined,
    refetchInterval: every,
  });
};

export const useServices = (env: string) =>
  useQuery({
    queryKey: keys.services(env),
    queryFn: ({ signal }) => api.services(env, { signal }),
    refetchInterval: useEveryMs(),
  });

/** Why what the control plane says of an environment may be old; undefined while it follows etcd. */
export const useStale = (env: string | undefined): Stale | undefined =>
  useQuery<Stale | null>({ queryKey: keys.status(env ?? ""), queryFn: () => null, enabled: false }).data ??
  undefined;
