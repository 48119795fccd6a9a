"use client";

import { useTranslations } from "next-intl";
import { memo, useMemo } from "react";
import { formatRef } from "../api/ref.ts";
import type { Group, Grouping } from "./board-order.ts";
import { Pick } from "./pick.tsx";
import type { Picking } from "./use-picking.ts";

interface HeadingProps {
  readonly group: Group;
  readonly grouping: Grouping;
  readonly picking: Picking;
}

/** What a group's rows have in common, and the box that picks them all. */
export const Heading = memo(function Heading({ group, grouping, picking }: HeadingProps) {
  const t = useTranslations();
  const title = group.deviating
    ? t("switches.notNormalHeading")
    : grouping === "level"
      ? t(`level.${group.key as "core"}`)
      : grouping === "owner"
        ? group.key || t("switches.noOwner")
        : grouping === "tag"
          ? group.key || t("board.noTag")
          : group.key === "*"
            ? t("switches.everyService")
            : group.key;
  const { refusedFor } = picking;
  const keys = useMemo(
    () => group.rows.filter((row) => refusedFor(row.service) === undefined).map(formatRef),
    [group, refusedFor],
  );
  const picked = picking.countOf(keys);
  return (
    <div
      role="rowheader"
      className="flex h-10 items-end gap-2 border-line border-b px-4 pb-1.5 max-xl:h-12 max-xl:items-center max-xl:pb-0"
    >
      <Pick
        className="max-xl:-ms-3 xl:-mb-0.5"
        label={t("board.pickGroup", { name: title })}
        picked={keys.length > 0 && picked === keys.length}
        mixed={picked > 0 && picked < keys.length}
        refused={keys.length === 0 ? t("board.notYours") : undefined}
        onPick={(next) => picking.pickAll(keys, next)}
      />
      <h2 className={group.deviating ? "font-semibold text-13 text-degraded" : "font-semibold text-13"}>
        {title}
      </h2>
      <span className="text-12 text-ink-3">{group.rows.length}</span>
    </div>
  );
});
