"use client";

import { useTranslations } from "next-intl";
import { useDiffWords } from "../changes/diff-words.ts";
import { threeWayLeaves } from "../changes/leaves.ts";
import { Button } from "../kit/button.tsx";
import { ThreeWayTable } from "../kit/three-way-table.tsx";
import { nextBody } from "./edit-diff.ts";
import type { Moved } from "./moved.ts";
import type { TrayEdit } from "./tray-edit.ts";
import type { TrayReview } from "./use-tray-review.ts";

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
  const value = (path: string, raw: unknown): string => words.value(edit, path, raw) ?? t("none");
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
        <ThreeWayTable
          brief
          label={words.name(edit)}
          heads={{ key: t("key"), base: t("base"), theirs: t("theirs"), yours: t("yours") }}
          rows={leaves.map((leaf) => ({
            key: leaf.path,
            label: words.label(edit, leaf.path),
            base: value(leaf.path, leaf.base),
            theirs: value(leaf.path, leaf.theirs),
            yours: value(leaf.path, leaf.yours),
            outcome: leaf.outcome,
          }))}
        />
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
