"use client";

import { LockKeyhole, PencilLine } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { memo } from "react";
import { hasDraft } from "../drafts.ts";
import { classNames } from "../kit/class-names.ts";
import { ReceiptMini } from "../kit/receipt-bar.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import type { ConfigRow } from "./config-row.ts";
import { draftName } from "./draft.ts";

/** One line of six columns where there is room; below, the same cells in three lines. */
export const LINE_GRID =
  "items-center gap-x-3 xl:grid-cols-[minmax(160px,1.3fr)_76px_72px_minmax(160px,2fr)_148px_108px]";

interface ConfigLineProps {
  readonly env: string;
  readonly row: ConfigRow;
  /** Within a group: set in by a step. */
  readonly grouped: boolean;
  readonly dated: boolean;
  readonly onOpen: (service: string, name: string) => void;
}

/** One config in the tree. A click anywhere opens it; its name is the control that the keyboard reaches. */
export const ConfigLine = memo(function ConfigLine(props: ConfigLineProps) {
  const { env, row, grouped, dated, onOpen } = props;
  const t = useTranslations("config");
  const format = useFormatter();
  const share =
    row.rollout &&
    format.number(row.rollout.shareBp / 10_000, { style: "percent", maximumFractionDigits: 2 });
  return (
    <div
      data-config={`${row.service}/${row.name}`}
      className={classNames(
        LINE_GRID,
        "relative grid grid-cols-[minmax(0,1fr)_auto] gap-y-0.5 border-line border-b px-4 hover:bg-surface-2 max-xl:py-1.5 xl:h-8",
      )}
    >
      <span
        role="cell"
        className={classNames("flex min-w-0 items-center gap-2", grouped ? "ps-4 xl:ps-8" : "xl:ps-4")}
      >
        <button
          type="button"
          onClick={() => onOpen(row.service, row.name)}
          title={row.description ?? row.name}
          className="min-w-0 truncate rounded-4 font-medium after:absolute after:inset-0 max-md:min-h-11"
        >
          {row.name}
        </button>
        {row.secret && <LockKeyhole size={12} className="shrink-0 text-ink-2" aria-label={t("secret")} />}
        {hasDraft(draftName(env, row)) && (
          <PencilLine size={12} className="shrink-0 text-pending" aria-label={t("draft")} />
        )}
      </span>
      <span role="cell" className="text-12 text-ink-2 max-xl:text-end">
        {share !== undefined && <span className="me-2 text-candidate xl:hidden">{share}</span>}
        {row.fault === undefined && t(`formats.${row.format}`)}
      </span>
      <span role="cell" className="text-12 text-candidate max-xl:hidden">
        {share}
      </span>
      <span
        role="cell"
        className="flex min-w-0 items-baseline gap-2 text-12 max-xl:order-last max-xl:col-span-2"
      >
        <span className={classNames("min-w-0 truncate", row.unattributed && "text-ink-3")} title={row.reason}>
          {row.fault ? t("invalid", { fault: row.fault }) : row.unattributed ? t("unattributed") : row.reason}
        </span>
        <span className="flex shrink-0 gap-1.5 text-ink-3">
          {row.author && <span className="max-w-24 truncate">{row.author.id}</span>}
          {row.updatedAt !== "" && <RelativeTime at={row.updatedAt} />}
        </span>
      </span>
      <span role="cell" className="min-w-0">
        <ReceiptMini summary={row.convergence} dated={dated} />
      </span>
      <span role="cell" className="whitespace-nowrap font-mono text-12 text-ink-3 max-xl:text-end">
        v{row.version} · r{row.revision}
      </span>
    </div>
  );
});
