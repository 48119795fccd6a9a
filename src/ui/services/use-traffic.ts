"use client";

import { useState } from "react";
import { ulid } from "ulid";
import { client } from "../api/client.ts";
import type { ChangeSetInput, LeverRow } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { useDraft } from "../drafts.ts";
import { useNowMs } from "../kit/clock.ts";
import { LOOKING, useDryRun } from "../publish/change-step.tsx";
import { NO_END, type Until, untilAt, untilFault } from "../publish/until.ts";
import { isBusy, type Made, useSend } from "../publish/use-send.ts";
import {
  type Calls,
  leverToEdit,
  MOST_WEIGHT,
  type Stance,
  sameStance,
  stanceBy,
  withStance,
} from "./traffic.ts";

interface TrafficDraft {
  readonly calls?: Calls;
  /** As typed. */
  readonly weight?: string;
  readonly reason: string;
  readonly until: Until;
  /** Sent under this id, which makes sending it again the same. */
  readonly sentId?: string;
}

const EMPTY: TrafficDraft = { reason: "", until: NO_END };
const isBlank = (draft: TrafficDraft): boolean =>
  draft.calls === undefined &&
  draft.weight === undefined &&
  draft.reason === "" &&
  draft.until.choice === "none" &&
  draft.sentId === undefined;

/** The first thing that an author still has to do. */
export type Missing = "readOnly" | "weight" | "change" | "until" | "reason";

/** One instance's calls, from the draft to the answer. What is typed outlives a reload. */
export function useTraffic(env: string, service: string, instance: string, levers: readonly LeverRow[]) {
  const { draft, change, clear } = useDraft(`traffic/${env}/${service}/${instance}`, EMPTY, isBlank);
  const { state, send } = useSend();
  const [made, setMade] = useState<Made>();
  const stale = useStale(env) !== undefined;
  const nowMs = useNowMs();
  const edit = leverToEdit(levers, service);
  const now: Stance = stanceBy(levers, instance);
  const ofLever: Stance = edit.row === undefined ? now : stanceBy([edit.row], instance);
  const weight = readWeight(draft.weight ?? String(ofLever.weight));
  const planned: Stance = { calls: draft.calls ?? ofLever.calls, weight: weight ?? ofLever.weight };
  const changed = !sameStance(planned, ofLever);
  const busy = isBusy(state);
  const spec = withStance(edit.spec, instance, planned);

  const changeSet = (id: string, reason: string, overriding: string, nowMs: number): ChangeSetInput => {
    const at = untilAt(draft.until, nowMs);
    return {
      env,
      id,
      reason,
      ...(overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } }),
      edits: [
        {
          service,
          kind: "traffic",
          name: edit.name,
          op: "put",
          spec,
          ...(edit.row?.resource?.rollout ? { rollout: edit.row.resource.rollout } : {}),
          ...(at === undefined ? {} : { expiry: { at } }),
          baseRevision: edit.revision,
        },
      ] as ChangeSetInput["edits"],
    };
  };
  const [look] = useState(() => ulid());
  const dryRun = useDryRun(
    ["traffic", env, service, instance, edit.revision, JSON.stringify(planned)],
    (call) => client.publish.dryRun.mutate(changeSet(look, LOOKING, "", Date.now()), call),
    changed && weight !== undefined && !busy,
  );
  const missing: Missing | undefined = stale
    ? "readOnly"
    : weight === undefined
      ? "weight"
      : !changed
        ? "change"
        : untilFault(draft.until, nowMs) !== undefined
          ? "until"
          : draft.reason.trim() === ""
            ? "reason"
            : undefined;

  return {
    draft,
    edit,
    /** What all levers together make of it now. */
    now,
    /** What the lever that is edited makes of it now. */
    ofLever,
    planned,
    weightFault: weight === undefined,
    changed,
    state,
    busy,
    dryRun,
    missing,
    made,
    type: (typed: Partial<TrafficDraft>) => change(({ sentId: _, ...before }) => ({ ...before, ...typed })),
    async submit(overriding: string): Promise<void> {
      const id = draft.sentId ?? ulid();
      change((before) => ({ ...before, sentId: id }));
      const outcome = await send(id, () =>
        client.publish.commit.mutate(changeSet(id, draft.reason.trim(), overriding, Date.now())),
      );
      if (outcome.phase === "unanswered") return;
      if (outcome.phase === "published") {
        setMade({ id, revision: outcome.result.revision });
        clear();
        return;
      }
      if (outcome.phase !== "proposed") change(({ sentId: _, ...before }) => before);
    },
  };
}

/** A whole number from 0 to `MOST_WEIGHT`; undefined for anything else. */
function readWeight(text: string): number | undefined {
  if (!/^\d{1,4}$/.test(text.trim())) return undefined;
  const weight = Number(text);
  return weight <= MOST_WEIGHT ? weight : undefined;
}
