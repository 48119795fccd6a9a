"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { alertKeys, alertsApi, type Settings } from "./api.ts";

/** The rules are looked at each 5 s: as often is asked how alerts stand. */
const STANDING_EVERY_MS = 5_000;
const SETTINGS_EVERY_MS = 30_000;

export const useStanding = (env: string) =>
  useQuery({
    queryKey: alertKeys.standing(env),
    queryFn: ({ signal }) => alertsApi.standing(env, { signal }),
    refetchInterval: STANDING_EVERY_MS,
  });

export const useAlertSettings = (env: string) =>
  useQuery({
    queryKey: alertKeys.settings(env),
    queryFn: ({ signal }) => alertsApi.settings(env, { signal }),
    refetchInterval: SETTINGS_EVERY_MS,
  });

/** A change of settings; what stands then is shown at once, and how alerts stand under it is asked for. */
export function useSettingsChange<Input>(
  env: string,
  change: (input: Input) => Promise<Settings>,
  onDone: () => void = () => undefined,
) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (settings) => {
      cache.setQueryData(alertKeys.settings(env), settings);
      void cache.invalidateQueries({ queryKey: alertKeys.standing(env) });
      onDone();
    },
  });
}
