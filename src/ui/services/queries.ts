"use client";

import { useQuery } from "@tanstack/react-query";
import { client } from "../api/client.ts";
import { keys, useLink } from "../api/live.ts";

const LIVE_EVERY_MS = 30_000;
const LOST_EVERY_MS = 5_000;

/** The levers under one name: a service's own, or, as `*`, those of every service. Followed live. */
function useLeversOf(env: string, service: string) {
  const live = useLink().phase === "live";
  return useQuery({
    queryKey: [...keys.board(env), "of-service", service],
    queryFn: ({ signal }) => client.levers.board.query({ env, service }, { signal }),
    refetchInterval: live ? LIVE_EVERY_MS : LOST_EVERY_MS,
  });
}

/** Every lever that a service may obey: its own and those of every service. */
export function useServiceLevers(env: string, service: string) {
  const own = useLeversOf(env, service);
  const shared = useLeversOf(env, "*");
  const failed = own.data === undefined ? own : shared;
  return {
    own: own.data?.levers.filter((row) => row.service === service),
    shared: shared.data?.levers.filter((row) => row.service === "*"),
    failed: failed.data === undefined && failed.isError ? failed.error : undefined,
    retry: () => {
      void own.refetch();
      void shared.refetch();
    },
  };
}
