"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { Moment } from "../api/contract.ts";
import { Field, TextInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import type { RestoreDraft } from "./restore-draft.ts";

export type TypedMoment = Pick<RestoreDraft, "by" | "at" | "revision">;

/** A time, or a revision, as typed. */
export function MomentField({
  typed,
  onChange,
}: {
  typed: TypedMoment;
  onChange: (typed: Partial<TypedMoment>) => void;
}) {
  const t = useTranslations("changes.restore");
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Segmented
        label={t("toWhat")}
        value={typed.by}
        options={[
          { value: "time", label: t("byTime") },
          { value: "revision", label: t("byRevision") },
        ]}
        onChange={(by) => onChange({ by })}
      />
      <div className="min-w-0 flex-1 basis-48">
        {typed.by === "time" ? (
          <Field label={t("time")}>
            {(control) => (
              <TextInput
                {...control}
                type="datetime-local"
                step={1}
                value={typed.at}
                onChange={(event) => onChange({ at: event.target.value })}
              />
            )}
          </Field>
        ) : (
          <Field label={t("revision")}>
            {(control) => (
              <TextInput
                {...control}
                inputMode="numeric"
                placeholder="r18402"
                value={typed.revision}
                onChange={(event) => onChange({ revision: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
    </div>
  );
}

/** A moment as a person says it. */
export function useMomentWords(): (moment: Moment) => string {
  const format = useFormatter();
  return (moment) =>
    "revision" in moment
      ? `r${moment.revision}`
      : format.dateTime(new Date(moment.at), { dateStyle: "medium", timeStyle: "medium" });
}
