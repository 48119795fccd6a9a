"use client";

import { useTranslations } from "next-intl";
import { Field, TextInput } from "../kit/field.tsx";
import { ReasonField } from "../publish/change-step.tsx";
import { mayEnd } from "./edit-diff.ts";
import type { TrayReview } from "./use-tray-review.ts";

/** Why, and when: at once and for good, unless it is said otherwise. */
export function TrayTerms({ review }: { review: TrayReview }) {
  const t = useTranslations("tray");
  const { tray, edit, past, busy, graves, mustType } = review;
  const { reason, until, at, typed } = tray.state;
  const ends = tray.edits.filter(mayEnd).length;
  return (
    <div className="flex flex-col gap-4">
      <ReasonField value={reason} disabled={busy} onChange={(next) => edit({ reason: next })} />
      <details open={until !== "" || at !== "" || undefined}>
        <summary className="cursor-pointer rounded-4 text-13 text-ink-2 max-md:py-3">{t("when")}</summary>
        <div className="mt-3 grid gap-4 md:grid-cols-2">
          <Field label={t("at")} hint={t("atHint")} error={past && at !== "" ? t("past") : undefined}>
            {(control) => (
              <TextInput
                {...control}
                type="datetime-local"
                value={at}
                readOnly={busy}
                onChange={(event) => edit({ at: event.target.value })}
              />
            )}
          </Field>
          <Field
            label={t("until")}
            hint={
              ends === tray.edits.length ? t("untilAll") : t("untilSome", { ends, of: tray.edits.length })
            }
            error={past && until !== "" ? t("past") : undefined}
          >
            {(control) => (
              <TextInput
                {...control}
                type="datetime-local"
                value={until}
                readOnly={busy}
                disabled={ends === 0}
                onChange={(event) => edit({ until: event.target.value })}
              />
            )}
          </Field>
        </div>
      </details>
      {mustType !== undefined && (
        <Field
          label={
            graves.length === 1 ? t("typeName", { name: mustType }) : t("typeCount", { count: graves.length })
          }
          hint={t("typeHint")}
        >
          {(control) => (
            <TextInput
              {...control}
              className="font-mono"
              spellCheck={false}
              value={typed}
              onChange={(event) => edit({ typed: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}
