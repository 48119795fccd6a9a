"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { askAgain } from "../api/ask-again.ts";
import type { Series } from "../api/contract.ts";
import { useBoard } from "../api/queries.ts";
import type { Line } from "../charts/series.ts";
import type { Span } from "../charts/span.ts";
import { metricsApi } from "./api.ts";
import type { Asked } from "./panels.ts";

const AGAIN_MS = 5_000;
const MARKERS_EVERY_MS = 5_000;
const GAP_MS = 200;

/** The lines of a panel over a span; those of before stay until the new ones are there. */
export function useLines(env: string, asked: readonly Asked[], span: Span, enabled: boolean) {
  const { fromMs, toMs, stepMs } = span;
  const answer = useQuery({
    queryKey: ["metrics", env, asked, fromMs, toMs, stepMs],
    queryFn: ({ signal }) =>
      Promise.all(
        asked.map(({ figure, by, where }) =>
          metricsApi.range({ env, figure, by: [...by], where, fromMs, toMs, stepMs }, { signal }),
        ),
      ),
    placeholderData: keepPreviousData,
    enabled,
    retry: false,
    refetchInterval: (query) => (query.state.status === "error" ? AGAIN_MS : false),
    gcTime: 60_000,
  });
  const { data } = answer;
  const lines = useMemo(
    () => asked.flatMap((one, index) => (data?.[index] ?? []).map((series) => lineOf(one, series))),
    [asked, data],
  );
  return { lines, pending: answer.isPending, error: answer.isError ? answer.error : undefined };
}

function lineOf({ label, by }: Asked, { labels, points }: Series): Line {
  const values = by.map((name) => labels[name] ?? "").filter(Boolean);
  const words = [...(label === undefined ? [] : [label]), ...values].join(" · ");
  return { key: `line ${words}`, label: words, points };
}

/** What happened in a span, of one service or of all; asked for again as soon as a change is heard of. */
export function useMarkers(env: string, { fromMs, untilMs }: Span, service?: string) {
  const cache = useQueryClient();
  const revision = useBoard(env).data?.revision;
  const answer = useQuery({
    queryKey: ["markers", env, fromMs, untilMs, service],
    queryFn: ({ signal }) => metricsApi.markers(env, { fromMs, toMs: untilMs }, service, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: MARKERS_EVERY_MS,
    gcTime: 60_000,
  });
  useEffect(() => {
    if (revision !== undefined) void askAgain(cache, ["markers", env], GAP_MS);
  }, [cache, env, revision]);
  return answer.data ?? NOTHING;
}

const NOTHING: readonly never[] = [];
