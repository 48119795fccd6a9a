"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { askAgain } from "../api/ask-again.ts";
import { useBoard } from "../api/queries.ts";
import { changesApi } from "./api.ts";
import type { ChangeFilter } from "./change-filter.ts";
import { type ChangeRow, mergePages, rowOfEntry, rowsOfLevers } from "./change-row.ts";

export const PAGE_ROWS = 50;
/** The history follows etcd within a moment; an event asks sooner. */
const EVERY_MS = 3_000;
const GAP_MS = 500;

interface Older {
  readonly rows: readonly ChangeRow[];
  readonly next: string | undefined;
}

/** The changes of an environment, newest first, followed live; older ones by asking. Mount anew for another filter. */
export function useTimeline(env: string, filter: ChangeFilter) {
  const cache = useQueryClient();
  const board = useBoard(env);
  const head = useQuery({
    queryKey: ["changes", env, filter],
    queryFn: ({ signal }) => changesApi.list(env, filter, { limit: PAGE_ROWS }, { signal }),
    refetchInterval: EVERY_MS,
  });
  const revision = board.data?.revision;
  useEffect(() => {
    if (revision !== undefined) void askAgain(cache, ["changes", env], GAP_MS);
  }, [cache, env, revision]);

  const [older, setOlder] = useState<Older>();
  const newest = useMemo(() => head.data?.rows.map(rowOfEntry), [head.data]);
  const rows = useMemo(() => newest && (older ? mergePages(newest, older.rows) : newest), [newest, older]);
  const whole = older !== undefined && rows !== newest;
  const next = whole ? older.next : head.data?.next;
  const more = useMutation({
    mutationFn: (cursor: string) => changesApi.list(env, filter, { limit: PAGE_ROWS, cursor }),
    onSuccess: (page) => setOlder({ rows: [...(rows ?? []), ...page.rows.map(rowOfEntry)], next: page.next }),
  });

  // Without the history, etcd alone still knows the last change of each lever.
  const away = head.isError && head.data === undefined;
  const standing = useQuery({
    queryKey: ["changes-standing", env],
    queryFn: ({ signal }) => changesApi.standing(env, { signal }),
    enabled: away,
    refetchInterval: EVERY_MS,
  });
  const fallback = useMemo(
    () => (away && standing.data ? rowsOfLevers(standing.data.levers).filter(within(filter)) : undefined),
    [away, standing.data, filter],
  );
  return {
    rows: rows ?? fallback,
    /** What is shown is older than it should be, or less. */
    failed: head.isError ? head.error : undefined,
    fallback: fallback !== undefined,
    pending: head.isPending || (away && standing.isPending),
    retry: () => void head.refetch(),
    board: board.data,
    loadOlder: next === undefined ? undefined : () => more.mutate(next),
    loading: more.isPending,
    olderFailed: more.isError ? more.error : undefined,
  };
}

/** The filter over rows that no history filters. */
const within =
  ({ service, kind, name, author, group }: ChangeFilter) =>
  (row: ChangeRow): boolean =>
    group === undefined &&
    (author === undefined || row.author?.id === author) &&
    row.refs.some(
      (ref) =>
        (service === undefined || ref.service === service) &&
        (kind === undefined || ref.kind === kind) &&
        (name === undefined || ref.name === name),
    );
