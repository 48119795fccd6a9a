"use client";

import { takesOneValue } from "@leverframe/agent/protocol";
import { Plus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button, IconButton } from "../kit/button.tsx";
import { Field, SelectInput, TextArea, TextInput } from "../kit/field.tsx";
import {
  BLANK_CONSTRAINT,
  groupOf,
  knowsCase,
  MOST_CONSTRAINTS,
  OPERATOR_GROUPS,
  type TypedConstraint,
} from "./audience.ts";
import type { ConstraintFault } from "./audience-check.ts";

interface AudienceEditorProps {
  readonly audience: readonly TypedConstraint[];
  readonly faults: readonly (ConstraintFault | undefined)[];
  readonly disabled: boolean;
  /** What the constraints are for, where it is no switch's audience. */
  readonly legend?: string;
  /** What it means to have none. */
  readonly nobodyLeftOut?: string;
  readonly onChange: (audience: readonly TypedConstraint[]) => void;
}

/** Who is meant: everybody who meets all of these. None: everybody. */
export function AudienceEditor(props: AudienceEditorProps) {
  const t = useTranslations("audience");
  const { audience, faults, disabled, onChange } = props;
  const { legend = t("title"), nobodyLeftOut = t("everybody") } = props;
  const set = (index: number, part: Partial<TypedConstraint>) =>
    onChange(audience.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <fieldset disabled={disabled} className="flex flex-col gap-3">
      <legend className="label-12 pb-1">{legend}</legend>
      {audience.length === 0 && <p className="text-ink-2">{nobodyLeftOut}</p>}
      {audience.map((constraint, index) => (
        <ConstraintFields
          // The place is its name: two may say the same.
          key={`constraint-${index + 1}`}
          place={index + 1}
          constraint={constraint}
          fault={faults[index]}
          onChange={(part) => set(index, part)}
          onRemove={() => onChange(audience.filter((_, at) => at !== index))}
        />
      ))}
      {audience.length > 1 && <p className="text-12 text-ink-3">{t("all")}</p>}
      <Button
        className="self-start"
        disabled={disabled || audience.length >= MOST_CONSTRAINTS}
        onClick={() => onChange([...audience, BLANK_CONSTRAINT])}
      >
        <Plus size={14} aria-hidden />
        {t("add")}
      </Button>
    </fieldset>
  );
}

interface ConstraintFieldsProps {
  readonly place: number;
  readonly constraint: TypedConstraint;
  readonly fault: ConstraintFault | undefined;
  readonly onChange: (part: Partial<TypedConstraint>) => void;
  readonly onRemove: () => void;
}

function ConstraintFields({ place, constraint, fault, onChange, onRemove }: ConstraintFieldsProps) {
  const t = useTranslations("audience");
  const { operator } = constraint;
  const group = groupOf(operator);
  const one = takesOneValue(operator);
  // What nobody has typed in yet is not called wrong.
  const blank = constraint.contextName === "" && constraint.values === "";
  const errorAt = (field: ConstraintFault["field"]) =>
    fault?.field === field && !blank ? t(`fault-${fault.what}`) : undefined;
  return (
    <div
      role="group"
      aria-label={t("constraint", { place })}
      className="flex flex-col gap-2 border-line border-l ps-3"
    >
      <div className="grid grid-cols-[1fr_1fr_auto] items-start gap-2 max-sm:grid-cols-[1fr_auto]">
        <Field label={t("field")} error={errorAt("contextName")}>
          {(control) => (
            <TextInput
              {...control}
              className="font-mono"
              spellCheck={false}
              maxLength={63}
              placeholder="country"
              value={constraint.contextName}
              onChange={(event) => onChange({ contextName: event.target.value })}
            />
          )}
        </Field>
        <div className="max-sm:order-last max-sm:col-span-2">
          <Field label={t("operator")}>
            {(control) => (
              <SelectInput
                {...control}
                value={operator}
                onChange={(event) =>
                  onChange({ operator: event.target.value as TypedConstraint["operator"] })
                }
              >
                {OPERATOR_GROUPS.map((shown) => (
                  <optgroup key={shown.group} label={t(`group-${shown.group}`)}>
                    {shown.operators.map((value) => (
                      <option key={value} value={value}>
                        {t(`op-${value}`)}
                      </option>
                    ))}
                  </optgroup>
                ))}
              </SelectInput>
            )}
          </Field>
        </div>
        <IconButton label={t("remove", { place })} onClick={onRemove} className="mt-5">
          <Trash2 size={14} />
        </IconButton>
      </div>
      <Field label={one ? t("value") : t("values")} hint={t(`hint-${group}`)} error={errorAt("values")}>
        {(control) =>
          one ? (
            <TextInput
              {...control}
              className="font-mono"
              spellCheck={false}
              value={constraint.values}
              onChange={(event) => onChange({ values: event.target.value })}
            />
          ) : (
            <TextArea
              {...control}
              rows={Math.min(6, Math.max(2, constraint.values.split("\n").length))}
              spellCheck={false}
              className="font-mono text-12"
              value={constraint.values}
              onChange={(event) => onChange({ values: event.target.value })}
            />
          )
        }
      </Field>
      <div className="flex flex-wrap gap-x-4">
        <Tick
          label={t("inverted")}
          checked={constraint.inverted}
          onChange={(inverted) => onChange({ inverted })}
        />
        {knowsCase(operator) && (
          <Tick
            label={t("ignoreCase")}
            checked={constraint.caseInsensitive}
            onChange={(caseInsensitive) => onChange({ caseInsensitive })}
          />
        )}
      </div>
    </div>
  );
}

function Tick({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="inline-flex min-h-6 cursor-pointer items-center gap-2 text-12 text-ink-2 max-md:min-h-11">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-(--accent)"
      />
      {label}
    </label>
  );
}
