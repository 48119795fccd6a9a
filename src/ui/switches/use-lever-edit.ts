"use client";

import type { ResourceMeta, SwitchSpec } from "@leverframe/agent/protocol";
import { useEffect } from "react";
import { ulid } from "ulid";
import { api } from "../api/client.ts";
import type { EditInput } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { useDraft } from "../drafts.ts";
import { isProduction } from "../frame/environment.tsx";
import { isBusy, type SendState, useSend } from "../publish/use-send.ts";
import {
  type Base,
  changesBetween,
  type Draft,
  type DraftSpec,
  draftName,
  EMPTY_DRAFT,
  edit,
  isBlank,
  rebase,
  type SpecEdits,
  specOf,
} from "./draft.ts";
import type { SwitchRow } from "./switch-row.ts";

/** What still keeps a draft from being published. */
export type Missing = "readOnly" | "payload" | "static" | "change" | "reason" | "name";

/** One pull, from the first key touched to the receipt. */
export interface LeverEdit {
  readonly draft: Draft;
  readonly base: Base;
  readonly planned: DraftSpec;
  readonly changed: boolean;
  readonly state: SendState;
  /** Sent, and the live state not there yet: nothing can be changed. */
  readonly busy: boolean;
  /** As somebody else left the lever after this draft began; undefined while nobody did. */
  readonly theirs: SwitchRow | undefined;
  readonly mustName: boolean;
  readonly missing: Missing | undefined;
  /** Sent from a page that is gone, and never answered. */
  readonly sentBefore: boolean;
  readonly type: (edits: SpecEdits) => void;
  readonly typeReason: (reason: string) => void;
  readonly typeName: (name: string) => void;
  readonly submit: () => Promise<void>;
  readonly takeTheirs: () => void;
  readonly rebaseMine: () => void;
}

/** Drafts and publishes a lever's next state. The draft is kept under its name until its change set is live. */
export function useLeverEdit(env: string, row: SwitchRow): LeverEdit {
  const { draft, change, clear } = useDraft(draftName(env, row), EMPTY_DRAFT, isBlank);
  const { state, send, reset } = useSend();
  const stale = useStale(env) !== undefined;
  const live: Base = { revision: row.revision, spec: row.spec };
  const base = draft.base ?? live;
  const planned = specOf(draft.edits, base.spec);
  const changed = differs(row, base, planned);
  const settling = state.phase === "published" && row.revision < state.result.revision;
  const busy = isBusy(state) || settling;
  const arrived = draft.sentId !== undefined && row.changeSetId === draft.sentId;
  const newest = theirsOf(row, state);
  const moved = draft.base !== undefined && draft.base.revision !== newest.revision && !arrived && !busy;
  const mustName = isProduction(env) && (base.spec.level === "core" || row.level === "core");
  const missing = whatIsMissing({ stale, planned, changed, draft, mustName, name: row.name });

  // The live state may bring our change before the answer does, or after a reload.
  useEffect(() => {
    if (draft.sentId === undefined) return;
    const overtaken = state.phase === "published" && row.revision > state.result.revision;
    if (arrived) reset({ phase: "published", id: draft.sentId, result: { revision: row.revision } });
    if (arrived || overtaken) clear();
  }, [arrived, draft.sentId, row.revision, state, reset, clear]);

  return {
    draft,
    base,
    planned,
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
    typeReason(reason) {
      // What waits under the former reason goes on waiting; this is another change set from now on.
      const waits = state.phase === "proposed";
      if (waits) reset();
      change((before) => ({ ...before, reason, ...(waits ? { sentId: undefined } : {}) }));
    },
    typeName: (typedName) => change((before) => ({ ...before, typedName })),
    async submit() {
      if (missing !== undefined || !planned.ok || busy) return;
      const id = draft.sentId ?? ulid();
      change((before) => ({ ...before, sentId: id }));
      const reason = draft.reason.trim();
      const { phase } = await send(id, () =>
        api.commit({ env, id, reason, edits: [editOf(row, planned.spec, base.revision)] }),
      );
      if (phase !== "published" && phase !== "unanswered" && phase !== "proposed") {
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
  };
}

/** A body that is not valid may be replaced by what it is shown as. */
const differs = (row: SwitchRow, base: Base, planned: DraftSpec): boolean =>
  planned.ok && (row.fault !== undefined || changesBetween(base.spec, planned.spec).length > 0);

interface Plan {
  readonly stale: boolean;
  readonly planned: DraftSpec;
  readonly changed: boolean;
  readonly draft: Draft;
  readonly mustName: boolean;
  readonly name: string;
}

/** The first thing that an author still has to do; undefined when the change can be sent. Pure. */
export function whatIsMissing({ stale, planned, changed, draft, mustName, name }: Plan): Missing | undefined {
  if (stale) return "readOnly";
  if (!planned.ok) return "payload";
  if (planned.spec.strategy === "static" && planned.spec.payload === undefined) return "static";
  if (!changed) return "change";
  if (draft.reason.trim() === "") return "reason";
  return mustName && draft.typedName.trim() !== name ? "name" : undefined;
}

/** The lever as somebody else left it: the live row, or what a refused publish brought where that is newer. */
function theirsOf(row: SwitchRow, state: SendState): SwitchRow {
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

/** What is not edited here is sent as it stands: a change set replaces a body whole. */
const editOf = (row: SwitchRow, spec: SwitchSpec, baseRevision: number): EditInput => ({
  service: row.service,
  kind: row.kind,
  name: row.name,
  op: "put",
  spec,
  ...(row.rollout ? { rollout: row.rollout } : {}),
  baseRevision,
});
