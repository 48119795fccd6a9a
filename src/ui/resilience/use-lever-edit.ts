"use client";

import { useEffect } from "react";
import { ulid } from "ulid";
import { client } from "../api/client.ts";
import type { ChangeSetInput, EditInput, LeverRow } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { useDraft } from "../drafts.ts";
import { useNowMs } from "../kit/clock.ts";
import { LOOKING, useDryRun } from "../publish/change-step.tsx";
import { type Until, untilAt, untilFault } from "../publish/until.ts";
import { isBusy, type SendState, useSend } from "../publish/use-send.ts";
import { canonical } from "../switches/json.ts";
import { bodyOf, type TrayEdit } from "../tray/tray-edit.ts";
import {
  type Armed,
  type Base,
  type Draft,
  draftName,
  EMPTY_DRAFT,
  edit,
  holdUntil,
  isBlank,
  isChanged,
  rebase,
  sameMoment,
  usualUntil,
} from "./draft.ts";
import { type Fault, faultsOf } from "./faults.ts";
import { type Edits, specFrom } from "./field-text.ts";
import type { ResilienceKind, Spec } from "./kinds.ts";

/** What still keeps a draft from being published: a key of `resilience.missing`. */
export type Missing = "readOnly" | "fault" | "until" | "change" | "reason";

export interface LeverTarget {
  readonly service: string;
  readonly kind: ResilienceKind;
  readonly name: string;
}

/** One change of a lever, from the first key touched to the receipt. */
export interface LeverEdit {
  readonly draft: Draft;
  readonly base: Base;
  readonly planned: Spec;
  readonly faults: readonly Fault[];
  readonly until: Until;
  readonly armed: Armed | undefined;
  readonly changed: boolean;
  readonly state: SendState;
  /** Sent, and the live state not there yet: nothing can be changed. */
  readonly busy: boolean;
  /** Somebody else changed the lever after this draft began. */
  readonly moved: boolean;
  readonly missing: Missing | undefined;
  readonly sentBefore: boolean;
  readonly dryRun: ReturnType<typeof useDryRun>;
  /** The same edit for the tray; undefined while it can't be published. */
  readonly forTray: TrayEdit | undefined;
  readonly type: (edits: Edits) => void;
  readonly say: (said: Partial<Pick<Draft, "reason" | "description" | "owner">>) => void;
  readonly hold: (until: Until) => void;
  readonly discard: () => void;
  readonly rebaseMine: () => void;
  readonly submit: (overriding: string) => Promise<void>;
}

const addressOf = (env: string, target: LeverTarget): string =>
  `/resilience?${new URLSearchParams({ env, kind: target.kind, lever: formatRef(target) })}`;

/** When the row ends by itself, where that is still to come. */
export function armedOf(row: LeverRow | undefined): Armed | undefined {
  const expiry = row?.resource?.meta.expiry;
  return expiry === undefined ? undefined : { at: expiry.at, restore: expiry.restore };
}

/**
 * Drafts and publishes a lever's next state. `begin` is what a lever that is not there, or not valid, begins with. The
 * draft is kept under the lever's name until its change set is live.
 */
export function useLeverEdit(
  env: string,
  target: LeverTarget,
  row: LeverRow | undefined,
  begin: Spec,
): LeverEdit {
  const { kind } = target;
  const { draft, change, clear } = useDraft(draftName(env, target), EMPTY_DRAFT, isBlank);
  const { state, send, reset } = useSend();
  const stale = useStale(env) !== undefined;
  const nowMs = useNowMs();
  const live: Base = {
    revision: row?.revision ?? 0,
    spec: (row?.resource?.spec as Spec | undefined) ?? begin,
  };
  const base = draft.base ?? live;
  const armed = armedOf(row);
  const planned = specFrom(kind, base.spec, draft.edits);
  const written = canonical(planned) ?? "";
  const faults = faultsOf(kind, planned);
  const until = draft.until ?? usualUntil(base.spec, planned, armed);
  const settling = state.phase === "published" && live.revision < state.result.revision;
  const busy = isBusy(state) || settling;
  const arrived = draft.sentId !== undefined && row?.changeSetId === draft.sentId;
  const moved = draft.base !== undefined && draft.base.revision !== live.revision && !arrived && !busy;
  const changed = row?.fault !== undefined || isChanged(kind, draft, base, armed);
  const badUntil = untilFault(until, nowMs) !== undefined;

  // The live state may bring our change before the answer does, or after a reload.
  useEffect(() => {
    if (draft.sentId === undefined || row === undefined) return;
    const { revision } = row;
    const overtaken = state.phase === "published" && revision > state.result.revision;
    if (arrived) reset({ phase: "published", id: draft.sentId, result: { revision } });
    if (arrived || overtaken) clear();
  }, [arrived, draft.sentId, row, state, reset, clear]);

  const asEdit = (startMs: number): EditInput => {
    const at = sameMoment(until, armed) ? armed?.at : untilAt(until, startMs);
    const said = {
      ...(draft.description ? { description: draft.description } : {}),
      ...(draft.owner ? { owner: draft.owner } : {}),
    };
    return {
      ...target,
      op: "put",
      spec: planned,
      ...(row?.resource?.rollout === undefined ? {} : { rollout: row.resource.rollout }),
      ...(Object.keys(said).length === 0 ? {} : { meta: said }),
      ...(at === undefined ? {} : { expiry: { at } }),
      baseRevision: base.revision,
    };
  };
  const changeSet = (id: string, reason: string, overriding: string): ChangeSetInput => ({
    env,
    id,
    reason,
    ...(overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } }),
    edits: [asEdit(Date.now())],
  });
  const sound = faults.length === 0 && !badUntil;
  const dryRun = useDryRun(
    ["lever", env, formatRef(target), base.revision, written, until.choice, until.at],
    (call) => client.publish.dryRun.mutate(changeSet(ulid(), LOOKING, ""), call),
    changed && sound && !moved && !busy && !stale,
  );
  const missing: Missing | undefined = stale
    ? "readOnly"
    : faults.length > 0
      ? "fault"
      : badUntil
        ? "until"
        : !changed
          ? "change"
          : draft.reason.trim() === ""
            ? "reason"
            : undefined;

  return {
    draft,
    base,
    planned,
    faults,
    until,
    armed,
    changed,
    state,
    busy,
    moved,
    missing: settling ? undefined : missing,
    sentBefore: draft.sentId !== undefined && state.phase === "idle" && !arrived,
    dryRun,
    forTray:
      changed && sound && !moved && !busy && !stale
        ? {
            edit: asEdit(nowMs),
            base: row && bodyOf(row),
            editor: {
              address: addressOf(env, target),
              draft: { name: draftName(env, target), value: draft },
            },
          }
        : undefined,
    type(edits) {
      if (busy) return;
      reset();
      change((before) => edit(kind, before, live, edits));
    },
    say(said) {
      // What waits for a second person goes on waiting; with other words it is another change set.
      if (state.phase === "proposed") reset();
      change((before) => ({ ...before, ...said, sentId: undefined }));
    },
    hold(next) {
      if (busy) return;
      reset();
      change((before) => holdUntil(before, live, next));
    },
    discard() {
      reset();
      clear();
    },
    rebaseMine() {
      reset();
      change((before) => rebase(kind, before, live));
    },
    async submit(overriding) {
      if (missing !== undefined || busy) return;
      const id = draft.sentId ?? ulid();
      change((before) => ({ ...before, sentId: id }));
      const { phase } = await send(id, () =>
        client.publish.commit.mutate(changeSet(id, draft.reason.trim(), overriding)),
      );
      if (phase !== "published" && phase !== "unanswered" && phase !== "proposed") {
        change((before) => ({ ...before, sentId: undefined }));
      }
    },
  };
}
