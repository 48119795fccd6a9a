"use client";

import { useTranslations } from "next-intl";
import { Field, TextInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { localMoment, UNTIL_CHOICES, type Until, untilFault } from "./until.ts";

interface UntilFieldProps {
  readonly until: Until;
  readonly nowMs: number;
  readonly disabled?: boolean;
  /** What comes back when it ends, in words. */
  readonly restores: string;
  readonly onChange: (until: Until) => void;
}

const FIRST_CUSTOM_MS = 30 * 60_000;

/** How long a change holds before the leader takes it back by itself. */
export function UntilField({ until, nowMs, disabled = false, restores, onChange }: UntilFieldProps) {
  const t = useTranslations("publish");
  const fault = untilFault(until, nowMs);
  return (
    <div className="flex flex-col gap-2">
      <span className="label-12">{t("until")}</span>
      <Segmented
        label={t("until")}
        value={until.choice}
        disabled={disabled}
        onChange={(choice) =>
          onChange({
            choice,
            at: choice === "custom" && until.at === "" ? localMoment(nowMs + FIRST_CUSTOM_MS) : until.at,
          })
        }
        options={UNTIL_CHOICES.map((value) => ({ value, label: t(`until-${value}`) }))}
      />
      {until.choice === "custom" && (
        <Field label={t("untilMoment")} error={fault && t(`until-${fault}`)}>
          {(control) => (
            <TextInput
              {...control}
              type="datetime-local"
              step={1}
              readOnly={disabled}
              value={until.at}
              onChange={(event) => onChange({ choice: "custom", at: event.target.value })}
            />
          )}
        </Field>
      )}
      <p className="text-12 text-ink-3">
        {until.choice === "none" ? t("untilNoneHint") : t("untilHint", { what: restores })}
      </p>
    </div>
  );
}
