"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { ThreeWayTable } from "../kit/three-way-table.tsx";
import { threeWay } from "./draft.ts";
import { useSpecWords } from "./spec-words.ts";
import type { SwitchRow } from "./switch-row.ts";

interface ConflictViewProps {
  /** As it was when the edit began. */
  readonly base: SwitchSpec;
  /** As it is now, with who and why. */
  readonly row: SwitchRow;
  readonly yours: SwitchSpec;
  readonly onTakeTheirs: () => void;
  readonly onRebase: () => void;
}

/** Somebody else moved the lever meanwhile: all three states by key. Nothing is overwritten without this review. */
export function ConflictView({ base, row, yours, onTakeTheirs, onRebase }: ConflictViewProps) {
  const t = useTranslations("conflict");
  const words = useSpecWords();
  const rows = threeWay(base, row.spec, yours);
  return (
    <section
      aria-label={t("title")}
      data-testid="conflict"
      className="flex flex-col gap-4 border-line border-t pt-4"
    >
      <Callout tone="warning" role="alert" title={t("title")}>
        {t("by", { who: row.author?.id ?? t("unknown"), revision: row.revision })} “
        {row.reason ?? t("noReason")}”
      </Callout>
      <ThreeWayTable
        label={t("title")}
        heads={{ key: t("key"), base: t("base"), theirs: t("theirs"), yours: t("yours") }}
        rows={rows.map(({ key, base, theirs, yours, outcome }) => ({
          key,
          label: words.label(key),
          base: words.value(key, base) ?? t("none"),
          theirs: words.value(key, theirs) ?? t("none"),
          yours: words.value(key, yours) ?? t("none"),
          outcome,
          note: t(`outcome.${outcome}`),
          verbatim: key === "payload" || key === "audience",
        }))}
      />
      <div className="flex flex-wrap gap-3">
        <Button onClick={onTakeTheirs}>{t("takeTheirs")}</Button>
        <Button tone="primary" onClick={onRebase}>
          {t("rebase")}
        </Button>
      </div>
      <p className="text-12 text-ink-3">{t("explained")}</p>
    </section>
  );
}
