"use client";

import { useTranslations } from "next-intl";
import type { LeverRow } from "../api/contract.ts";
import { threeWayLeaves } from "../changes/leaves.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { classNames } from "../kit/class-names.ts";
import type { ResilienceKind, Spec } from "./kinds.ts";
import { useFieldWords } from "./use-field-words.ts";
import type { LeverEdit } from "./use-lever-edit.ts";

const COLUMNS = ["base", "theirs", "yours"] as const;
const GRID = "grid grid-cols-[96px_1fr_1fr_1fr] gap-2 max-sm:grid-cols-[72px_1fr_1fr_1fr]";

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
      <div role="table" aria-label={t("title")} className="border-line border-y">
        <div role="row" className={`${GRID} py-1`}>
          <span role="columnheader">
            <span className="sr-only">{t("key")}</span>
          </span>
          {COLUMNS.map((column) => (
            <span key={column} role="columnheader" className="label-12">
              {t(column)}
            </span>
          ))}
        </div>
        {leaves.map((leaf) => (
          <div key={leaf.path} role="row" className={`${GRID} border-line border-t py-1.5`}>
            <span role="rowheader" className="text-12 text-ink-3 leading-5 wrap-anywhere">
              {words.label(kind, leaf.path.split(".")[1] ?? "")}
            </span>
            {COLUMNS.map((column) => (
              <span
                key={column}
                role="cell"
                className={classNames(
                  "text-12 leading-5 wrap-anywhere",
                  column === "base" && "text-ink-3",
                  column !== "base" &&
                    (leaf.outcome === column || leaf.outcome === "contested") &&
                    "font-semibold",
                )}
              >
                {value(leaf.path, leaf[column])}
              </span>
            ))}
            <span className="col-start-2 col-end-[-1] text-12 text-ink-2">
              {t(`outcome.${leaf.outcome}`)}
            </span>
          </div>
        ))}
      </div>
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
