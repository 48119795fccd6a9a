"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { ulid } from "ulid";
import { client } from "../api/client.ts";
import type { ChangeSetInput, LeverRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { useDraft } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Field, SelectInput, TextArea, TextInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { ChangeStep, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { isBusy, useSend } from "../publish/use-send.ts";
import { audienceOf, type TypedConstraint } from "../switches/audience.ts";
import { useAudienceCheck } from "../switches/use-audience-check.ts";
import { OnlyFor } from "./only-for.tsx";
import { BY_CONTEXT } from "./rollout-row.ts";

/** A field of the caller's context. */
const KEY = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;

interface Draft {
  readonly ref: string;
  readonly text: string;
  readonly unit: "instance" | "context";
  readonly contextKey: string;
  readonly constraints: readonly TypedConstraint[];
  readonly reason: string;
}
const EMPTY: Draft = {
  ref: "",
  text: "",
  unit: "instance",
  contextKey: "userId",
  constraints: [],
  reason: "",
};
const isBlank = ({ ref }: Draft): boolean => ref === "";

function readSpec(text: string): { readonly spec?: unknown; readonly wrong?: string } {
  try {
    return { spec: JSON.parse(text) as unknown };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

/** A candidate beside the stable spec, at 0 %: it reaches nobody before the slider is moved. */
export function StartRollout({
  env,
  levers,
  onClose,
  onStarted,
}: {
  env: string;
  levers: readonly LeverRow[];
  onClose: () => void;
  onStarted: (ref: string) => void;
}) {
  const t = useTranslations("rollouts");
  const free = useMemo(
    () => levers.filter(({ resource }) => resource !== undefined && resource.rollout === undefined),
    [levers],
  );
  const { draft, change, clear } = useDraft(`${env}/new-rollout`, EMPTY, isBlank);
  const { ref, text, unit, contextKey, reason } = draft;
  const set = (part: Partial<Draft>) => change((before) => ({ ...before, ...part }));
  const [id, setId] = useState(() => ulid());
  const [rolloutId] = useState(() => ulid());
  const { state, send } = useSend();
  const lever = free.find((one) => formatRef(one) === ref);
  const candidate = readSpec(text);
  const byContext = lever !== undefined && BY_CONTEXT.has(lever.kind) && unit === "context";
  const filtered = lever !== undefined && BY_CONTEXT.has(lever.kind);
  const audience = useAudienceCheck(filtered && draft.constraints.length > 0 ? draft.constraints : undefined);
  const constraints = filtered ? audienceOf(draft.constraints) : undefined;
  const same = lever !== undefined && JSON.stringify(candidate.spec) === JSON.stringify(lever.resource?.spec);
  const missing =
    lever === undefined
      ? t("missing.lever")
      : candidate.wrong !== undefined
        ? t("missing.candidate")
        : same
          ? t("missing.difference")
          : byContext && !KEY.test(contextKey)
            ? t("missing.key")
            : !audience.good
              ? t("missing.constraints")
              : reason.trim() === ""
                ? t("missing.reason")
                : undefined;
  const input = (why: string, overriding: string): ChangeSetInput => ({
    env,
    id,
    reason: why,
    ...(overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } }),
    edits: [
      {
        service: lever?.service,
        kind: lever?.kind,
        name: lever?.name,
        op: "put",
        spec: lever?.resource?.spec,
        rollout: {
          id: rolloutId,
          salt: rolloutId,
          shareBp: 0,
          stickiness: byContext ? { contextKey } : "instance",
          ...(constraints === undefined ? {} : { constraints }),
          candidate: candidate.spec,
        },
        baseRevision: lever?.revision ?? 0,
      },
    ] as ChangeSetInput["edits"],
  });
  const dryRun = useDryRun(
    ["start-rollout", env, ref, lever?.revision, text, unit, contextKey, constraints],
    (call) => client.publish.dryRun.mutate(input(reason.trim() || "looking", ""), call),
    lever !== undefined && candidate.wrong === undefined && audience.good && !same && !isBusy(state),
  );
  const start = async (overriding: string): Promise<void> => {
    const outcome = await send(id, () => client.publish.commit.mutate(input(reason.trim(), overriding)));
    if (outcome.phase === "published") {
      clear();
      onStarted(ref);
    } else if (outcome.phase !== "unanswered" && outcome.phase !== "unavailable") setId(ulid());
  };
  return (
    <Sheet
      title={t("start")}
      description={t("startDetail")}
      onClose={onClose}
      footer={
        <ChangeStep
          env={env}
          service={lever?.service ?? "*"}
          state={state}
          dryRun={dryRun}
          action={t("startAction")}
          missing={missing}
          onSubmit={(overriding) => void start(overriding)}
        />
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("lever")}>
          {(control) => (
            <SelectInput
              {...control}
              data-autofocus
              value={ref}
              onChange={(event) => {
                const found = free.find((one) => formatRef(one) === event.target.value);
                const text = JSON.stringify(found?.resource?.spec ?? {}, null, 2);
                set({ ref: event.target.value, text });
              }}
            >
              <option value="">{t("choose")}</option>
              {free.map((one) => (
                <option key={formatRef(one)} value={formatRef(one)}>
                  {formatRef(one)}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
        {lever !== undefined && (
          <>
            {BY_CONTEXT.has(lever.kind) && (
              <Segmented
                label={t("unit")}
                value={unit}
                options={[
                  { value: "instance", label: t("unitInstance") },
                  { value: "context", label: t("unitContext") },
                ]}
                onChange={(next) => set({ unit: next })}
              />
            )}
            {byContext && (
              <Field
                label={t("contextKey")}
                hint={t("contextKeyHint")}
                error={KEY.test(contextKey) ? undefined : t("missing.key")}
              >
                {(control) => (
                  <TextInput
                    {...control}
                    value={contextKey}
                    maxLength={63}
                    onChange={(event) => set({ contextKey: event.target.value })}
                  />
                )}
              </Field>
            )}
            {filtered && (
              <OnlyFor
                typed={draft.constraints}
                faults={audience.faults}
                disabled={isBusy(state)}
                onChange={(constraints) => set({ constraints })}
              />
            )}
            <Field label={t("candidate")} hint={t("candidateHint")} error={candidate.wrong}>
              {(control) => (
                <TextArea
                  {...control}
                  rows={12}
                  spellCheck={false}
                  className="font-mono"
                  value={text}
                  onChange={(event) => set({ text: event.target.value })}
                />
              )}
            </Field>
            <BlastRadius env={env} services={[lever.service]} />
            <ReasonField value={reason} onChange={(why) => set({ reason: why })} />
          </>
        )}
      </div>
    </Sheet>
  );
}
