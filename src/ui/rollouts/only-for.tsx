"use client";

import { useTranslations } from "next-intl";
import type { TypedConstraint } from "../switches/audience.ts";
import type { ConstraintFault } from "../switches/audience-check.ts";
import { AudienceEditor } from "../switches/audience-editor.tsx";

interface OnlyForProps {
  readonly typed: readonly TypedConstraint[];
  readonly faults: readonly (ConstraintFault | undefined)[];
  readonly disabled: boolean;
  readonly onChange: (typed: readonly TypedConstraint[]) => void;
}

/** Whom a release may reach at all: the share is counted among those alone. Folded while it is everybody. */
export function OnlyFor({ typed, faults, disabled, onChange }: OnlyForProps) {
  const t = useTranslations("rollouts");
  return (
    <details open={typed.length > 0 || undefined}>
      <summary className="cursor-pointer rounded-4 text-ink-2 max-md:py-3">
        {typed.length === 0 ? t("onlyForEverybody") : t("constraints", { count: typed.length })}
      </summary>
      <div className="mt-3 border-line border-l ps-3">
        <AudienceEditor
          audience={typed}
          faults={faults}
          disabled={disabled}
          legend={t("onlyFor")}
          nobodyLeftOut={t("onlyForNobodyLeftOut")}
          onChange={onChange}
        />
      </div>
    </details>
  );
}
