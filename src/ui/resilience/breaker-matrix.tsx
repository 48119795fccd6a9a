"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { classNames } from "../kit/class-names.ts";
import { ReceiptMini } from "../kit/receipt-bar.tsx";
import { BreakerGlyph, useCellWords } from "./breaker-glyph.tsx";
import { Countdown } from "./countdown.tsx";
import type { Mode, Spec } from "./kinds.ts";
import { type BreakerCell, type BreakerRow, inOrder, rowKey, tallies } from "./matrix.ts";
import { useFieldWords } from "./use-field-words.ts";

interface MatrixProps {
  readonly rows: readonly BreakerRow[];
  /** What is shown may be old. */
  readonly dated: boolean;
  readonly onOpen: (ref: string) => void;
}

/** Above this a row draws one cell for all that are alike. */
const CELLS_MOST = 40;

const GRID =
  "grid items-center gap-x-4 gap-y-1 px-4 py-2 grid-cols-[minmax(0,1fr)_auto] xl:grid-cols-[minmax(180px,1.1fr)_minmax(140px,0.9fr)_minmax(160px,1.4fr)_minmax(200px,1.6fr)_160px]";

const HEADS = ["breaker", "state", "instances", "opens", "change"] as const;

/** Service × breaker, worst first, each opening to its instances. The order stands still under a pointer. */
export function BreakerMatrix({ rows, dated, onOpen }: MatrixProps) {
  const t = useTranslations("breakers");
  // The order of when the pointer came; undefined while it is elsewhere.
  const [order, setOrder] = useState<readonly string[]>();
  const shown = useMemo(() => (order === undefined ? rows : inOrder(rows, order)), [rows, order]);
  return (
    <div onPointerEnter={() => setOrder(rows.map(rowKey))} onPointerLeave={() => setOrder(undefined)}>
      <div className={classNames(GRID, "label-12 max-xl:hidden")} aria-hidden>
        {HEADS.map((head) => (
          <span key={head}>{t(`head.${head}`)}</span>
        ))}
      </div>
      <ul aria-label={t("matrix")} className="border-line border-t" data-testid="breaker-matrix">
        {shown.map((row) => (
          <Row key={rowKey(row)} row={row} dated={dated} onOpen={onOpen} />
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2 px-4 py-3">
        <Legend />
        <span className="ms-auto text-12 text-ink-3" aria-hidden>
          {order !== undefined && t("frozen")}
        </span>
      </div>
    </div>
  );
}

function Row({ row, dated, onOpen }: { row: BreakerRow; dated: boolean; onOpen: (ref: string) => void }) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const { service, name, own, shared, cells, worst } = row;
  const lever = own ?? shared;
  const spec = lever?.resource?.spec as Spec | undefined;
  const mode = (spec?.["mode"] as Mode | undefined) ?? "NORMAL";
  const said = useTallyWords()(cells);
  const where = service === "*" ? t("everyService") : service;
  const expiry = lever?.resource?.meta.expiry;
  return (
    <li className="border-line border-b [contain-intrinsic-size:auto_48px] [content-visibility:auto]">
      <button
        type="button"
        data-lever={rowKey(row)}
        aria-label={t("rowWords", { service: where, name, words: said })}
        aria-haspopup="dialog"
        onClick={() => onOpen(rowKey(row))}
        className={classNames(GRID, "min-h-11 w-full text-start hover:bg-surface-2")}
      >
        <span className="flex min-w-0 items-center gap-3">
          <BreakerGlyph
            look={worst?.look ?? "absent"}
            mode={worst?.mode ?? mode}
            trials={worst?.standing.report?.trials}
            dated={dated}
          />
          <span className="min-w-0 wrap-anywhere">
            <span className="text-ink-2">{where}</span> <span aria-hidden>→</span>{" "}
            <span className="font-medium">{name}</span>
          </span>
        </span>
        <span
          className={classNames(
            "text-12 max-xl:text-end",
            dated ? "dated" : row.severity >= 4 ? "font-semibold text-ink" : "text-ink-2",
          )}
        >
          {said}
        </span>
        <span className="flex min-w-0 flex-wrap items-center gap-2 max-xl:col-span-2 max-xl:ps-8">
          <Cells cells={cells} dated={dated} />
        </span>
        <span className="min-w-0 text-12 text-ink-2 max-xl:col-span-2 max-xl:ps-8">
          {spec === undefined ? (
            <span className="text-ink-3">
              {t("onDefaults")}
              {lever === undefined && <span className="ps-2 text-accent">{t("giveLever")}</span>}
            </span>
          ) : (
            <>
              <span className="wrap-anywhere">{words.summary("breaker", spec)}</span>
              {own === undefined && shared !== undefined && service !== "*" && (
                <span className="block text-ink-3">{t("sharedLever")}</span>
              )}
            </>
          )}
        </span>
        <span className="flex min-w-0 flex-wrap items-center gap-x-3 max-xl:col-span-2 max-xl:ps-8">
          {lever?.fault !== undefined && (
            <span className="font-semibold text-12 text-failed">{t("invalid")}</span>
          )}
          {expiry && <Countdown at={expiry.at} />}
          {lever && <ReceiptMini summary={lever.convergence} dated={dated} />}
        </span>
      </button>
    </li>
  );
}

/** `1 open · 1 closed`, worst first. */
export function useTallyWords(): (cells: readonly BreakerCell[]) => string {
  const t = useTranslations("breakers");
  const format = useFormatter();
  return (cells) =>
    cells.length === 0
      ? t("noInstances")
      : tallies(cells)
          .map(({ cell: { look, mode }, count }) =>
            mode === "NORMAL" || look === "absent"
              ? t("tally", { count: format.number(count), look: t(`look.${look}`) })
              : t("tallyMode", {
                  count: format.number(count),
                  look: t(`look.${look}`),
                  mode: t(`mode.${mode}`),
                }),
          )
          .join(" · ");
}

function Cells({ cells, dated }: { cells: readonly BreakerCell[]; dated: boolean }) {
  const words = useCellWords();
  const format = useFormatter();
  if (cells.length > CELLS_MOST) {
    return tallies(cells).map(({ cell, count }) => (
      <span key={`${cell.look} ${cell.mode}`} className="inline-flex items-center gap-1 text-12">
        <BreakerGlyph look={cell.look} mode={cell.mode} dated={dated} />
        {format.number(count)}
      </span>
    ));
  }
  return cells.map((cell) => (
    <span
      key={cell.instance}
      title={`${cell.instance} · ${words(cell)}`}
      data-instance={cell.instance}
      className="inline-flex"
    >
      <BreakerGlyph look={cell.look} mode={cell.mode} trials={cell.standing.report?.trials} dated={dated} />
    </span>
  ));
}

const LEGEND = [
  ["closed", "NORMAL"],
  ["half", "NORMAL"],
  ["open", "NORMAL"],
  ["open", "FORCED_OPEN"],
  ["closed", "METRICS_ONLY"],
  ["unknown", "NORMAL"],
  ["absent", "NORMAL"],
] as const;

function Legend() {
  const t = useTranslations("breakers");
  return (
    <ul aria-label={t("legend")} className="flex flex-wrap items-center gap-x-5 gap-y-2">
      {LEGEND.map(([look, mode]) => (
        <li key={`${look} ${mode}`} className="flex items-center gap-2 text-12 text-ink-3">
          <BreakerGlyph look={look} mode={mode} />
          {mode === "NORMAL" ? t(`look.${look}`) : t(`mode.${mode}`)}
        </li>
      ))}
    </ul>
  );
}
