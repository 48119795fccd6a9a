"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { criticalPathOf, type Segment } from "../../domain/traces/critical-path.ts";
import { arrange, type Trace } from "../../domain/traces/tree.ts";
import { tracesApi } from "./api.ts";
import { traceOfColumns } from "./columns.ts";
import { openedTrace } from "./opened-files.ts";

export interface ShownTrace {
  readonly trace: Trace;
  readonly path: readonly Segment[];
  /** It came from a file, and is nowhere but in this browser. */
  readonly fromFile: boolean;
}

const AGAIN_MS = 3_000;
/** A trace that is younger may still get spans. */
const YOUNG_MS = 30_000;

/** A trace in order, from a file that was opened here or from the store. While it is young it is asked for again. */
export function useTrace(env: string, traceId: string | undefined) {
  const file = traceId === undefined ? undefined : openedTrace(traceId);
  const stored = useQuery({
    queryKey: ["trace", env, traceId],
    queryFn: ({ signal }) => tracesApi.trace(env, traceId ?? "", { signal }),
    enabled: traceId !== undefined && file === undefined,
    retry: false,
    staleTime: 60_000,
    gcTime: 30_000,
    refetchInterval: ({ state: { data, status } }) =>
      status === "error" || (data !== undefined && Date.now() - data.baseMs < YOUNG_MS) ? AGAIN_MS : false,
  });
  const { data } = stored;
  const shown = useMemo((): ShownTrace | undefined => {
    const found = file ?? (data === undefined ? undefined : traceOfColumns(data));
    if (found === undefined) return undefined;
    const trace = arrange(found);
    return { trace, path: criticalPathOf(trace), fromFile: file !== undefined };
  }, [file, data]);
  return {
    shown,
    error: shown === undefined && stored.isError ? stored.error : undefined,
    again: stored.refetch,
  };
}
