"use client";

import { useQuery } from "@tanstack/react-query";
import { client } from "../api/client.ts";
import { keys, useLink } from "../api/live.ts";
import { changesApi } from "../changes/api.ts";
import { metricsApi } from "../metrics/api.ts";

const LIVE_EVERY_MS = 30_000;
const LOST_EVERY_MS = 3_000;
const OFTEN_MS = 5_000;
const LAST_CHANGES = 8;

const useEveryMs = () => (useLink().phase === "live" ? LIVE_EVERY_MS : LOST_EVERY_MS);

/** Every lever of an environment, followed live. */
export const useAllLevers = (env: string) =>
  useQuery({
    queryKey: [...keys.board(env), "all"],
    queryFn: ({ signal }) => client.levers.board.query({ env }, { signal }),
    refetchInterval: useEveryMs(),
  });

/** The same key as the section of changes has, so that an event asks for both. */
export const useLastChanges = (env: string) =>
  useQuery({
    queryKey: ["changes", env, "last"],
    queryFn: ({ signal }) => changesApi.list(env, {}, { limit: LAST_CHANGES }, { signal }),
    refetchInterval: OFTEN_MS,
  });

export const useHealth = (env: string) =>
  useQuery({
    queryKey: ["health", env],
    queryFn: ({ signal }) => metricsApi.health(env, { signal }),
    refetchInterval: OFTEN_MS,
    retry: false,
  });

/** Alerts that fire now and that somebody is told of. */
export const useFiring = (env: string) =>
  useQuery({
    queryKey: ["alerts-firing", env],
    queryFn: async ({ signal }) => {
      const { alerts } = await client.alerts.standing.query({ env }, { signal });
      return alerts.flatMap(({ rule, severity, labels, startsAt, endsAt, muted }) =>
        startsAt === undefined || endsAt !== undefined || muted !== undefined
          ? []
          : [{ kind: "alert" as const, name: rule, severity, service: labels["service"] ?? "" }],
      );
    },
    refetchInterval: OFTEN_MS,
    retry: false,
  });

export const useUpcoming = (env: string) =>
  useQuery({
    queryKey: ["upcoming", env],
    queryFn: ({ signal }) => changesApi.upcoming(env, { signal }),
    refetchInterval: OFTEN_MS,
  });
