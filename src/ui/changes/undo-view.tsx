"use client";

import { useTranslations } from "next-intl";
import { useId } from "react";
import { createPortal } from "react-dom";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { ChangeProof } from "./change-proof.tsx";
import type { ChangeRow } from "./change-row.ts";
import { readable } from "./leaves.ts";
import { LeverDiffs } from "./lever-diff.tsx";
import { ThreeWay } from "./three-way.tsx";
import { useUndo } from "./use-undo.ts";
import { NameField, ReasonField, Refusals, SendOutcome } from "./way-back.tsx";

interface UndoViewProps {
  readonly env: string;
  readonly row: ChangeRow;
  /** Where its button stands. */
  readonly footer: HTMLElement | null;
  readonly onBack: () => void;
}

/** Taking a change back: what that would do first, then why; afterwards the proof of the new change. */
export function UndoView({ env, row, footer, onBack }: UndoViewProps) {
  const t = useTranslations("changes");
  const { go } = useAddress();
  const undo = useUndo(env, row);
  const formId = useId();
  const { state, dry, draft, missing } = undo;
  if (state.phase === "published") {
    const { changeSetId, revision } = state.result;
    return (
      <section className="flex flex-col gap-4" data-testid="undone">
        <Callout role="status" title={t("undo.done", { revision })}>
          {t("undo.doneDetail")}
        </Callout>
        <ChangeProof env={env} id={changeSetId} title={t("undo.receipts", { revision })} />
        <Button className="self-start" onClick={() => go({ change: changeSetId })}>
          {t("undo.openNew")}
        </Button>
      </section>
    );
  }
  const waits = state.phase === "proposed";
  return (
    <section aria-label={t("undo.title")} className="flex flex-col gap-4" data-testid="undo">
      {waits && <SendOutcome state={state} />}
      {!waits && <h3 className="label-12">{t("undo.would")}</h3>}
      {!undo.allowed && <Callout title={t("undo.notAllowed")}>{t("undo.notAllowedDetail")}</Callout>}
      {undo.allowed && dry.isPending && <SkeletonRows rows={3} label={t("undo.looking")} />}
      {undo.conflicts && (
        <>
          <ThreeWay conflicts={undo.conflicts} />
          <p className="text-ink-2">{t("undo.conflictNext")}</p>
        </>
      )}
      {undo.failure && !undo.conflicts && (
        <Callout tone="failed" role="alert" title={t("undo.cannot")}>
          <FailureWords error={dry.error} />
        </Callout>
      )}
      {dry.data && !undo.conflicts && !waits && (
        <form
          id={formId}
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (missing === undefined && !undo.busy) void undo.submit();
          }}
        >
          <LeverDiffs
            diffs={dry.data.diffs.map(({ ref, op, entries }) => ({ ref, op, entries: readable(entries) }))}
          />
          <Refusals
            refusals={undo.refusals}
            admin={undo.admin}
            override={draft.override}
            onOverride={(override) => undo.type({ override })}
          />
          <BlastRadius env={env} services={dry.data.diffs.map(({ ref }) => ref.service)} />
          <ReasonField value={draft.reason} onChange={(reason) => undo.type({ reason })} />
          {undo.core && (
            <NameField
              name={undo.core.name}
              value={draft.typedName}
              onChange={(typedName) => undo.type({ typedName })}
            />
          )}
        </form>
      )}
      {footer &&
        createPortal(
          <div className="flex flex-col gap-2">
            {!waits && <SendOutcome state={state} />}
            <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
              {!waits && !undo.conflicts && (
                <Button
                  type="submit"
                  form={formId}
                  tone="primary"
                  disabled={missing !== undefined || undo.busy}
                >
                  {undo.busy
                    ? t("back.sending")
                    : state.phase === "unanswered"
                      ? t("back.again")
                      : t("undo.submit")}
                </Button>
              )}
              <Button tone="quiet" onClick={onBack}>
                {t("undo.back")}
              </Button>
              {missing !== undefined && !waits && !undo.conflicts && undo.failure === undefined && (
                <span className="text-12 text-ink-3">
                  {t(`back.missing-${missing}`, { name: undo.core?.name ?? "" })}
                </span>
              )}
            </div>
          </div>,
          footer,
        )}
    </section>
  );
}
