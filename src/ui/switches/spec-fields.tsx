"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { LEVELS, STRATEGIES } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { Field, SelectInput } from "../kit/field.tsx";
import type { Draft, SpecEdits } from "./draft.ts";
import { writeJson } from "./json.ts";
import { PayloadField } from "./payload-field.tsx";

interface SpecFieldsProps {
  readonly draft: Draft;
  readonly base: SwitchSpec;
  readonly onType: (edits: SpecEdits) => void;
  readonly disabled: boolean;
}

/** What users get while it is degraded, and how important it is: folded away, since a pull seldom touches them. */
export function SpecFields({ draft, base, onType, disabled }: SpecFieldsProps) {
  const t = useTranslations("spec");
  const touched = ["level", "strategy", "payloadText"].some((key) => key in draft.edits);
  const strategy = draft.edits.strategy ?? base.strategy;
  return (
    <details className="group" open={touched || undefined}>
      <summary className="cursor-pointer rounded-4 text-13 text-ink-2 max-md:py-3">
        {t("whileDegraded")} <span className="text-ink">{useTranslations("strategy")(strategy)}</span>
      </summary>
      <fieldset disabled={disabled} className="mt-3 flex flex-col gap-3 border-line border-l ps-3">
        <StrategyField value={strategy} onChange={(next) => onType({ strategy: next })} />
        <PayloadField
          text={draft.edits.payloadText ?? writeJson(base.payload)}
          strategy={strategy}
          onChange={(payloadText) => onType({ payloadText })}
        />
        <LevelField value={draft.edits.level ?? base.level} onChange={(level) => onType({ level })} />
      </fieldset>
    </details>
  );
}

export function StrategyField(props: {
  value: SwitchSpec["strategy"];
  onChange: (value: SwitchSpec["strategy"]) => void;
}) {
  const t = useTranslations();
  return (
    <Field label={t("spec.strategy")} hint={t(`strategyHint.${props.value}`)}>
      {(control) => (
        <SelectInput
          {...control}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value as SwitchSpec["strategy"])}
        >
          {STRATEGIES.map((strategy) => (
            <option key={strategy} value={strategy}>
              {t(`strategy.${strategy}`)}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}

export function LevelField(props: {
  value: SwitchSpec["level"];
  onChange: (value: SwitchSpec["level"]) => void;
}) {
  const t = useTranslations();
  return (
    <Field label={t("spec.level")} hint={t("spec.levelHint")}>
      {(control) => (
        <SelectInput
          {...control}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value as SwitchSpec["level"])}
        >
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {t(`level.${level}`)}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}
