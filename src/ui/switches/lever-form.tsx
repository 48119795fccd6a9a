"use client";

import type { ResourceMeta, SwitchSpec } from "@leverframe/agent/protocol";
import { LIMITS } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useId, useRef } from "react";
import { createPortal } from "react-dom";
import { ulid } from "ulid";
import type { LeverDetail } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { useDraft } from "../drafts.ts";
import { isProduction } from "../frame/environment.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Diff } from "../kit/diff.tsx";
import { Field, TextArea, TextInput } from "../kit/field.tsx";
import { PositionWord } from "../kit/lever.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { ConflictView } from "./conflict-view.tsx";
import {
  type Base,
  changesBetween,
  draftName,
  EMPTY_DRAFT,
  edit,
  isBlank,
  rebase,
  type SpecEdits,
  specOf,
} from "./draft.ts";
import { LeverProof } from "./lever-proof.tsx";
import { Reach } from "./reach.tsx";
import { SpecFields } from "./spec-fields.tsx";
import { useSpecWords } from "./spec-words.ts";
import type { SwitchRow } from "./switch-row.ts";
import { type PublishState, usePublish } from "./use-publish.ts";

interface LeverFormProps {
  readonly env: string;
  readonly row: SwitchRow;
  readonly detail: LeverDetail | undefined;
  /** Where the action goes: it stays in sight at the sheet's foot. */
  readonly footer: HTMLElement | null;
}

/** The proof of the last change, and the next one: drafted, reviewed, published, proved. */
export function LeverForm({ env, row, detail, footer }: LeverFormProps) {
  const t = useTranslations("sheet");
  const words = useSpecWords();
  const formId = useId();
  const top = useRef<HTMLDivElement>(null);
  const { draft, change, clear } = useDraft(draftName(env, row), EMPTY_DRAFT, isBlank);
  const { state, publish, reset } = usePublish(env);
  const stale = useStale(env);
  const live: Base = { revision: row.revision, spec: row.spec };
  const base = draft.base ?? live;
  const planned = specOf(draft.edits, base.spec);
  const changed =
    planned.ok && (row.fault !== undefined || changesBetween(base.spec, planned.spec).length > 0);
  const arrived = draft.sentId !== undefined && row.changeSetId === draft.sentId;
  const theirs = theirsOf(row, state);
  const moved =
    draft.base !== undefined && draft.base.revision !== theirs.revision && !arrived && !isBusy(state);
  const mustName = isProduction(env) && (base.spec.level === "core" || row.level === "core");
  const named = !mustName || draft.typedName.trim() === row.name;
  const missing = stale
    ? t("missing.readOnly")
    : !planned.ok
      ? t("missing.payload")
      : planned.spec.strategy === "static" && planned.spec.payload === undefined
        ? t("missing.static")
        : !changed
          ? t("missing.change")
          : draft.reason.trim() === ""
            ? t("missing.reason")
            : !named
              ? t("missing.name", { name: row.name })
              : undefined;

  // The live state may bring our change before the answer does, or after a reload.
  useEffect(() => {
    if (!arrived || !draft.sentId) return;
    reset({ phase: "published", id: draft.sentId, revision: row.revision });
    clear();
  }, [arrived, draft.sentId, row.revision, reset, clear]);
  useEffect(() => {
    if (state.phase === "published") top.current?.scrollIntoView({ block: "start" });
  }, [state.phase]);

  const type = (edits: SpecEdits) => {
    if (!isBusy(state)) reset();
    change((before) => edit(before, live, edits));
  };
  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (missing !== undefined || !planned.ok || isBusy(state)) return;
    const id = draft.sentId ?? ulid();
    change((before) => ({ ...before, sentId: id }));
    const outcome = await publish({
      id,
      reason: draft.reason.trim(),
      edits: [editOf(row, planned.spec, base.revision)],
    });
    if (outcome.phase === "published") clear();
    else if (outcome.phase !== "unanswered") change((before) => ({ ...before, sentId: undefined }));
  };
  const takeTheirs = () => {
    reset();
    change((before) => ({ ...EMPTY_DRAFT, reason: before.reason }));
  };
  const rebaseMine = () => {
    reset();
    change((before) => rebase(before, { revision: theirs.revision, spec: theirs.spec }));
  };

  return (
    <div ref={top} className="flex scroll-mt-4 flex-col gap-6">
      <LeverProof env={env} row={row} published={state.phase === "published" ? state : undefined} />
      {moved && planned.ok ? (
        <ConflictView
          base={base.spec}
          row={theirs}
          yours={planned.spec}
          onTakeTheirs={takeTheirs}
          onRebase={rebaseMine}
        />
      ) : (
        <form id={formId} onSubmit={submit} className="flex flex-col gap-4 border-line border-t pt-4">
          {row.fault !== undefined && (
            <Callout tone="failed" title={t("invalidTitle")}>
              {row.fault} {t("invalidDetail")}
            </Callout>
          )}
          <Segmented
            size="large"
            label={t("position")}
            value={draft.edits.position ?? base.spec.position}
            onChange={(position) => type({ position })}
            disabled={isBusy(state)}
            options={(["NORMAL", "DEGRADED"] as const).map((value) => ({
              value,
              label: (
                <PositionChoice
                  position={value}
                  chosen={(draft.edits.position ?? base.spec.position) === value}
                />
              ),
            }))}
          />
          <SpecFields draft={draft} base={base.spec} onType={type} disabled={isBusy(state)} />
          <Field label={t("reason")} hint={t("reasonHint")}>
            {(control) => (
              <TextArea
                {...control}
                required
                rows={2}
                maxLength={LIMITS.reasonLength}
                value={draft.reason}
                placeholder={t("reasonPlaceholder")}
                onChange={(event) => change((before) => ({ ...before, reason: event.target.value }))}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
                }}
              />
            )}
          </Field>
          {changed && planned.ok && (
            <Diff
              sentence={words.sentence(row.name, base.spec, planned.spec, detail?.reaches.length)}
              changes={words.changes(base.spec, planned.spec)}
            />
          )}
          <Reach row={row} detail={detail} />
          {mustName && changed && (
            <Field label={t("typeName", { name: row.name })} hint={t("typeNameHint")}>
              {(control) => (
                <TextInput
                  {...control}
                  className="font-mono"
                  value={draft.typedName}
                  spellCheck={false}
                  onChange={(event) => change((before) => ({ ...before, typedName: event.target.value }))}
                />
              )}
            </Field>
          )}
        </form>
      )}
      {footer &&
        !moved &&
        createPortal(
          <Action
            formId={formId}
            state={state}
            missing={missing}
            label={actionLabel(
              t,
              row,
              planned.ok ? planned.spec : base.spec,
              base.spec,
              detail?.reaches.length,
            )}
            degrades={planned.ok && planned.spec.position === "DEGRADED" && base.spec.position !== "DEGRADED"}
            sentBefore={draft.sentId !== undefined && state.phase === "idle"}
          />,
          footer,
        )}
    </div>
  );
}

const isBusy = (state: PublishState): boolean =>
  state.phase === "sending" || (state.phase === "unanswered" && state.asking);

/** The lever as somebody else left it: the live row, or what a refused publish brought where that is newer. */
function theirsOf(row: SwitchRow, state: PublishState): SwitchRow {
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
const editOf = (row: SwitchRow, spec: SwitchSpec, baseRevision: number) => ({
  service: row.service,
  kind: row.kind,
  name: row.name,
  op: "put" as const,
  spec,
  ...(row.rollout ? { rollout: row.rollout } : {}),
  baseRevision,
});

function PositionChoice({ position, chosen }: { position: "NORMAL" | "DEGRADED"; chosen: boolean }) {
  const t = useTranslations("position");
  return chosen ? <span>{t(position)}</span> : <PositionWord position={position} />;
}

function actionLabel(
  t: ReturnType<typeof useTranslations<"sheet">>,
  row: SwitchRow,
  next: SwitchSpec,
  base: SwitchSpec,
  reached = 0,
): string {
  if (next.position === base.position) return t("action.publish", { name: row.name });
  return next.position === "DEGRADED"
    ? t("action.degrade", { name: row.name, count: reached })
    : t("action.restore", { name: row.name, count: reached });
}

interface ActionProps {
  readonly formId: string;
  readonly state: PublishState;
  readonly missing: string | undefined;
  readonly label: string;
  readonly degrades: boolean;
  /** A draft that was sent from a page that is gone, and never answered. */
  readonly sentBefore: boolean;
}

function Action({ formId, state, missing, label, degrades, sentBefore }: ActionProps) {
  const t = useTranslations("sheet");
  const busy = isBusy(state);
  return (
    <div className="flex flex-col gap-2">
      {state.phase === "refused" && (
        <Callout tone="failed" role="alert" title={t("refused")}>
          {state.message}
        </Callout>
      )}
      {state.phase === "unavailable" && (
        <Callout tone="failed" role="alert" title={t("unavailable")}>
          {state.message}
        </Callout>
      )}
      {(state.phase === "unanswered" || sentBefore) && (
        <Callout tone="pending" role="alert" title={t("unanswered")}>
          {t("unansweredDetail")}
        </Callout>
      )}
      <div className="flex items-center gap-3 max-md:flex-col-reverse max-md:items-stretch">
        <Button
          type="submit"
          form={formId}
          tone={degrades ? "degrade" : "primary"}
          disabled={missing !== undefined || busy}
          className="min-w-0"
        >
          <span className="truncate">
            {busy
              ? t("action.sending")
              : state.phase === "unanswered" || sentBefore
                ? t("action.again")
                : label}
          </span>
        </Button>
        <span className="text-12 text-ink-3">{missing ?? t("keyHint")}</span>
      </div>
    </div>
  );
}
