"use client";

import { useTranslations } from "next-intl";
import type { InstanceRow, LeverRow } from "../api/contract.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Callout } from "../kit/callout.tsx";
import { useNowMs } from "../kit/clock.ts";
import { Diff } from "../kit/diff.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { ChangeStep, ReasonField } from "../publish/change-step.tsx";
import { UntilField } from "../publish/until-field.tsx";
import { LeverProof } from "../switches/lever-proof.tsx";
import { CALLS, MOST_WEIGHT, type Stance, USUAL_WEIGHT } from "./traffic.ts";
import { TrafficState } from "./traffic-state.tsx";
import { useTraffic } from "./use-traffic.ts";

interface TrafficSheetProps {
  readonly env: string;
  readonly service: string;
  readonly instance: InstanceRow;
  /** The traffic levers that the service obeys. */
  readonly levers: readonly LeverRow[];
  readonly onClose: () => void;
}

/** One instance's calls: whether it takes any, and how large its share is. */
export function TrafficSheet({ env, service, instance, levers, onClose }: TrafficSheetProps) {
  const t = useTranslations("traffic");
  const nowMs = useNowMs();
  const traffic = useTraffic(env, service, instance.instance, levers);
  const { draft, planned, ofLever, changed, busy, missing, edit } = traffic;
  const others = levers.filter((row) => row !== edit.row).length > 0 && traffic.now.calls !== ofLever.calls;
  return (
    <Sheet
      title={t("title", { instance: instance.instance })}
      description={
        <span className="flex flex-wrap items-center gap-x-3">
          {service}
          <TrafficState instance={instance} wanted={traffic.now} always />
        </span>
      }
      onClose={onClose}
      footer={
        <ChangeStep
          env={env}
          service={service}
          state={traffic.state}
          dryRun={traffic.dryRun}
          action={t(`action-${planned.calls}`, { instance: instance.instance })}
          missing={missing && t(`missing-${missing}`)}
          onSubmit={(overriding) => void traffic.submit(overriding)}
        />
      }
    >
      <div className="flex flex-col gap-4">
        {edit.row && <LeverProof env={env} row={edit.row} reports={undefined} published={traffic.made} />}
        {instance.state === "foreign" && (
          <Callout tone="warning" title={t("foreign")}>
            {t("foreignDetail")}
          </Callout>
        )}
        {others && (
          <Callout tone="warning" title={t("byAnother")}>
            {t("byAnotherDetail")}
          </Callout>
        )}
        {traffic.state.phase === "conflict" && (
          <Callout tone="warning" role="alert" title={t("moved")}>
            {t("movedDetail")}
          </Callout>
        )}
        <Segmented
          size="large"
          label={t("calls")}
          value={planned.calls}
          disabled={busy}
          onChange={(calls) => traffic.type({ calls })}
          options={CALLS.map((value) => ({ value, label: t(`calls-${value}`) }))}
        />
        <p className="text-12 text-ink-2">{t(`means-${planned.calls}`)}</p>
        <Field
          label={t("weight")}
          hint={t("weightHint", { usual: USUAL_WEIGHT, most: MOST_WEIGHT })}
          error={traffic.weightFault ? t("weightFault", { most: MOST_WEIGHT }) : undefined}
        >
          {(control) => (
            <TextInput
              {...control}
              inputMode="numeric"
              className="max-w-32"
              readOnly={busy}
              value={draft.weight ?? String(ofLever.weight)}
              onChange={(event) => traffic.type({ weight: event.target.value })}
            />
          )}
        </Field>
        <UntilField
          until={draft.until}
          nowMs={nowMs}
          disabled={busy}
          restores={t("restores")}
          onChange={(until) => traffic.type({ until })}
        />
        <BlastRadius env={env} services={[service]} />
        <ReasonField value={draft.reason} disabled={busy} onChange={(reason) => traffic.type({ reason })} />
        {changed && <StanceDiff instance={instance.instance} before={ofLever} after={planned} />}
      </div>
    </Sheet>
  );
}

function StanceDiff({ instance, before, after }: { instance: string; before: Stance; after: Stance }) {
  const t = useTranslations("traffic");
  const parts = [
    ...(before.calls === after.calls ? [] : [t(`becomes-${after.calls}`)]),
    ...(before.weight === after.weight
      ? []
      : [t("weightBecomes", { before: before.weight, after: after.weight })]),
  ];
  return (
    <Diff
      sentence={t("sentence", { instance, what: parts.join(t("and")) })}
      changes={[
        ...(before.calls === after.calls
          ? []
          : [
              {
                key: "calls",
                label: t("calls"),
                before: t(`calls-${before.calls}`),
                after: t(`calls-${after.calls}`),
              },
            ]),
        ...(before.weight === after.weight
          ? []
          : [
              {
                key: "weight",
                label: t("weight"),
                before: String(before.weight),
                after: String(after.weight),
              },
            ]),
      ]}
    />
  );
}
