"use client";

import { Inbox, PencilLine, TriangleAlert } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { memo } from "react";
import { formatRef, type LeverRef } from "../api/ref.ts";
import { hasDraft } from "../drafts.ts";
import { classNames } from "../kit/class-names.ts";
import { LevelWord, Lever } from "../kit/lever.tsx";
import { proofOf } from "../kit/receipt.ts";
import { ReceiptMini } from "../kit/receipt-bar.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Countdown } from "./countdown.tsx";
import { draftName } from "./draft.ts";
import { Pick } from "./pick.tsx";
import type { SwitchRow } from "./switch-row.ts";

interface BoardRowProps {
  readonly env: string;
  readonly row: SwitchRow;
  readonly selected: boolean;
  readonly dated: boolean;
  readonly picked: boolean;
  /** An edit of it waits in the tray. */
  readonly inTray: boolean;
  /** Why it can't be picked for a pull of many. */
  readonly refused: string | undefined;
  readonly onOpen: (ref: LeverRef) => void;
  readonly onPick: (key: string, picked: boolean, range: boolean) => void;
}

const cell = (area: string) => ({ gridArea: area });

/** One lever on the board. A click anywhere opens its sheet; the lever itself is the control that the keyboard reaches. */
export const BoardRow = memo(function BoardRow(props: BoardRowProps) {
  const { env, row, selected, dated, picked, inTray, refused, onOpen, onPick } = props;
  const t = useTranslations("switches");
  const pickWords = useTranslations("board");
  return (
    <div
      data-lever={formatRef(row)}
      className={classNames(
        "board-row relative border-line border-b hover:bg-surface-2",
        (selected || picked) && "bg-surface-2",
      )}
    >
      <span
        role="cell"
        style={cell("lever")}
        className="flex items-center gap-2 self-center max-xl:-ms-3 max-xl:gap-1"
      >
        <Pick
          label={pickWords("pick", { name: row.name })}
          picked={picked}
          refused={refused}
          onPick={(next, range) => onPick(formatRef(row), next, range)}
        />
        <Lever
          className="after:absolute after:inset-0"
          onClick={() => onOpen(row)}
          name={row.name}
          position={row.spec.position}
          proof={proofOf(row.convergence)}
          automatic={row.author?.kind === "rule"}
          invalid={row.fault !== undefined}
        />
      </span>
      <span role="cell" style={cell("name")} className="flex min-w-0 items-center gap-2">
        <span className="truncate font-medium" title={row.description ?? row.name}>
          {row.name}
        </span>
        {hasDraft(draftName(env, row)) && (
          <PencilLine size={12} className="shrink-0 text-pending" aria-label={t("draft")} />
        )}
        {inTray && <Inbox size={12} className="shrink-0 text-pending" aria-label={pickWords("inTray")} />}
      </span>
      <span
        role="cell"
        style={cell("where")}
        className="flex min-w-0 items-baseline gap-2 text-12 text-ink-2"
      >
        <span className="truncate">{row.service === "*" ? t("everyService") : row.service}</span>
        <span className="xl:hidden">{row.fault === undefined && <LevelWord level={row.level} />}</span>
      </span>
      <span role="cell" style={cell("level")} className="max-xl:hidden">
        {row.fault === undefined && <LevelWord level={row.level} />}
      </span>
      <span role="cell" style={cell("readers")} className="min-w-0 truncate text-12">
        <Readers row={row} />
      </span>
      <span role="cell" style={cell("change")} className="flex min-w-0 items-baseline gap-2 text-12">
        <LastChange row={row} />
      </span>
      <span role="cell" style={cell("receipt")} className="min-w-0">
        <ReceiptMini summary={row.convergence} dated={dated} />
      </span>
      <span
        role="cell"
        style={cell("version")}
        className="whitespace-nowrap font-mono text-12 text-ink-3 max-md:hidden"
      >
        v{row.version} · r{row.revision}
      </span>
    </div>
  );
});

function Readers({ row }: { row: SwitchRow }) {
  const t = useTranslations("switches");
  const format = useFormatter();
  const { declared, of, decisions } = row.readers;
  if (declared === 0) {
    return (
      <span className="inline-flex items-center gap-1 text-ink-2">
        <TriangleAlert size={12} className="text-degraded" aria-hidden />
        {t("nobodyReads")}
      </span>
    );
  }
  return (
    <span className="text-ink-2">
      {declared}/{of}
      <span className="text-ink-3">
        {" "}
        · {t("decisions", { count: format.number(decisions, { notation: "compact" }) })}
      </span>
    </span>
  );
}

function LastChange({ row }: { row: SwitchRow }) {
  const t = useTranslations("switches");
  return (
    <>
      {row.expiry && <Countdown at={row.expiry.at} />}
      <span className={classNames("truncate", row.unattributed && "text-ink-3")} title={row.reason}>
        {row.fault ? t("invalid", { fault: row.fault }) : row.unattributed ? t("unattributed") : row.reason}
      </span>
      <span className="flex shrink-0 gap-1.5 text-ink-3">
        {row.author && <span className="max-w-24 truncate">{row.author.id}</span>}
        {row.updatedAt !== "" && <RelativeTime at={row.updatedAt} />}
      </span>
    </>
  );
}
