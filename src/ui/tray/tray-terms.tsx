"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { Field, TextInput } from "../kit/field.tsx";
import { ReasonField } from "../publish/change-step.tsx";
import { UntilField } from "../publish/until-field.tsx";
import { mayEnd } from "./edit-diff.ts";
import type { TrayReview } from "./use-tray-review.ts";

/** Why, and when: at once and for good, unless it is said otherwise. */
export function TrayTerms({ review }: { review: TrayReview }) {
  const t = useTranslations("tray");
  const { tray, edit, atFault, startMs, busy, graves, mustType } = review;
  const { reason, until, at, typed } = tray.state;
  const { edits } = tray;
  const ends = useMemo(() => edits.filter(mayEnd).length, [edits]);
  return (
    <div className="flex flex-col gap-4">
      <ReasonField value={reason} disabled={busy} onChange={(next) => edit({ reason: next })} />
      <details open={until.choice !== "none" || at !== "" || undefined}>
        <summary className="cursor-pointer rounded-4 text-13 text-ink-2 max-md:py-3">{t("when")}</summary>
        <div className="mt-3 flex flex-col gap-4">
          <UntilField
            until={until}
            nowMs={startMs}
            disabled={busy || ends === 0}
            restores={t("restores")}
            onChange={(next) => edit({ until: next })}
          />
          {ends < edits.length && (
            <p className="text-12 text-ink-3">{t("untilSome", { ends, of: edits.length })}</p>
          )}
          <Field label={t("at")} hint={t("atHint")} error={atFault ? t("past") : undefined}>
            {(control) => (
              <TextInput
                {...control}
                type="datetime-local"
                className="max-w-64"
                value={at}
                readOnly={busy}
                onChange={(event) => edit({ at: event.target.value })}
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
