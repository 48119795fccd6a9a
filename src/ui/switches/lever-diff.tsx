"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useNowMs } from "../kit/clock.ts";
import { Diff, type KeyChange } from "../kit/diff.tsx";
import { momentOf, untilAt } from "../publish/until.ts";
import { armedUntil, sameUntil } from "./lever-plan.ts";
import { useSpecWords } from "./spec-words.ts";
import type { SwitchRow } from "./switch-row.ts";
import type { LeverEdit } from "./use-lever-edit.ts";

interface LeverDiffProps {
  readonly row: SwitchRow;
  readonly edit: LeverEdit;
  /** Instances that the change reaches; undefined while it is not known. */
  readonly reached: number | undefined;
}

/** What a draft does: the plain sentence, then by key, its end and its share among them. */
export function LeverDiff({ row, edit, reached }: LeverDiffProps) {
  const t = useTranslations("sheet");
  const format = useFormatter();
  const nowMs = useNowMs();
  const words = useSpecWords();
  const { base, plan, draft } = edit;
  if (!plan.spec.ok) return null;
  const armed = armedUntil(row.expiry);
  const startMs = Date.parse(momentOf(draft.at) ?? new Date(nowMs).toISOString());
  const clock = (at: string | undefined) =>
    at && format.dateTime(new Date(at), { dateStyle: "short", timeStyle: "medium" });
  const ends: readonly KeyChange[] = sameUntil(plan.until, armed)
    ? []
    : [
        {
          key: "ends",
          label: t("ends"),
          before: clock(row.expiry?.at),
          after: clock(untilAt(plan.until, startMs)),
        },
      ];
  const share: readonly KeyChange[] =
    plan.share === undefined
      ? []
      : [{ key: "share", label: t("share"), before: undefined, after: words.share(plan.share) }];
  const spec = words.changes(base.spec, plan.spec.spec);
  const only = ends.length > 0 && spec.length === 0;
  return (
    <Diff
      sentence={
        only
          ? t(plan.until.choice === "none" ? "endsNoMore" : "endsAt", {
              name: row.name,
              when: ends[0]?.after ?? "",
            })
          : words.sentence(
              row.name,
              base.spec,
              plan.spec.spec,
              plan.share === undefined ? reached : undefined,
            ) + (plan.share === undefined ? "" : t("forShare", { share: words.share(plan.share) }))
      }
      changes={[...spec, ...share, ...ends]}
    />
  );
}
