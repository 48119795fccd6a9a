"use client";

import type { BreakerSpec } from "@leverframe/agent/protocol";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client } from "../api/client.ts";

const AGAIN_MS = 15_000;
const SOON_MS = 5_000;
const TYPED_MS = 500;

/** Whom a change of these services reaches, asked for again while the sheet is open. Nothing waits for it. */
export function useBlastRadius(env: string, services: readonly string[]) {
  const named = [...new Set(services)].toSorted().slice(0, 128);
  return useQuery({
    queryKey: ["blast", env, named],
    queryFn: ({ signal }) => client.blast.radius.query({ env, services: named }, { signal }),
    enabled: named.length > 0,
    placeholderData: keepPreviousData,
    // What isn't known yet may be in a moment.
    refetchInterval: (query) => (query.state.data?.known === true ? AGAIN_MS : SOON_MS),
    retry: false,
  });
}

export interface ReplayQuestion {
  readonly env: string;
  readonly service: string;
  readonly name: string;
  readonly spec: BreakerSpec;
  readonly stretchMs: number;
}

/** What a proposed breaker would have done until now; asked once nobody types any more. */
export function useReplay({ stretchMs, ...question }: ReplayQuestion, enabled: boolean) {
  const written = JSON.stringify([question, stretchMs]);
  const settled = useSettled(written);
  return useQuery({
    queryKey: ["replay", settled],
    queryFn: ({ signal }) => {
      const toMs = Date.now();
      return client.replay.breaker.query({ ...question, fromMs: toMs - stretchMs, toMs }, { signal });
    },
    enabled: enabled && settled === written,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.known === false ? SOON_MS : false),
    retry: false,
    gcTime: 60_000,
  });
}

/** The text as it has been for half a second. */
function useSettled(text: string): string {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
