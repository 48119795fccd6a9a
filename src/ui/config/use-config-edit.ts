"use client";

import { useEffect } from "react";
import { ulid } from "ulid";
import type { ChangeSetInput } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { useDraft } from "../drafts.ts";
import { isBusy, type SendState, useSend } from "../publish/use-send.ts";
import { configApi } from "./api.ts";
import type { ConfigRow, Format } from "./config-row.ts";
import {
  type Base,
  baseOf,
  type Draft,
  draftName,
  EMPTY_DRAFT,
  edit,
  isBlank,
  rebase,
  untilOf,
} from "./draft.ts";

/** One edit of a config, from the first key touched to the receipt. */
export interface ConfigEdit {
  readonly draft: Draft;
  readonly base: Base;
  readonly text: string;
  readonly format: Format;
  readonly changed: boolean;
  readonly state: SendState;
  /** Sent, and the live state not there yet: nothing can be changed. */
  readonly busy: boolean;
  /** Somebody else published after this draft began. */
  readonly moved: boolean;
  readonly readOnly: boolean;
  /** Sent from a page that is gone, and never answered. */
  readonly sentBefore: boolean;
  readonly type: (typed: { text?: string; format?: Format }) => void;
  readonly say: (said: { reason?: string; until?: string }) => void;
  readonly discard: () => void;
  readonly rebaseMine: (text?: string) => void;
  /** The change set that would be sent. */
  readonly changeSet: (id: string, overriding?: string) => ChangeSetInput;
  readonly submit: (overriding?: string) => Promise<SendState>;
}

/** A secret's text is kept nowhere: it goes with the page. */
const neverKept = () => true;

/** Drafts and publishes a config's next state. The draft is kept under its name until its change set is live. */
export function useConfigEdit(env: string, row: ConfigRow): ConfigEdit {
  const { draft, change, clear } = useDraft(
    draftName(env, row),
    EMPTY_DRAFT,
    row.secret ? neverKept : isBlank,
  );
  const { state, send, reset } = useSend();
  const readOnly = useStale(env) !== undefined;
  const live = baseOf(row);
  const base = draft.base ?? live;
  const text = draft.text ?? base.value;
  const format = draft.format ?? base.format;
  const settling = state.phase === "published" && row.revision < state.result.revision;
  const busy = isBusy(state) || settling;
  const arrived = draft.sentId !== undefined && row.changeSetId === draft.sentId;
  const moved =
    draft.base !== undefined &&
    !arrived &&
    !busy &&
    (draft.base.revision !== row.revision || state.phase === "conflict");

  // The live state may bring our change before the answer does, or after a reload.
  useEffect(() => {
    if (draft.sentId === undefined) return;
    const overtaken = state.phase === "published" && row.revision > state.result.revision;
    if (arrived) reset({ phase: "published", id: draft.sentId, result: { revision: row.revision } });
    if (arrived || overtaken) clear();
  }, [arrived, draft.sentId, row.revision, state, reset, clear]);

  const changeSet = (id: string, overriding = ""): ChangeSetInput => {
    const until = untilOf(draft.until);
    return {
      env,
      id,
      reason: draft.reason.trim(),
      ...(overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } }),
      edits: [
        {
          service: row.service,
          kind: "config",
          name: row.name,
          op: "put",
          spec: { format, value: text },
          ...(row.rollout ? { rollout: row.rollout } : {}),
          ...(row.secret ? { secret: true as const } : {}),
          ...(until === undefined ? {} : { expiry: { at: until } }),
          baseRevision: base.revision,
        },
      ],
    };
  };

  return {
    draft,
    base,
    text,
    format,
    changed: draft.base !== undefined,
    state,
    busy,
    moved,
    readOnly,
    sentBefore: draft.sentId !== undefined && state.phase === "idle" && !arrived,
    type(typed) {
      if (busy) return;
      reset();
      change((before) => edit(before, live, typed));
    },
    say: (said) => change((before) => ({ ...before, ...said, sentId: undefined })),
    discard() {
      reset();
      change((before) => ({ ...EMPTY_DRAFT, reason: before.reason }));
    },
    rebaseMine(merged) {
      reset();
      change((before) => rebase(before, live, merged));
    },
    changeSet,
    async submit(overriding) {
      const id = draft.sentId ?? ulid();
      change((before) => ({ ...before, sentId: id }));
      const outcome = await send(id, () => configApi.commit(changeSet(id, overriding)));
      if (outcome.phase !== "published" && outcome.phase !== "unanswered") {
        change((before) => ({ ...before, sentId: undefined }));
      }
      return outcome;
    },
  };
}
