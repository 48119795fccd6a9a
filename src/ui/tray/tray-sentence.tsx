"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { diffOf } from "./edit-diff.ts";
import type { TrayReview } from "./use-tray-review.ts";

/** What the whole tray would do, as one plain sentence, and in how many revisions. */
export function TraySentence({ review }: { review: TrayReview }) {
  const t = useTranslations("tray");
  const { edits, plan } = review;
  const ops = useMemo(() => edits.map((entry) => diffOf(entry).op), [edits]);
  const count = (...wanted: readonly (typeof ops)[number][]): number =>
    ops.filter((op) => wanted.includes(op)).length;
  const parts = [
    count("change", "same") > 0 ? t("changed", { count: count("change", "same") }) : "",
    count("create") > 0 ? t("made", { count: count("create") }) : "",
    count("delete") > 0 ? t("deleted", { count: count("delete") }) : "",
  ].filter(Boolean);
  const reached = plan && reachedBy(plan.parts.map(({ dry }) => dry.targetCount));
  return (
    <div className="flex flex-col gap-1">
      <p className="font-semibold text-14" data-testid="tray-sentence">
        {[...parts, reached === undefined ? "" : t("reached", { count: reached })]
          .filter(Boolean)
          .join(t("comma"))}
      </p>
      {plan === undefined ? (
        <p className="text-ink-3">{t("revisionsLooking")}</p>
      ) : (
        <p className="text-ink-2" data-testid="tray-revisions">
          {t("revisions", { count: plan.parts.length })}
        </p>
      )}
    </div>
  );
}

/** Instances by scope; those of every service hold the others. */
function reachedBy(counts: readonly Readonly<Record<string, number>>[]): number {
  const byScope = Object.assign({}, ...counts) as Record<string, number>;
  const { "*": all, ...named } = byScope;
  return all ?? Object.values(named).reduce((sum, count) => sum + count, 0);
}
