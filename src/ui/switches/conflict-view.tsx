"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { classNames } from "../kit/class-names.ts";
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

const COLUMNS = ["base", "theirs", "yours"] as const;

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
      <div role="table" aria-label={t("title")} className="border-line border-y">
        <div role="row" className="grid grid-cols-[72px_1fr_1fr_1fr] gap-2 py-1">
          <span role="columnheader">
            <span className="sr-only">{t("key")}</span>
          </span>
          {COLUMNS.map((column) => (
            <span key={column} role="columnheader" className="label-12">
              {t(column)}
            </span>
          ))}
        </div>
        {rows.map((entry) => (
          <div
            key={entry.key}
            role="row"
            className="grid grid-cols-[72px_1fr_1fr_1fr] gap-2 border-line border-t py-1.5"
          >
            <span role="rowheader" className="text-12 text-ink-3 leading-5">
              {words.label(entry.key)}
            </span>
            {COLUMNS.map((column) => (
              <span
                key={column}
                role="cell"
                className={classNames(
                  "text-12 leading-5 wrap-anywhere",
                  (entry.key === "payload" || entry.key === "audience") && "font-mono",
                  column === "base"
                    ? "text-ink-3"
                    : entry.outcome === column || entry.outcome === "contested"
                      ? "font-semibold"
                      : "",
                )}
              >
                {words.value(entry.key, entry[column]) ?? t("none")}
              </span>
            ))}
            <span className="col-start-2 col-end-[-1] text-12 text-ink-2">
              {t(`outcome.${entry.outcome}`)}
            </span>
          </div>
        ))}
      </div>
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
