"use client";

import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { ChangeEntry } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { formatRef } from "../api/ref.ts";
import { changesApi } from "./api.ts";
import { type ChangeRow, rowOfEntry, rowsOfLevers, undoneBy } from "./change-row.ts";
import type { LeverDiff } from "./diff-words.ts";
import { bodyDifferences } from "./leaves.ts";

type Edit = ChangeEntry["journal"]["edits"][number];

const SOON_MS = 1_500;
const RELATED = 50;
/** Levers whose state before is asked for at a time. */
const STEP = 12;

/** One change set with what it says of itself; the history may be a moment behind, or away. */
export function useChange(env: string, id: string) {
  const found = useQuery({
    queryKey: ["change", env, id],
    queryFn: ({ signal }) => changesApi.one(env, id, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    // What was published this moment is written to the history behind it.
    refetchInterval: (query) => (query.state.status === "error" ? SOON_MS : false),
  });
  const without = found.isError && found.data === undefined;
  const standing = useQuery({
    queryKey: ["changes-standing", env],
    queryFn: ({ signal }) => changesApi.standing(env, { signal }),
    enabled: without,
  });
  const entry = found.data;
  const row = useMemo<ChangeRow | undefined>(
    () =>
      entry
        ? rowOfEntry(entry)
        : standing.data && rowsOfLevers(standing.data.levers).find((one) => one.id === id),
    [entry, standing.data, id],
  );
  return {
    entry,
    row,
    pending: found.isPending || (without && standing.isPending),
    failure: without ? failureOf(found.error) : undefined,
    error: without ? found.error : undefined,
    retry: () => void found.refetch(),
  };
}

/** What a change did, lever by lever; asks for what stood before in steps, since one may touch a hundred. */
export function useChangeDiffs(env: string, entry: ChangeEntry) {
  const [asked, setAsked] = useState(STEP);
  const status = useQuery({
    queryKey: ["history-position", env],
    queryFn: ({ signal }) => changesApi.position(env, { signal }),
    staleTime: 60_000,
  });
  const { edits, at } = entry.journal;
  const sameLife = status.data?.epoch === entry.epoch;
  const befores = useQueries({
    queries: edits.slice(0, asked).map((edit) => ({
      queryKey: ["before", env, entry.journal.id, formatRef(edit)],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        changesApi.versionAt(
          env,
          edit,
          // Revisions of an earlier life mean nothing in this one; times do.
          sameLife ? { revision: edit.oldRevision } : { at: new Date(Date.parse(at) - 1).toISOString() },
          { signal },
        ),
      enabled: needsAsking(edit) && status.data !== undefined,
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    })),
  });
  const diffs = edits.slice(0, asked).map((edit, index): LeverDiff | "pending" | { unknown: Edit } => {
    const query = befores[index];
    if (!needsAsking(edit)) return diffOf(edit, oldBodyOf(edit));
    if (query?.data) return diffOf(edit, query.data.op === "delete" ? undefined : query.data.body);
    return query?.isError || status.isError ? { unknown: edit } : "pending";
  });
  return {
    diffs: diffs.filter((one): one is LeverDiff => typeof one === "object" && "op" in one),
    pending: diffs.includes("pending"),
    /** Levers of which nobody tells what stood before. */
    unknown: diffs.flatMap((one) => (typeof one === "object" && "unknown" in one ? [one.unknown] : [])),
    left: edits.length - asked,
    more: () => setAsked(asked + STEP),
  };
}

const needsAsking = (edit: Edit): boolean => edit.oldRevision !== 0 && edit.oldBody === undefined;

function oldBodyOf({ oldBody }: Edit): unknown {
  if (oldBody === undefined) return undefined;
  try {
    return JSON.parse(oldBody);
  } catch {
    return { spec: oldBody };
  }
}

function diffOf(edit: Edit, before: unknown): LeverDiff {
  const { service, kind, name } = edit;
  const after = edit.op === "delete" ? undefined : edit.body;
  const entries = bodyDifferences(before, after);
  const op =
    after === undefined
      ? "delete"
      : before === undefined
        ? "create"
        : entries.length === 0
          ? "same"
          : "change";
  return { ref: { service, kind, name }, op, entries };
}

/** The change that took this one back, and the other parts of its group, as far as the history tells. */
export function useRelated(env: string, row: ChangeRow) {
  const [first] = row.refs;
  const later = useQuery({
    queryKey: ["changes", env, "of-lever", first && formatRef(first)],
    queryFn: ({ signal }) => changesApi.list(env, { ...first }, { limit: RELATED }, { signal }),
    enabled: first !== undefined,
  });
  const group = useQuery({
    queryKey: ["changes", env, "group", row.groupId],
    queryFn: ({ signal }) =>
      changesApi.list(
        env,
        row.groupId === undefined ? {} : { group: row.groupId },
        { limit: RELATED },
        { signal },
      ),
    enabled: row.groupId !== undefined,
  });
  return {
    undone: useMemo(
      () => undoneBy((later.data?.rows ?? []).map(rowOfEntry)).get(row.id),
      [later.data, row.id],
    ),
    group: useMemo(() => (group.data?.rows ?? []).map(rowOfEntry), [group.data]),
  };
}
