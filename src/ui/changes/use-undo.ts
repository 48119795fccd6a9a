"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { ulid } from "ulid";
import { failureOf } from "../api/errors.ts";
import { keys } from "../api/live.ts";
import { useBoard, useStale } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { useDraft } from "../drafts.ts";
import { isProduction } from "../frame/environment.tsx";
import { isBusy, useSend } from "../publish/use-send.ts";
import { useMayIn } from "../session/rights.ts";
import { changesApi } from "./api.ts";
import type { ChangeRow } from "./change-row.ts";

interface UndoDraft {
  readonly reason: string;
  readonly override: string;
  readonly typedName: string;
  /** Sent under this id, which makes sending it again the same. */
  readonly sentId?: string;
}

const EMPTY: UndoDraft = { reason: "", override: "", typedName: "" };
const isBlank = (draft: UndoDraft) =>
  draft.reason === "" && draft.override === "" && draft.typedName === "" && draft.sentId === undefined;

/** Why an undo can't be sent yet. */
export type Missing = "readOnly" | "rights" | "plan" | "reason" | "override" | "admin" | "name";

/** An undo from the look at what it would do to the answer. What is typed outlives a reload. */
export function useUndo(env: string, row: ChangeRow) {
  const cache = useQueryClient();
  const { draft, change, clear } = useDraft(`undo/${env}/${row.id}`, EMPTY, isBlank);
  const [look] = useState(() => ulid());
  const { state, send } = useSend<{ readonly changeSetId: string; readonly revision: number }>();
  const services = row.refs.map(({ service }) => service);
  const allowed = useMayIn("operator", env, services);
  const admin = useMayIn("admin", env, services);
  const stale = useStale(env) !== undefined;
  const board = useBoard(env);
  const dry = useQuery({
    queryKey: ["undo-dry", env, row.id],
    queryFn: () => changesApi.undoDry({ env, id: look, changeSetId: row.id, reason: "looked at" }),
    enabled: allowed && !stale && state.phase !== "published",
    staleTime: 2_000,
    gcTime: 0,
    retry: false,
  });
  const refs = new Set(row.refs.map(formatRef));
  const core = isProduction(env)
    ? board.data?.levers.find(
        (lever) =>
          lever.kind === "switch" &&
          refs.has(formatRef(lever)) &&
          (lever.resource?.spec as { level?: string } | undefined)?.level === "core",
      )
    : undefined;
  const refusals = dry.data?.refusals ?? [];
  const failure = dry.isError ? failureOf(dry.error) : undefined;
  const missing = whatIsMissing();

  function whatIsMissing(): Missing | undefined {
    if (!allowed) return "rights";
    if (stale) return "readOnly";
    if (dry.data === undefined) return "plan";
    if (refusals.length > 0 && !admin) return "admin";
    if (refusals.length > 0 && draft.override.trim() === "") return "override";
    if (draft.reason.trim() === "") return "reason";
    return core !== undefined && draft.typedName !== core.name ? "name" : undefined;
  }

  const submit = useCallback(async () => {
    const id = draft.sentId ?? ulid();
    change((before) => ({ ...before, sentId: id }));
    const why = draft.override.trim();
    const outcome = await send(id, () =>
      changesApi.undo({
        env,
        id,
        changeSetId: row.id,
        reason: draft.reason.trim(),
        ...(why === "" ? {} : { override: { reason: why } }),
      }),
    );
    if (outcome.phase === "unanswered") return;
    if (outcome.phase === "published" || outcome.phase === "proposed") {
      clear();
      void cache.invalidateQueries({ queryKey: ["changes", env] });
      void cache.invalidateQueries({ queryKey: keys.board(env) });
      return;
    }
    // Refused: the next try is another one.
    change(({ sentId: _, ...before }) => before);
    if (outcome.phase === "conflict") void dry.refetch();
  }, [draft, env, row.id, change, clear, send, cache, dry]);

  return {
    draft,
    type: (edit: Partial<UndoDraft>) => change((before) => ({ ...before, ...edit })),
    dry,
    /** Why there is nothing to look at. */
    failure,
    conflicts:
      state.phase === "conflict"
        ? state.conflicts
        : failure?.kind === "conflict"
          ? failure.conflicts
          : undefined,
    refusals,
    admin,
    allowed,
    core,
    missing,
    state,
    busy: isBusy(state),
    submit,
  };
}

export type Undo = ReturnType<typeof useUndo>;
