"use client";

import type { ResourceMeta, SwitchSpec } from "@leverframe/agent/protocol";
import { useEffect } from "react";
import { ulid } from "ulid";
import { api } from "../api/client.ts";
import type { EditInput } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { useDraft } from "../drafts.ts";
import { isProduction } from "../frame/environment.tsx";
import { useNowMs } from "../kit/clock.ts";
import { scheduleOnce } from "../publish/schedule.ts";
import { momentOf } from "../publish/until.ts";
import { type Committed, isBusy, type SendState, useSend } from "../publish/use-send.ts";
import { useMayIn } from "../session/rights.ts";
import { bodyOf, type TrayEdit } from "../tray/tray-edit.ts";
import {
  type Base,
  type Draft,
  type DraftSpec,
  draftName,
  EMPTY_DRAFT,
  edit,
  isBlank,
  rebase,
  type SpecEdits,
  term,
} from "./draft.ts";
import { editOf, type LeverPlan, planOf, sameUntil, timeFault, usualUntil } from "./lever-plan.ts";
import { type Missing, whatIsMissing } from "./missing.ts";
import type { SwitchRow } from "./switch-row.ts";
import { type AudienceCheck, useAudienceCheck } from "./use-audience-check.ts";

/** A change that is committed, or left to its time. */
export interface Taken extends Committed {
  readonly scheduledAt?: string | undefined;
}

/** One pull, from the first key touched to the receipt. */
export interface LeverEdit {
  readonly draft: Draft;
  readonly base: Base;
  readonly plan: LeverPlan;
  readonly planned: DraftSpec;
  readonly audience: AudienceCheck;
  readonly changed: boolean;
  readonly state: SendState<Taken>;
  /** Sent, and the live state not there yet: nothing can be changed. */
  readonly busy: boolean;
  /** As somebody else left the lever after this draft began; undefined while nobody did. */
  readonly theirs: SwitchRow | undefined;
  readonly mustName: boolean;
  readonly missing: Missing | undefined;
  /** Sent from a page that is gone, and never answered. */
  readonly sentBefore: boolean;
  readonly type: (edits: SpecEdits) => void;
  readonly typeTerm: (typed: Parameters<typeof term>[2]) => void;
  readonly typeReason: (reason: string) => void;
  readonly typeName: (name: string) => void;
  readonly submit: () => Promise<void>;
  readonly takeTheirs: () => void;
  readonly rebaseMine: () => void;
  /** The edit as it would stand in the tray; undefined while it can't. */
  readonly forTray: TrayEdit | undefined;
  /** Forgets the draft: it is elsewhere now. */
  readonly letGo: () => void;
}

/** Drafts and publishes a lever's next state. The draft is kept under its name until its change set is live. */
export function useLeverEdit(env: string, row: SwitchRow): LeverEdit {
  const { draft, change, clear } = useDraft(draftName(env, row), EMPTY_DRAFT, isBlank);
  const { state, send, reset } = useSend<Taken>();
  const stale = useStale(env) !== undefined;
  const nowMs = useNowMs();
  const live: Base = { revision: row.revision, spec: row.spec };
  const base = draft.base ?? live;
  const plan = planOf(row, base, draft);
  const { spec: planned, changed } = plan;
  const audience = useAudienceCheck(draft.edits.audience);
  const committed =
    state.phase === "published" && state.result.scheduledAt === undefined ? state.result : undefined;
  const settling = committed !== undefined && row.revision < committed.revision;
  const busy = isBusy(state) || settling;
  const arrived = draft.sentId !== undefined && row.changeSetId === draft.sentId;
  const newest = theirsOf(row, state);
  const moved = draft.base !== undefined && draft.base.revision !== newest.revision && !arrived && !busy;
  const mustName = isProduction(env) && (base.spec.level === "core" || row.level === "core");
  const at = momentOf(draft.at);
  const allowed = useMayIn("operator", env, [row.service]);
  const missing = whatIsMissing({
    stale,
    allowed,
    plan,
    audience,
    times: (draft.at !== undefined && at === undefined) || timeFault(plan, row, at, nowMs),
    draft,
    mustName,
    name: row.name,
  });

  // The live state may bring our change before the answer does, or after a reload.
  useEffect(() => {
    if (draft.sentId === undefined) return;
    const overtaken = committed !== undefined && row.revision > committed.revision;
    if (arrived) reset({ phase: "published", id: draft.sentId, result: { revision: row.revision } });
    if (arrived || overtaken) clear();
  }, [arrived, draft.sentId, row.revision, committed, reset, clear]);

  const atMs = at === undefined ? undefined : Date.parse(at);

  async function takeOne(id: string, one: EditInput): Promise<Taken> {
    const request = { env, id, reason: draft.reason.trim(), edits: [one] };
    if (at === undefined) return api.commit(request);
    await scheduleOnce(request, at);
    return { revision: row.revision, scheduledAt: at };
  }

  return {
    draft,
    base,
    plan,
    planned,
    audience,
    changed,
    state,
    busy,
    theirs: moved ? newest : undefined,
    mustName,
    missing: settling ? undefined : missing,
    sentBefore: draft.sentId !== undefined && state.phase === "idle" && !arrived,
    type(edits) {
      if (busy) return;
      reset();
      change((before) => edit(before, live, edits));
    },
    typeTerm(typed) {
      if (busy) return;
      reset();
      const usual = usualUntil(row, draft.edits.position !== undefined);
      const same = typed.until !== undefined && sameUntil(typed.until, usual);
      change((before) => term(before, live, same ? { ...typed, until: undefined } : typed));
    },
    typeReason(reason) {
      // What waits under the former reason goes on waiting; this is another change set from now on.
      const waits = state.phase === "proposed";
      if (waits) reset();
      change((before) => ({ ...before, reason, ...(waits ? { sentId: undefined } : {}) }));
    },
    typeName: (typedName) => change((before) => ({ ...before, typedName })),
    async submit() {
      const one = editOf(row, base, plan, startOf(atMs));
      if (missing !== undefined || one === undefined || busy) return;
      const id = draft.sentId ?? ulid();
      change((before) => ({ ...before, sentId: id }));
      const outcome = await send(id, () => takeOne(id, one));
      if (outcome.phase === "published" && outcome.result.scheduledAt !== undefined) clear();
      else if (
        outcome.phase !== "published" &&
        outcome.phase !== "unanswered" &&
        outcome.phase !== "proposed"
      ) {
        change((before) => ({ ...before, sentId: undefined }));
      }
    },
    takeTheirs() {
      reset();
      change((before) => ({ ...EMPTY_DRAFT, reason: before.reason }));
    },
    rebaseMine() {
      reset();
      change((before) => rebase(before, { revision: newest.revision, spec: newest.spec }));
    },
    forTray: ["readOnly", "rights", "payload", "static", "audience", "share", "times", "change"].includes(
      missing ?? "",
    )
      ? undefined
      : trayEditOf(env, row, draft, editOf(row, base, plan, atMs ?? nowMs)),
    letGo() {
      reset();
      clear();
    },
  };
}

/** A change begins at its moment, or now. */
const startOf = (atMs: number | undefined): number => atMs ?? Date.now();

function trayEditOf(
  env: string,
  row: SwitchRow,
  draft: Draft,
  one: EditInput | undefined,
): TrayEdit | undefined {
  if (one === undefined) return undefined;
  return {
    edit: one,
    base: bodyOf(row),
    editor: {
      address: `/switches?env=${env}&lever=${formatRef(row)}`,
      draft: { name: draftName(env, row), value: { ...draft, sentId: undefined } },
    },
  };
}

/** The lever as somebody else left it: the live row, or what a refused publish brought where that is newer. */
function theirsOf(row: SwitchRow, state: SendState<Taken>): SwitchRow {
  const theirs = state.phase === "conflict" ? state.conflicts[0]?.theirs : undefined;
  if (!theirs?.body || theirs.revision <= row.revision) return row;
  const { spec, meta } = theirs.body as { spec: SwitchSpec; meta?: ResourceMeta };
  const { author: _, ...rest } = row;
  return {
    ...rest,
    revision: theirs.revision,
    spec,
    reason: meta?.reason ?? "",
    ...(meta?.author === undefined ? {} : { author: meta.author }),
  };
}
