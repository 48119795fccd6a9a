"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useLever } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { useDraft, useDraftText } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { ChangeStep, ReasonField } from "../publish/change-step.tsx";
import { isBusy } from "../publish/use-send.ts";
import { audienceOf, type TypedConstraint, typedOf } from "../switches/audience.ts";
import { LeverProof } from "../switches/lever-proof.tsx";
import { useAudienceCheck } from "../switches/use-audience-check.ts";
import { AddToTray, InTray } from "../tray/add-to-tray.tsx";
import { bodyOf } from "../tray/tray-edit.ts";
import { Members, PastedMembers } from "./members.tsx";
import { OnlyFor } from "./only-for.tsx";
import { BY_CONTEXT, keyOf, type RolloutRow } from "./rollout-row.ts";
import { placesOf } from "./share.ts";
import { ShareSlider } from "./share-slider.tsx";
import { type Step, useRollout } from "./use-rollout.ts";

const WAYS = ["share", "promote", "abandon"] as const;
type Way = (typeof WAYS)[number];

/** A step that is being thought over. */
interface StepDraft {
  readonly shareBp?: number | undefined;
  readonly typed?: readonly TypedConstraint[] | undefined;
}
const NO_STEP: StepDraft = {};
const isBlankStep = ({ shareBp, typed }: StepDraft): boolean => shareBp === undefined && typed === undefined;

/** One rollout: how far it is, who is in, and the next step: another share, for everybody, or not at all. */
export function RolloutSheet({ env, row, onClose }: { env: string; row: RolloutRow; onClose: () => void }) {
  const t = useTranslations("rollouts");
  const { lever, rollout, spec } = row;
  const detail = useLever(env, lever);
  const [way, setWay] = useState<Way>("share");
  const { draft, change } = useDraft(`${env}/rollout-step/${formatRef(lever)}`, NO_STEP, isBlankStep);
  const { shareBp: draftBp, typed } = draft;
  const setDraftBp = (shareBp: number | undefined) => change((before) => ({ ...before, shareBp }));
  const setTyped = (next: readonly TypedConstraint[] | undefined) =>
    change((before) => ({ ...before, typed: next }));
  const [reason, setReason] = useDraftText(`${env}/rollout/${formatRef(row.lever)}`);
  const audience = useAudienceCheck(typed);
  const shareBp = draftBp ?? rollout.shareBp;
  const step: Step =
    way === "share"
      ? { to: "share", shareBp, ...(typed === undefined ? {} : { constraints: audienceOf(typed) ?? [] }) }
      : { to: way };
  const { edit, state, dryRun, submit, made, same } = useRollout(env, row, step, reason);
  const contextKey = keyOf(rollout);
  const reaches = detail.data?.reaches;
  const places = useMemo(
    () =>
      contextKey === undefined
        ? placesOf(
            rollout.salt,
            (reaches ?? []).map(({ instance }) => instance),
          )
        : [],
    [contextKey, reaches, rollout.salt],
  );
  const name = formatRef(lever);
  const action =
    way === "share" ? t("publishShare", { share: shareBp / 100 }) : t(`publish.${way}`, { name: lever.name });
  return (
    <Sheet
      title={name}
      description={t("by", { unit: contextKey ?? t("instance") })}
      onClose={onClose}
      footer={
        <ChangeStep
          env={env}
          service={lever.service}
          state={state}
          dryRun={dryRun}
          action={action}
          missing={
            same
              ? t("missing.share")
              : !audience.good
                ? t("missing.constraints")
                : reason.trim() === ""
                  ? t("missing.reason")
                  : undefined
          }
          onSubmit={(overriding) =>
            void submit(overriding).then((done) => {
              if (!done) return;
              setDraftBp(undefined);
              setTyped(undefined);
              setReason("");
            })
          }
        >
          <AddToTray
            env={env}
            edit={
              same || !audience.good || isBusy(state)
                ? undefined
                : { edit, base: bodyOf(lever), editor: { address: `/rollouts?env=${env}&lever=${name}` } }
            }
            why={same ? t("missing.share") : undefined}
            reason={reason}
            onAdded={() => {
              setDraftBp(undefined);
              setTyped(undefined);
              setWay("share");
              setReason("");
            }}
          />
        </ChangeStep>
      }
    >
      <div className="flex flex-col gap-5">
        <InTray env={env} lever={lever} />
        <Segmented
          label={t("ways")}
          value={way}
          options={WAYS.map((value) => ({ value, label: t(`way.${value}`) }))}
          onChange={setWay}
        />
        {way === "share" ? (
          <section className="flex flex-col gap-3">
            <ShareSlider
              standingBp={rollout.shareBp}
              draftBp={shareBp}
              places={places}
              disabled={state.phase === "sending"}
              onDraft={setDraftBp}
            />
            {contextKey === undefined ? (
              detail.isPending ? (
                <p className="skeleton h-5 w-full" />
              ) : (
                <Members places={places} standingBp={rollout.shareBp} draftBp={shareBp} />
              )
            ) : (
              <PastedMembers
                salt={rollout.salt}
                contextKey={contextKey}
                standingBp={rollout.shareBp}
                draftBp={shareBp}
              />
            )}
            {BY_CONTEXT.has(lever.kind) && (
              <OnlyFor
                typed={typed ?? (rollout.constraints ?? []).map(typedOf)}
                faults={audience.faults}
                disabled={state.phase === "sending"}
                onChange={setTyped}
              />
            )}
          </section>
        ) : (
          <p className="max-w-prose text-ink-2">{t(`wayDetail.${way}`)}</p>
        )}
        <BlastRadius env={env} services={[lever.service]} />
        <ReasonField value={reason} onChange={setReason} />
        <LeverProof env={env} row={lever} reports={detail.data?.reports} published={made} />
        <section className="grid gap-3 md:grid-cols-2">
          <Spec title={t("stable")} spec={spec} />
          <Spec title={t("candidate")} spec={rollout.candidate} />
        </section>
      </div>
    </Sheet>
  );
}

const MOST_SHOWN = 4_000;

function Spec({ title, spec }: { title: string; spec: unknown }) {
  return (
    <div className="min-w-0">
      <h3 className="label-12 pb-1">{title}</h3>
      <pre className="max-h-60 overflow-auto rounded-4 border border-line bg-surface-2 px-2 py-1.5 font-mono text-12">
        {JSON.stringify(spec, null, 2).slice(0, MOST_SHOWN)}
      </pre>
    </div>
  );
}
