"use client";

import { LIMITS } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { FailureNote } from "../admin/failure-note.tsx";
import { useDraft } from "../drafts.ts";
import { Button } from "../kit/button.tsx";
import { Field, TextArea } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { alertsApi } from "./api.ts";
import { useSettingsChange } from "./use-alerts.ts";

const HOURS = ["1", "4", "24", "168"] as const;
const HOUR_MS = 3_600_000;
const EMPTY = { reason: "" };
const isBlank = ({ reason }: typeof EMPTY): boolean => reason === "";
/** What names the alert is chosen first; the severity may change without the alert becoming another. */
const LEFT_OUT = new Set(["env", "severity"]);

interface SilenceSheetProps {
  readonly env: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly onClose: () => void;
}

/** Nobody is told of what bears these labels, for a while and for a reason; it stays in sight all the same. */
export function SilenceSheet({ env, labels, onClose }: SilenceSheetProps) {
  const t = useTranslations("alerts.silenceSheet");
  const formId = useId();
  const offered = Object.entries(labels).filter(([name]) => !LEFT_OUT.has(name));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(offered.map(([name]) => name)));
  const [hours, setHours] = useState<(typeof HOURS)[number]>("1");
  const { draft, change, clear } = useDraft(`${env}/silence`, EMPTY, isBlank);
  const match = offered
    .filter(([name]) => chosen.has(name))
    .map(([label, value]) => ({ label, op: "=" as const, value }));
  const silence = useSettingsChange(
    env,
    () =>
      alertsApi.silence({
        env,
        match,
        to: new Date(Date.now() + Number(hours) * HOUR_MS).toISOString(),
        reason: draft.reason.trim(),
      }),
    () => {
      clear();
      onClose();
    },
  );
  const whole = match.length > 0 && draft.reason.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (whole && !silence.isPending) silence.mutate(undefined);
  };
  const toggle = (name: string) =>
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(name)) after.add(name);
      return after;
    });
  return (
    <Sheet
      title={t("title")}
      description={t("description")}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          <FailureNote title={t("failed")} error={silence.error} />
          <Button
            type="submit"
            form={formId}
            tone="primary"
            className="self-start"
            disabled={!whole || silence.isPending}
          >
            {t("go", { hours: Number(hours) })}
          </Button>
        </div>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 font-medium text-12 text-ink-2">{t("match")}</legend>
          {offered.map(([name, value]) => (
            <label key={name} className="flex min-h-6 items-center gap-2 font-mono text-12 max-md:min-h-11">
              <input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} />
              <span className="wrap-anywhere">
                {name}={value}
              </span>
            </label>
          ))}
          {match.length === 0 && <p className="text-12 text-failed">{t("matchRule")}</p>}
        </fieldset>
        <div className="flex flex-col gap-1">
          <span className="font-medium text-12 text-ink-2">{t("for")}</span>
          <Segmented
            label={t("for")}
            value={hours}
            options={HOURS.map((value) => ({ value, label: t(`hours.${value}`) }))}
            onChange={setHours}
          />
        </div>
        <Field label={t("reason")} hint={t("reasonHint")}>
          {(control) => (
            <TextArea
              {...control}
              data-autofocus
              required
              rows={2}
              maxLength={LIMITS.reasonLength}
              value={draft.reason}
              onChange={({ target }) => change(() => ({ reason: target.value }))}
            />
          )}
        </Field>
      </form>
    </Sheet>
  );
}
