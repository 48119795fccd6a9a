"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ulid } from "ulid";
import { api } from "../api/client.ts";
import { keys } from "../api/live.ts";

export type Way = "republish" | "confirm";

/** What was lost, as it is now; and the two ways to go on. Each look is a new plan, since what stands may change. */
export function useRecovery(env: string, onDone: () => void) {
  const cache = useQueryClient();
  const [groupId] = useState(() => ulid());
  const [override, setOverride] = useState("");
  const why = override.trim();
  const by = { env, groupId, ...(why === "" ? {} : { override: { reason: why } }) };
  const found = useQuery({
    queryKey: ["recovery", env, groupId],
    queryFn: () => api.examine({ env, groupId }),
    // Asked for by a person, once; what it shows must not move under their eyes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const go = useMutation({
    mutationFn: async ({ way, reason }: { way: Way; reason: string }) => {
      if (way === "confirm") {
        await api.confirmEpoch(env);
        return { waits: false };
      }
      const seen = [...(found.data?.plan?.seen ?? [])];
      const done = await api.republish({ ...by, reason, seen });
      return { waits: (done.restored?.proposed.length ?? 0) > 0 };
    },
    onSuccess: ({ waits }) => {
      void cache.invalidateQueries({ queryKey: keys.services(env) });
      void cache.invalidateQueries({ queryKey: keys.board(env) });
      if (!waits) onDone();
    },
  });
  return { found, go, override, setOverride };
}
