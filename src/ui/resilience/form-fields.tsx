"use client";

import { useTranslations } from "next-intl";
import { PageLink } from "../frame/page-link.tsx";
import { FieldInput } from "./field-input.tsx";
import { fieldsOf } from "./fields.ts";
import type { Spec } from "./kinds.ts";
import { useFieldWords } from "./use-field-words.ts";
import type { LeverEdit, LeverTarget } from "./use-lever-edit.ts";

interface FormFieldsProps {
  readonly env: string;
  readonly target: LeverTarget;
  readonly edit: LeverEdit;
}

/** The form of any kind, from its table of fields, group by group. */
export function FormFields({ env, target, edit }: FormFieldsProps) {
  const t = useTranslations();
  const { kind } = target;
  const { planned, base, draft, faults, busy } = edit;
  const fields = fieldsOf(kind, planned);
  const groups = [...new Set(fields.map(({ group }) => group))];
  return (
    <div className="flex flex-col gap-5">
      {groups.map((group) =>
        group === "byInstance" ? (
          <ByInstance key={group} env={env} target={target} spec={planned} />
        ) : (
          <fieldset key={group} className="min-w-0">
            <legend className="label-12 pb-1">{t(`leverFields.group.${group}`)}</legend>
            {fields
              .filter((field) => field.group === group)
              .map((field) => (
                <FieldInput
                  key={field.key}
                  first={kind !== "breaker" && field === fields[0]}
                  kind={kind}
                  field={field}
                  planned={planned}
                  base={base.spec}
                  typed={draft.edits[field.key]}
                  fault={faults.find((fault) => fault.key === field.key)}
                  disabled={busy}
                  onType={(text) => edit.type({ [field.key]: text })}
                />
              ))}
          </fieldset>
        ),
      )}
    </div>
  );
}

/** Weights, drains and isolation: shown here, moved where the instances stand. */
function ByInstance({ env, target, spec }: { env: string; target: LeverTarget; spec: Spec }) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const { service, kind } = target;
  const set = ["weights", "drain", "isolate"].filter((key) => isSet(spec[key]));
  const address = new URLSearchParams(service === "*" ? { env } : { env, service });
  return (
    <section aria-label={t("elsewhereTitle")} className="flex flex-col gap-1">
      <h3 className="label-12">{t("elsewhereTitle")}</h3>
      {set.length === 0 && <p className="text-ink-2">{t("elsewhereNone")}</p>}
      <dl className="flex flex-col gap-1">
        {set.map((key) => (
          <div key={key} className="flex gap-3">
            <dt className="w-20 shrink-0 text-12 text-ink-3 leading-5">{words.label(kind, key)}</dt>
            <dd className="min-w-0 wrap-anywhere">{listed(spec[key])}</dd>
          </div>
        ))}
      </dl>
      <PageLink
        href={`/services?${address}`}
        className="inline-flex items-center self-start text-accent underline max-md:min-h-11"
      >
        {service === "*" ? t("elsewhereShared") : t("elsewhereLink", { service })}
      </PageLink>
    </section>
  );
}

const isSet = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0;

const listed = (value: unknown): string =>
  Array.isArray(value)
    ? value.join(", ")
    : Object.entries(value as Readonly<Record<string, unknown>>)
        .map(([instance, weight]) => `${instance} ${String(weight)}`)
        .join(", ");
