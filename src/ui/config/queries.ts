"use client";

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys, useLink } from "../api/live.ts";
import { configApi } from "./api.ts";
import { configRows } from "./config-row.ts";

/** Events bring what changes; asked whole is rarely while they come. */
const LIVE_EVERY_MS = 60_000;
const LOST_EVERY_MS = 5_000;

/** The configs of an environment, followed live. */
export function useConfigs(env: string) {
  const cache = useQueryClient();
  const live = useLink().phase === "live";
  const board = useQuery({
    queryKey: [...keys.board(env), "config"],
    queryFn: async ({ signal }) => {
      const answer = await configApi.board(env, { signal });
      cache.setQueryData(keys.status(env), answer.stale ?? null);
      return answer;
    },
    refetchInterval: live ? LIVE_EVERY_MS : LOST_EVERY_MS,
  });
  const rows = useMemo(() => configRows(board.data?.levers ?? []), [board.data]);
  return { board, rows };
}

/** One config of another environment, or of this one past the board; null where there is none. */
export const useConfigAt = (env: string | undefined, service: string, name: string) =>
  useQuery({
    queryKey: ["lever", env ?? "", `${service}/config/${name}`, "alone"],
    queryFn: async ({ signal }) =>
      (await configApi.find({ env: env ?? "", service, name }, { signal })) ?? null,
    enabled: env !== undefined,
  });

/** How often is asked while the history is known to be behind. */
const BEHIND_EVERY_MS = 2_000;

/** A config's versions, newest first, page by page; asked again until the present one is among them. */
export const useVersions = (env: string, service: string, name: string, liveRevision: number | undefined) =>
  useInfiniteQuery({
    queryKey: ["config-versions", env, service, name],
    queryFn: ({ pageParam, signal }) => configApi.versions({ env, service, name }, pageParam, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) =>
      liveRevision !== undefined && (state.data?.pages[0]?.rows[0]?.revision ?? 0) < liveRevision
        ? BEHIND_EVERY_MS
        : false,
  });

/** The version in force at a revision, where the list at hand does not hold it. */
export const useVersionAt = (env: string, service: string, name: string, revision: number | undefined) =>
  useQuery({
    queryKey: ["config-version", env, service, name, revision ?? 0],
    queryFn: ({ signal }) => configApi.versionAt({ env, service, name }, revision ?? 0, { signal }),
    enabled: revision !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
