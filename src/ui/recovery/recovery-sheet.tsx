"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import type { Recovery } from "../api/contract.ts";
import { useDraftText } from "../drafts.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { useRecovery } from "./use-recovery.ts";

/** After etcd was wiped, restored or replaced: what the history knows and etcd has lost, and the two ways to go on. */
export function RecoverySheet({ env, onClose }: { env: string; onClose: () => void }) {
  const t = useTranslations("recovery");
  const [reason, setReason] = useDraftText(`${env}/recovery`);
  const { found, go, override, setOverride } = useRecovery(env, () => {
    setReason("");
    onClose();
  });
  const [sure, setSure] = useState(false);
  const formId = useId();
  const { data } = found;
  const count = data?.plan?.seen.length ?? 0;
  const refused = (data?.plan?.refusals.length ?? 0) > 0;
  const ready = data !== undefined && !go.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() !== "") go.mutate({ way: count > 0 ? "republish" : "confirm", reason: reason.trim() });
  };
  return (
    <Sheet
      title={t("sheetTitle")}
      description={t("sheetDetail", { env })}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          {go.isError && (
            <Callout tone="failed" role="alert" title={t("failed")}>
              <FailureWords error={go.error} />
            </Callout>
          )}
          {go.data?.waits === true && <Callout tone="pending" role="status" title={t("waits")} />}
          <div className="flex flex-wrap items-center gap-2 max-md:flex-col max-md:items-stretch">
            <Button
              type="submit"
              form={formId}
              tone="primary"
              disabled={!ready || reason.trim() === "" || (refused && override.trim() === "")}
            >
              {go.isPending ? t("going") : count > 0 ? t("republish", { count }) : t("confirm")}
            </Button>
            {count > 0 && (
              <Button
                tone="quiet"
                disabled={!ready}
                onClick={() => (sure ? go.mutate({ way: "confirm", reason: "" }) : setSure(true))}
              >
                {sure ? t("keepSure") : t("keep")}
              </Button>
            )}
          </div>
          {sure && <p className="text-12 text-failed">{t("keepDetail", { count })}</p>}
        </div>
      }
    >
      {found.isPending && <SkeletonRows rows={5} label={t("looking")} />}
      {found.isError && (
        <Failed title={t("lookFailed")} onRetry={() => void found.refetch()}>
          <FailureWords error={found.error} />
        </Failed>
      )}
      {data && (
        <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
          <Lost found={data} />
          {refused && (
            <>
              <Callout tone="warning" title={t("refused")}>
                <ul className="flex list-disc flex-col gap-1 ps-4">
                  {data.plan?.refusals.map(({ sentence }) => (
                    <li key={sentence}>{sentence}</li>
                  ))}
                </ul>
              </Callout>
              <Field label={t("override")} hint={t("overrideHint")}>
                {(control) => (
                  <TextInput
                    {...control}
                    value={override}
                    maxLength={500}
                    onChange={(event) => setOverride(event.target.value)}
                  />
                )}
              </Field>
            </>
          )}
          <Field label={t("reason")} hint={t("reasonHint")}>
            {(control) => (
              <TextInput
                {...control}
                data-autofocus
                value={reason}
                maxLength={500}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
        </form>
      )}
    </Sheet>
  );
}

const SHOWN = 100;

/** What differs, lever by lever, in the words of the history. */
function Lost({ found: { lost, plan } }: { found: Recovery }) {
  const t = useTranslations("recovery");
  if (lost === null || plan === null)
    return <Callout title={t("nothingLost")}>{t("nothingLostDetail")}</Callout>;
  return (
    <section className="flex flex-col gap-2" aria-label={t("differs")}>
      <p className="font-semibold text-14">{t("lost", { count: lost.changeSets })}</p>
      <p className="text-12 text-ink-2">
        {t("lastLost")} <RelativeTime at={lost.at} />
      </p>
      {plan.sentences.length === 0 ? (
        <p className="text-ink-2">{t("noDifference")}</p>
      ) : (
        <ul className="flex flex-col border-line border-y" data-testid="lost-levers">
          {plan.sentences.slice(0, SHOWN).map((sentence) => (
            <li key={sentence} className="border-line py-1.5 wrap-anywhere not-first:border-t">
              {sentence}
            </li>
          ))}
          {plan.sentences.length > SHOWN && (
            <li className="py-1.5 text-ink-3">{t("more", { count: plan.sentences.length - SHOWN })}</li>
          )}
        </ul>
      )}
    </section>
  );
}
