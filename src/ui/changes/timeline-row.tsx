"use client";

import { CornerUpLeft, Layers, TriangleAlert, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { ConvergenceSummary } from "../api/contract.ts";
import { useConvergence } from "../api/queries.ts";
import type { LeverRef } from "../api/ref.ts";
import { classNames } from "../kit/class-names.ts";
import { ReceiptMini } from "../kit/receipt-bar.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { AuthorMark } from "./author-mark.tsx";
import type { ChangeRow } from "./change-row.ts";
import { useDiffWords } from "./diff-words.ts";

/** One line where there is room for every column; below, two or three. */
export const COLUMNS =
  "grid items-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_auto] lg:grid-cols-[minmax(0,2.2fr)_minmax(0,1.6fr)_minmax(0,1fr)_148px_72px_64px] lg:min-h-8";

interface TimelineRowProps {
  readonly env: string;
  readonly row: ChangeRow;
  /** The change that took it back, where it is at hand. */
  readonly undone: ChangeRow | undefined;
  /** Of what still stands as this change left it. */
  readonly proof: ConvergenceSummary | undefined;
  /** Whether it is asked for where no row of the board tells. */
  readonly asked: boolean;
  readonly dated: boolean;
  readonly onOpen: (id: string) => void;
}

export function TimelineRow({ env, row, undone, proof, asked, dated, onOpen }: TimelineRowProps) {
  const t = useTranslations("changes");
  return (
    <div
      role="row"
      data-change={row.id}
      className={`relative border-line border-b hover:bg-surface-2 max-lg:py-2 ${COLUMNS}`}
    >
      <span role="cell" className="flex min-w-0 flex-wrap items-center gap-x-2 max-lg:col-span-2">
        <button
          type="button"
          aria-haspopup="dialog"
          onClick={() => onOpen(row.id)}
          className={classNames(
            "min-h-6 max-w-full truncate rounded-4 text-left font-medium after:absolute after:inset-0",
            undone !== undefined && "text-ink-2 line-through decoration-ink-3",
          )}
        >
          {row.reason || t("noReason")}
        </button>
        {row.overridden && (
          <Mark look="font-semibold text-degraded" icon={<TriangleAlert size={12} />}>
            {t("mark.override")}
          </Mark>
        )}
        {row.undoes !== undefined && <Mark icon={<Undo2 size={12} />}>{t("mark.undoes")}</Mark>}
        {undone !== undefined && (
          <Mark icon={<CornerUpLeft size={12} />}>{t("mark.undone", { revision: undone.revision })}</Mark>
        )}
        {row.groupId !== undefined && <Mark icon={<Layers size={12} />}>{t("mark.group")}</Mark>}
      </span>
      <span role="cell" className="min-w-0 truncate text-12 text-ink-2 max-lg:order-1">
        <LeverNames refs={row.refs} />
      </span>
      <span role="cell" className="flex min-w-0 text-12 text-ink-2 max-lg:order-3">
        <AuthorMark author={row.author} />
      </span>
      <span role="cell" className="flex min-w-0 max-lg:order-2 max-lg:justify-end">
        {proof ? (
          <ReceiptMini summary={proof} dated={dated} />
        ) : (
          asked && <AskedProof env={env} id={row.id} dated={dated} />
        )}
      </span>
      <span role="cell" className="whitespace-nowrap text-right font-mono text-12 text-ink-3 max-lg:hidden">
        r{row.revision}
      </span>
      <span role="cell" className="relative whitespace-nowrap text-right text-12 text-ink-3 max-lg:order-4">
        <span className="font-mono lg:hidden">r{row.revision} · </span>
        {row.at !== "" && <RelativeTime at={row.at} />}
      </span>
    </div>
  );
}

function AskedProof({ env, id, dated }: { env: string; id: string; dated: boolean }) {
  const shown = useConvergence(env, id);
  return shown.data ? <ReceiptMini summary={shown.data} dated={dated} /> : null;
}

function Mark({
  icon,
  look = "text-ink-2",
  children,
}: {
  icon: ReactNode;
  look?: string;
  children: ReactNode;
}) {
  return (
    <span className={classNames("inline-flex items-center gap-1 whitespace-nowrap text-12", look)}>
      <span aria-hidden>{icon}</span>
      {children}
    </span>
  );
}

const NAMED = 3;

/** The levers that a change touched: a few by name, the others counted. */
export function LeverNames({ refs }: { refs: readonly LeverRef[] }) {
  const t = useTranslations("changes");
  const words = useDiffWords();
  const named = refs.slice(0, NAMED).map((ref) => `${words.name(ref)} · ${words.where(ref)}`);
  const more = refs.length - NAMED;
  return (
    <span className="block truncate" title={refs.slice(0, 20).map(words.full).join("\n")}>
      {named.join(", ")}
      {more > 0 && ` ${t("moreLevers", { count: more })}`}
    </span>
  );
}
