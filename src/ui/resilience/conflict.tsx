"use client";

import { useTranslations } from "next-intl";
import type { LeverRow } from "../api/contract.ts";
import { threeWayLeaves } from "../changes/leaves.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { ThreeWayTable } from "../kit/three-way-table.tsx";
import type { ResilienceKind, Spec } from "./kinds.ts";
import { useFieldWords } from "./use-field-words.ts";
import type { LeverEdit } from "./use-lever-edit.ts";

interface ConflictProps {
  readonly kind: ResilienceKind;
  /** As it stands now; undefined where they deleted it. */
  readonly row: LeverRow | undefined;
  readonly edit: LeverEdit;
}

/** Somebody else changed the lever meanwhile: all three states field by field. Nothing is overwritten without this review. */
export function Conflict({ kind, row, edit }: ConflictProps) {
  const t = useTranslations("conflict");
  const r = useTranslations("breakers");
  const words = useFieldWords();
  const theirs = row?.resource?.spec as Spec | undefined;
  const leaves = threeWayLeaves({ spec: edit.base.spec }, { spec: theirs ?? {} }, { spec: edit.planned });
  const value = (path: string, raw: unknown): string => {
    const [, key = ""] = path.split(".");
    return words.value(kind, key, raw, edit.planned) ?? t("none");
  };
  return (
    <section aria-label={t("title")} data-testid="conflict" className="flex flex-col gap-4">
      <Callout tone="warning" role="alert" title={t("title")}>
        {row === undefined
          ? r("theyDeleted")
          : `${t("by", { who: row.author?.id ?? t("unknown"), revision: row.revision })} “${row.reason || t("noReason")}”`}
      </Callout>
      <ThreeWayTable
        label={t("title")}
        heads={{ key: t("key"), base: t("base"), theirs: t("theirs"), yours: t("yours") }}
        rows={leaves.map((leaf) => ({
          key: leaf.path,
          label: words.label(kind, leaf.path.split(".")[1] ?? ""),
          base: value(leaf.path, leaf.base),
          theirs: value(leaf.path, leaf.theirs),
          yours: value(leaf.path, leaf.yours),
          outcome: leaf.outcome,
          note: t(`outcome.${leaf.outcome}`),
        }))}
      />
      <div className="flex flex-wrap gap-3">
        <Button onClick={edit.discard}>{t("takeTheirs")}</Button>
        <Button tone="primary" onClick={edit.rebaseMine}>
          {t("rebase")}
        </Button>
      </div>
      <p className="text-12 text-ink-3">{t("explained")}</p>
    </section>
  );
}
