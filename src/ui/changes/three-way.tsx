"use client";

import { useTranslations } from "next-intl";
import type { ConflictReport } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { classNames } from "../kit/class-names.ts";
import { useDiffWords } from "./diff-words.ts";
import { threeWayLeaves } from "./leaves.ts";

const COLUMNS = ["base", "theirs", "yours"] as const;
const GRID = "grid grid-cols-[84px_1fr_1fr_1fr] gap-2";

/** Levers that were changed since: what was left, what stands now, and what going back would make of it. */
export function ThreeWay({ conflicts }: { conflicts: readonly ConflictReport[] }) {
  const t = useTranslations("changes.conflict");
  return (
    <section aria-label={t("title")} data-testid="conflict" className="flex flex-col gap-4">
      <Callout tone="warning" role="alert" title={t("title")}>
        {t("detail")}
      </Callout>
      {conflicts.map((conflict) => (
        <OneConflict key={formatRef(conflict.ref)} conflict={conflict} />
      ))}
    </section>
  );
}

/** What a stored body says of its last change; bodies of before may say less. */
interface Said {
  readonly reason?: string;
  readonly author?: { readonly id: string };
  readonly changeSetId?: string;
}

function OneConflict({ conflict }: { conflict: ConflictReport }) {
  const t = useTranslations("changes.conflict");
  const words = useDiffWords();
  const { ref, base, theirs, yours } = conflict;
  const { go } = useAddress();
  const said = theirs.body?.["meta"] as Said | undefined;
  const later = said?.changeSetId;
  const leaves = threeWayLeaves(base.body, theirs.body, yours.body);
  return (
    <div className="flex flex-col gap-1">
      <p className="font-medium">
        {words.name(ref)} <span className="font-normal text-ink-2">{words.where(ref)}</span>
      </p>
      <p className="text-12 text-ink-2 wrap-anywhere">
        {theirs.body === undefined
          ? t("theyDeleted")
          : t("by", {
              who: said?.author?.id ?? t("unknown"),
              revision: theirs.revision,
              reason: said?.reason ?? t("noReason"),
            })}
      </p>
      <div role="table" aria-label={words.name(ref)} className="border-line border-y">
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
              {words.label(ref, leaf.path)}
            </span>
            {COLUMNS.map((column) => (
              <span
                key={column}
                role="cell"
                className={classNames(
                  "line-clamp-6 text-12 leading-5 wrap-anywhere",
                  column === "base" && "text-ink-3",
                  column !== "base" &&
                    (leaf.outcome === column || leaf.outcome === "contested") &&
                    "font-semibold",
                )}
              >
                {words.value(ref, leaf.path, leaf[column]) ?? t("none")}
              </span>
            ))}
          </div>
        ))}
      </div>
      {leaves.every(({ outcome }) => outcome === "agreed" || outcome === "theirs") && (
        <p className="text-ink-2">{t("already")}</p>
      )}
      {later !== undefined && later !== "" && (
        <Button className="self-start" onClick={() => go({ change: later, restore: null })}>
          {t("openLater")}
        </Button>
      )}
    </div>
  );
}
