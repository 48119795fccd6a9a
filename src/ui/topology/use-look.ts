"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { askAgain } from "../api/ask-again.ts";
import { useBoard, useServices } from "../api/queries.ts";
import { topologyApi } from "./api.ts";

/** Counts come every 5 s; who is there is heard of at once. */
const LIVE_EVERY_MS = 2_500;
const GAP_MS = 500;

/** An environment now, asked again as counts, instances and levers change; or at a moment, asked once. */
export function useLook(env: string, atMs: number | undefined, windowMs: number, enabled = true) {
  const cache = useQueryClient();
  const isLive = atMs === undefined && enabled;
  const revision = useBoard(env).data?.revision;
  const fleetSeenMs = useServices(env).dataUpdatedAt;
  useEffect(() => {
    if (isLive && (revision ?? fleetSeenMs) > 0) void askAgain(cache, ["topology", env, "live"], GAP_MS);
  }, [cache, env, isLive, revision, fleetSeenMs]);
  return useQuery({
    queryKey: ["topology", env, atMs ?? "live", windowMs],
    queryFn: ({ signal }) => topologyApi.look(env, { atMs, windowMs }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? LIVE_EVERY_MS : false,
    staleTime: atMs === undefined ? 0 : 60_000,
    enabled,
    retry: false,
    gcTime: 60_000,
  });
}
