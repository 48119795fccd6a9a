"use client";

import { LIMITS } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useEffect, useId, useRef } from "react";
import { createPortal } from "react-dom";
import type { LeverDetail } from "../api/contract.ts";
import { Callout } from "../kit/callout.tsx";
import { Diff } from "../kit/diff.tsx";
import { Field, TextArea, TextInput } from "../kit/field.tsx";
import { LeverGlyph, PositionWord } from "../kit/lever.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { ConflictView } from "./conflict-view.tsx";
import { LeverProof } from "./lever-proof.tsx";
import { PublishAction } from "./publish-action.tsx";
import { Reach } from "./reach.tsx";
import { SpecFields } from "./spec-fields.tsx";
import { useSpecWords } from "./spec-words.ts";
import type { SwitchRow } from "./switch-row.ts";
import { type LeverEdit, useLeverEdit } from "./use-lever-edit.ts";

interface LeverFormProps {
  readonly env: string;
  readonly row: SwitchRow;
  readonly detail: LeverDetail | undefined;
  /** Where the action goes: it stays in sight at the sheet's foot. */
  readonly footer: HTMLElement | null;
}

/** The proof of the last change, and the next one: drafted, reviewed, published, proved. */
export function LeverForm({ env, row, detail, footer }: LeverFormProps) {
  const formId = useId();
  const top = useRef<HTMLDivElement>(null);
  const edit = useLeverEdit(env, row);
  const { state, theirs, planned, base } = edit;
  useEffect(() => {
    if (state.phase === "published") top.current?.scrollIntoView({ block: "start" });
  }, [state.phase]);
  return (
    <div ref={top} className="flex scroll-mt-4 flex-col gap-6">
      <LeverProof
        env={env}
        row={row}
        reports={detail?.reports}
        published={
          state.phase === "published" ? { id: state.id, revision: state.result.revision } : undefined
        }
      />
      {theirs && planned.ok ? (
        <ConflictView
          base={base.spec}
          row={theirs}
          yours={planned.spec}
          onTakeTheirs={edit.takeTheirs}
          onRebase={edit.rebaseMine}
        />
      ) : (
        <EditForm id={formId} row={row} detail={detail} edit={edit} />
      )}
      {footer &&
        !theirs &&
        createPortal(
          <PublishAction
            env={env}
            formId={formId}
            name={row.name}
            edit={edit}
            reached={detail?.reaches.length ?? 0}
          />,
          footer,
        )}
    </div>
  );
}

interface EditFormProps {
  readonly id: string;
  readonly row: SwitchRow;
  readonly detail: LeverDetail | undefined;
  readonly edit: LeverEdit;
}

function EditForm({ id, row, detail, edit }: EditFormProps) {
  const t = useTranslations("sheet");
  const words = useSpecWords();
  const { draft, base, planned, changed, busy } = edit;
  const position = draft.edits.position ?? base.spec.position;
  return (
    <form
      id={id}
      onSubmit={(event) => {
        event.preventDefault();
        void edit.submit();
      }}
      className="flex flex-col gap-4 border-line border-t pt-4"
    >
      {row.fault !== undefined && (
        <Callout tone="failed" title={t("invalidTitle")}>
          <p>{row.fault}</p>
          <p className="mt-1">{t("invalidDetail")}</p>
        </Callout>
      )}
      <Segmented
        size="large"
        label={t("position")}
        value={position}
        onChange={(next) => edit.type({ position: next })}
        disabled={busy}
        options={(["NORMAL", "DEGRADED"] as const).map((value) => ({
          value,
          label: <PositionChoice position={value} chosen={value === position} />,
        }))}
      />
      <SpecFields draft={draft} base={base.spec} onType={edit.type} disabled={busy} />
      <ReasonField edit={edit} />
      {changed && planned.ok && row.fault === undefined && (
        <Diff
          sentence={words.sentence(row.name, base.spec, planned.spec, detail?.reaches.length)}
          changes={words.changes(base.spec, planned.spec)}
        />
      )}
      <Reach row={row} detail={detail} />
      {edit.mustName && changed && (
        <Field label={t("typeName", { name: row.name })} hint={t("typeNameHint")}>
          {(control) => (
            <TextInput
              {...control}
              className="font-mono"
              value={draft.typedName}
              spellCheck={false}
              onChange={(event) => edit.typeName(event.target.value)}
            />
          )}
        </Field>
      )}
    </form>
  );
}

function ReasonField({ edit }: { edit: LeverEdit }) {
  const t = useTranslations("sheet");
  return (
    <Field label={t("reason")} hint={t("reasonHint")}>
      {(control) => (
        <TextArea
          {...control}
          required
          rows={2}
          maxLength={LIMITS.reasonLength}
          value={edit.draft.reason}
          placeholder={t("reasonPlaceholder")}
          readOnly={edit.busy}
          onChange={(event) => edit.typeReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void edit.submit();
          }}
        />
      )}
    </Field>
  );
}

function PositionChoice({ position, chosen }: { position: "NORMAL" | "DEGRADED"; chosen: boolean }) {
  const t = useTranslations("position");
  return (
    <>
      <LeverGlyph position={position} proof="proved" />
      {chosen ? <span>{t(position)}</span> : <PositionWord position={position} />}
    </>
  );
}
