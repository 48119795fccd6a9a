"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ulid } from "ulid";
import type { Moment } from "../api/contract.ts";
import { keys } from "../api/live.ts";
import { useStale } from "../api/queries.ts";
import { useDraft } from "../drafts.ts";
import { isProduction } from "../frame/environment.tsx";
import { isBusy, useSend } from "../publish/use-send.ts";
import { useMayIn } from "../session/rights.ts";
import { changesApi } from "./api.ts";
import { rowOfEntry } from "./change-row.ts";
import { type Begun, EMPTY_RESTORE, isBlankRestore, momentOf, type RestoreDraft } from "./restore-draft.ts";
import { typedMoment } from "./then.ts";

interface Target {
  readonly service: string;
  readonly moment: Moment;
}

export type Missing = "readOnly" | "rights" | "moment" | "plan" | "reason" | "override" | "admin" | "name";

const LOOK_MS = 1_000;
const PARTS = 200;

/** A restore from the choice of a moment to its last part. What was begun can be gone on with, also after a reload. */
export function useRestore(env: string, from: string) {
  const cache = useQueryClient();
  const { draft, change, clear } = useDraft(`restore/${env}`, EMPTY_RESTORE, isBlankRestore);
  const { state, send } = useSend<{ readonly proposed: readonly string[] }>();
  const [finished, setFinished] = useState<Begun>();
  // An address may name the moment: the way here from a change, or from what was looked at.
  useEffect(() => {
    const asked = typedMoment(from);
    if (momentOf(asked) === undefined) return;
    change((before) => (before.begun ? before : { ...before, ...asked }));
  }, [from, change]);

  const { begun } = draft;
  const moment = momentOf(draft);
  const service = draft.service === "" ? undefined : draft.service;
  const whole = service === undefined;
  const services = [service ?? "*"];
  const operator = useMayIn("operator", env, services);
  const admin = useMayIn("admin", env, services);
  const allowed = whole ? admin : operator;
  const stale = useStale(env) !== undefined;
  const mustName = whole && isProduction(env);

  const plan = useMutation({
    mutationFn: async ({ service, moment }: Target) => {
      const groupId = ulid();
      const of = service === "" ? undefined : service;
      return { groupId, service, moment, ...(await changesApi.plan({ env, service: of, moment, groupId })) };
    },
  });
  const planned = plan.data;
  const refusals = planned?.refusals ?? [];
  const missing = whatIsMissing();
  function whatIsMissing(): Missing | undefined {
    if (!allowed) return "rights";
    if (stale) return "readOnly";
    if (moment === undefined) return "moment";
    if (planned === undefined) return "plan";
    if (refusals.length > 0 && !admin) return "admin";
    if (refusals.length > 0 && draft.override.trim() === "") return "override";
    if (draft.reason.trim() === "") return "reason";
    return mustName && draft.typedName !== env ? "name" : undefined;
  }

  const busy = isBusy(state);
  const followed = begun ?? finished;
  const parts = useQuery({
    queryKey: ["changes", env, "restore", followed?.groupId],
    queryFn: ({ signal }) =>
      changesApi.list(env, followed ? { group: followed.groupId } : {}, { limit: PARTS }, { signal }),
    enabled: followed !== undefined,
    refetchInterval: LOOK_MS,
  });

  const edit = (next: Partial<RestoreDraft>) => change((before) => ({ ...before, ...next }));

  async function publish(what: Begun): Promise<void> {
    const why = draft.override.trim();
    edit({ begun: what });
    const outcome = await send(what.groupId, () =>
      changesApi.restore({
        env,
        service: what.service === "" ? undefined : what.service,
        moment: what.moment,
        groupId: what.groupId,
        seen: what.seen,
        reason: draft.reason.trim(),
        ...(why === "" ? {} : { override: { reason: why } }),
      }),
    );
    if (outcome.phase !== "published") return;
    setFinished(what);
    clear();
    void cache.invalidateQueries({ queryKey: ["changes", env] });
    void cache.invalidateQueries({ queryKey: keys.board(env) });
  }

  return {
    draft,
    edit,
    /** What was planned falls with the choice that it was made for. */
    choose: (next: Partial<RestoreDraft>) => {
      edit(next);
      plan.reset();
    },
    moment,
    whole,
    allowed,
    admin,
    mustName,
    stale,
    plan,
    planned,
    refusals,
    missing,
    look: () => moment !== undefined && plan.mutate({ service: draft.service, moment }),
    state,
    busy,
    begun,
    finished,
    parts: parts.data?.rows.map(rowOfEntry) ?? [],
    submit: async () => {
      if (planned === undefined || missing !== undefined || busy) return;
      const { groupId, seen, changeSets, moment, service } = planned;
      await publish({ groupId, seen: [...seen], changeSets, moment, service });
    },
    goOn: async () => {
      if (begun !== undefined && !busy) await publish(begun);
    },
    /** What is committed stays; what is left is planned anew. */
    giveUp: () => {
      change(({ begun: _, ...before }) => before);
      plan.reset();
    },
  };
}

export type Restore = ReturnType<typeof useRestore>;
