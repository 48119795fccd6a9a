"use client";

import { useTranslations } from "next-intl";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Proposed } from "../publish/proposed.tsx";
import { AddToTray } from "../tray/add-to-tray.tsx";
import type { LeverEdit } from "./use-lever-edit.ts";

interface PublishActionProps {
  readonly env: string;
  readonly formId: string;
  readonly name: string;
  readonly edit: LeverEdit;
  /** Instances that the change reaches; 0 while it is not known. */
  readonly reached: number;
}

/** The button that says what it will do, beside what is still missing, under what went wrong. */
export function PublishAction({ env, formId, name, edit, reached }: PublishActionProps) {
  const t = useTranslations("sheet");
  const { state, busy, missing, planned, base, plan, draft } = edit;
  const next = planned.ok ? planned.spec.position : base.spec.position;
  const moves = next !== base.spec.position;
  const unanswered = (state.phase === "unanswered" && !state.asking) || edit.sentBefore;
  const label =
    draft.at !== undefined
      ? t("schedule", { name })
      : !moves
        ? t("action.publish", { name })
        : plan.share !== undefined
          ? t("degradeShare", { name, share: plan.share.shareBp / 100 })
          : t(next === "DEGRADED" ? "action.degrade" : "action.restore", { name, count: reached });
  return (
    <div className="flex flex-col gap-2">
      {state.phase === "proposed" && <Proposed env={env} id={state.id} />}
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
      {unanswered && (
        <Callout tone="pending" role="alert" title={t("unanswered")}>
          {t("unansweredDetail")}
        </Callout>
      )}
      <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
        <Button
          type="submit"
          form={formId}
          tone={moves && next === "DEGRADED" ? "degrade" : "primary"}
          disabled={missing !== undefined || busy || state.phase === "proposed"}
          className="min-w-0"
        >
          <span className="truncate">
            {busy ? t("action.sending") : unanswered ? t("action.again") : label}
          </span>
        </Button>
        <AddToTray
          env={env}
          edit={busy ? undefined : edit.forTray}
          reason={draft.reason}
          onAdded={edit.letGo}
        />
        <span className="text-12 text-ink-3">
          {missing ? t(`missing.${missing}`, { name }) : !busy && t("keyHint")}
        </span>
      </div>
    </div>
  );
}
