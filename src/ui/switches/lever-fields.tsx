"use client";

import { LIMITS } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { Suspense } from "react";
import type { LeverDetail } from "../api/contract.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Callout } from "../kit/callout.tsx";
import { useNowMs } from "../kit/clock.ts";
import { Field, TextArea, TextInput } from "../kit/field.tsx";
import { LeverGlyph, PositionWord } from "../kit/lever.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { momentOf } from "../publish/until.ts";
import { UntilField } from "../publish/until-field.tsx";
import { DeleteSwitch } from "./delete-switch.tsx";
import { LaterField } from "./later-field.tsx";
import { LeverDiff } from "./lever-diff.tsx";
import { mayEnd } from "./lever-plan.ts";
import { Reach } from "./reach.tsx";
import { SpecFields } from "./spec-fields.tsx";
import { useSpecWords } from "./spec-words.ts";
import type { SwitchRow } from "./switch-row.ts";
import type { LeverEdit } from "./use-lever-edit.ts";

/** Fetched once one looks at it: most pulls are for everybody. */
const ForWhom = lazyPart(() => import("./for-whom.tsx").then((module) => module.ForWhom));

interface LeverFieldsProps {
  readonly id: string;
  readonly env: string;
  readonly row: SwitchRow;
  readonly detail: LeverDetail | undefined;
  readonly edit: LeverEdit;
}

/** What is pulled, for how long, for whom and why: the position first, what is seldom touched folded away. */
export function LeverFields({ id, env, row, detail, edit }: LeverFieldsProps) {
  const t = useTranslations("sheet");
  const { draft, base, plan, changed, busy } = edit;
  const position = draft.edits.position ?? base.spec.position;
  const words = useSpecWords();
  const nowMs = useNowMs();
  const at = momentOf(draft.at);
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
      {mayEnd(plan) && (
        <UntilField
          until={plan.until}
          nowMs={at === undefined ? nowMs : Date.parse(at)}
          disabled={busy}
          restores={words.restored(plan.restores)}
          onChange={(until) => edit.typeTerm({ until })}
        />
      )}
      <div className="flex flex-col gap-3 max-md:gap-0">
        <SpecFields draft={draft} base={base.spec} onType={edit.type} disabled={busy} />
        <WhomDetails env={env} row={row} detail={detail} edit={edit} />
        <LaterField at={draft.at} disabled={busy} onChange={(next) => edit.typeTerm({ at: next })} />
      </div>
      <BlastRadius env={env} services={[row.service]} />
      <ReasonField edit={edit} />
      {changed && plan.spec.ok && row.fault === undefined && (
        <LeverDiff row={row} edit={edit} reached={detail?.reaches.length} />
      )}
      <Reach row={row} detail={detail} />
      <DeleteSwitch
        env={env}
        row={row}
        refused={
          edit.missing === "readOnly" || edit.missing === "rights"
            ? t(`missing.${edit.missing}`, { name: row.name })
            : undefined
        }
      />
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

function WhomDetails({ env, row, detail, edit }: Omit<LeverFieldsProps, "id">) {
  const t = useTranslations("audience");
  const words = useSpecWords();
  const { plan, draft } = edit;
  const spec = plan.spec.ok ? plan.spec.spec : edit.base.spec;
  const touched = draft.edits.audience !== undefined || plan.share !== undefined;
  const summary = [
    plan.share === undefined
      ? row.rollout === undefined
        ? ""
        : t("shareNow", { share: row.rollout.shareBp / 100 })
      : words.share(plan.share),
    words.audience(spec.audience),
  ].filter(Boolean);
  return (
    <details open={touched || undefined}>
      <summary className="cursor-pointer rounded-4 text-13 text-ink-2 max-md:py-3">
        {t("forWhom")}{" "}
        <span className="text-ink wrap-anywhere">{summary.join(t("and")) || t("all-everybody")}</span>
      </summary>
      <Suspense fallback={<p className="skeleton mt-3 h-24 w-full" />}>
        <ForWhom env={env} row={row} detail={detail} edit={edit} />
      </Suspense>
    </details>
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
