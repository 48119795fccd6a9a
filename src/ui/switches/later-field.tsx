"use client";

import { useTranslations } from "next-intl";
import { useNowMs } from "../kit/clock.ts";
import { Field, TextInput } from "../kit/field.tsx";
import { momentOf } from "../publish/until.ts";

interface LaterFieldProps {
  /** As the browser's own field writes a moment; undefined for at once. */
  readonly at: string | undefined;
  readonly disabled: boolean;
  readonly onChange: (at: string | undefined) => void;
}

/** When a change is to happen: at once, unless a moment is given. */
export function LaterField({ at, disabled, onChange }: LaterFieldProps) {
  const t = useTranslations("sheet");
  const nowMs = useNowMs();
  const moment = momentOf(at);
  const over = at !== undefined && (moment === undefined || Date.parse(moment) <= nowMs);
  return (
    <details open={at !== undefined || undefined}>
      <summary className="cursor-pointer rounded-4 text-13 text-ink-2 max-md:py-3">
        {t("when")} {at === undefined && <span className="text-ink">{t("atOnce")}</span>}
      </summary>
      <div className="mt-3 border-line border-l ps-3">
        <Field label={t("at")} hint={t("atHint")} error={over ? t("atOver") : undefined}>
          {(control) => (
            <TextInput
              {...control}
              type="datetime-local"
              step={1}
              className="max-w-64"
              readOnly={disabled}
              value={at ?? ""}
              onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
            />
          )}
        </Field>
      </div>
    </details>
  );
}
