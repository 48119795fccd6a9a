"use client";

import { useTranslations } from "next-intl";
import type { ConflictReport } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { ThreeWayTable } from "../kit/three-way-table.tsx";
import { useDiffWords } from "./diff-words.ts";
import { threeWayLeaves } from "./leaves.ts";

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
  const value = (path: string, raw: unknown): string => words.value(ref, path, raw) ?? t("none");
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
      <ThreeWayTable
        brief
        label={words.name(ref)}
        heads={{ key: t("key"), base: t("base"), theirs: t("theirs"), yours: t("yours") }}
        rows={leaves.map((leaf) => ({
          key: leaf.path,
          label: words.label(ref, leaf.path),
          base: value(leaf.path, leaf.base),
          theirs: value(leaf.path, leaf.theirs),
          yours: value(leaf.path, leaf.yours),
          outcome: leaf.outcome,
        }))}
      />
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
