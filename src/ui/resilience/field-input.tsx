"use client";

import { useTranslations } from "next-intl";
import { useId } from "react";
import { classNames } from "../kit/class-names.ts";
import { SelectInput, TextArea, TextInput } from "../kit/field.tsx";
import type { Fault } from "./faults.ts";
import { writeField } from "./field-text.ts";
import type { FieldRow } from "./fields.ts";
import type { ResilienceKind, Spec } from "./kinds.ts";
import { usualValue } from "./seeds.ts";
import { useFieldWords } from "./use-field-words.ts";

interface FieldInputProps {
  readonly kind: ResilienceKind;
  readonly field: FieldRow;
  /** The spec as it would be published: its other values say what this one means. */
  readonly planned: Spec;
  readonly base: Spec;
  /** As typed; undefined while it is as the base has it. */
  readonly typed: string | undefined;
  readonly fault: Fault | undefined;
  readonly disabled: boolean;
  /** Where a sheet begins: it is focused when the sheet opens. */
  readonly first: boolean;
  readonly onType: (text: string) => void;
}

/** One field: what it is called and does in plain words, its value with its unit, its bounds, and what is wrong with it. */
export function FieldInput(props: FieldInputProps) {
  const { kind, field, planned, base, typed, fault, disabled, first, onType } = props;
  const t = useTranslations("leverFields");
  const words = useFieldWords();
  const id = useId();
  const { key, shape } = field;
  const text = typed ?? writeField(shape, base[key] ?? (field.optional ? undefined : planned[key]));
  const control = {
    id,
    "aria-describedby": `${id}-hint ${id}-note`,
    "aria-invalid": fault !== undefined,
    disabled,
    "data-autofocus": first ? "" : undefined,
    value: text,
  };
  const unit = "unit" in shape ? (typeof shape.unit === "function" ? shape.unit(planned) : shape.unit) : "";
  const wide = shape.as === "list" || shape.as === "shares" || shape.as === "numbers";
  return (
    <div
      className={classNames(
        "grid gap-x-4 gap-y-1 border-line border-t py-2.5",
        wide ? "grid-cols-1" : "grid-cols-[minmax(0,1fr)_168px] max-sm:grid-cols-1",
      )}
    >
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {words.label(kind, key)}
          {typed !== undefined && (
            <span className="ps-2 font-normal text-12 text-pending" aria-hidden>
              ●
            </span>
          )}
        </label>
        <p id={`${id}-hint`} className="text-12 text-ink-2">
          {words.hint(kind, key)}
        </p>
      </div>
      <div className="flex min-w-0 flex-col gap-1">
        {shape.as === "choice" ? (
          <SelectInput {...control} onChange={(event) => onType(event.target.value)}>
            {shape.choices.map((value) => (
              <option key={value} value={value}>
                {t(`choice.${value}`)}
              </option>
            ))}
          </SelectInput>
        ) : wide ? (
          <TextArea
            {...control}
            rows={3}
            spellCheck={false}
            className="font-mono text-12"
            onChange={(event) => onType(event.target.value)}
          />
        ) : shape.as === "text" ? (
          <TextInput
            {...control}
            spellCheck={false}
            className="font-mono text-12"
            onChange={(event) => onType(event.target.value)}
          />
        ) : (
          <span className="flex items-center gap-2">
            <TextInput
              {...control}
              inputMode={shape.as === "steps" ? "text" : "decimal"}
              spellCheck={false}
              className="text-end tabular-nums"
              onChange={(event) => onType(event.target.value)}
            />
            <span className="w-18 shrink-0 text-12 text-ink-2">{unit !== "" && t(`unit.${unit}`)}</span>
          </span>
        )}
        <p id={`${id}-note`} className={classNames("text-12", fault ? "text-failed" : "text-ink-3")}>
          {fault ? words.fault(fault) : <Bounds kind={kind} field={field} planned={planned} />}
        </p>
      </div>
    </div>
  );
}

/** What may stand there, and what usually does. */
function Bounds({ kind, field, planned }: { kind: ResilienceKind; field: FieldRow; planned: Spec }) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const { key, shape, optional } = field;
  const usual = usualValue(kind, key);
  const parts = [
    "min" in shape &&
      t(shape.above ? "boundsAbove" : "bounds", {
        min: shape.min.toLocaleString("en"),
        max: shape.max.toLocaleString("en"),
      }),
    shape.as !== "choice" &&
      usual !== undefined &&
      t("default", { value: words.value(kind, key, usual, { ...planned, [key]: usual }) ?? "" }),
    optional && t("optional"),
  ];
  return parts.filter(Boolean).join(" · ");
}
