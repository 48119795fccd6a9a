"use client";

import { useTranslations } from "next-intl";
import { useDiffWords } from "../changes/diff-words.ts";
import { threeWayLeaves } from "../changes/leaves.ts";
import { Button } from "../kit/button.tsx";
import { classNames } from "../kit/class-names.ts";
import { nextBody } from "./edit-diff.ts";
import type { Moved } from "./moved.ts";
import type { TrayEdit } from "./tray-edit.ts";
import type { TrayReview } from "./use-tray-review.ts";

const COLUMNS = ["base", "theirs", "yours"] as const;
const GRID = "grid grid-cols-[84px_1fr_1fr_1fr] gap-2";

interface TrayConflictProps {
  readonly entry: TrayEdit;
  readonly theirs: Moved;
  readonly review: TrayReview;
}

/** A lever that somebody else moved meanwhile: all three states by key, and whose goes on. */
export function TrayConflict({ entry, theirs, review }: TrayConflictProps) {
  const t = useTranslations("tray");
  const words = useDiffWords();
  const { edit } = entry;
  const secret = edit.secret === true;
  const leaves = secret ? [] : threeWayLeaves(entry.base, theirs.body, nextBody(entry));
  const said =
    theirs.body === undefined
      ? t("theyDeleted", { name: words.name(edit) })
      : t("theyMoved", {
          name: words.name(edit),
          who: theirs.author ?? t("somebody"),
          revision: theirs.revision,
          reason: theirs.reason ?? t("noReason"),
        });
  return (
    <section aria-label={said} data-testid="tray-conflict" className="flex flex-col gap-2">
      <p className="font-semibold text-14 wrap-anywhere">{said}</p>
      {leaves.length > 0 && (
        <div role="table" aria-label={words.name(edit)} className="border-line border-y">
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
                {words.label(edit, leaf.path)}
              </span>
              {COLUMNS.map((column) => (
                <span
                  key={column}
                  role="cell"
                  className={classNames(
                    "line-clamp-6 text-12 leading-5 wrap-anywhere",
                    column === "base" && "text-ink-3",
                    (leaf.outcome === column || (column !== "base" && leaf.outcome === "contested")) &&
                      "font-semibold",
                  )}
                >
                  {words.value(edit, leaf.path, leaf[column]) ?? t("none")}
                </span>
              ))}
            </div>
          ))}
        </div>
      )}
      <div className="flex flex-wrap gap-3 max-md:flex-col">
        <Button onClick={() => review.takeTheirs(entry)}>{t("takeTheirs")}</Button>
        <Button tone="primary" onClick={() => void review.keepMine(entry)}>
          {t("keepMine")}
        </Button>
      </div>
      <p className="text-12 text-ink-3">{t("keepExplained")}</p>
    </section>
  );
}
