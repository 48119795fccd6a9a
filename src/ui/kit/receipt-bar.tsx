"use client";

import { useFormatter, useTranslations } from "next-intl";
import { type CSSProperties, useState } from "react";
import type { ConvergenceSummary, TargetReport, TargetState } from "../api/contract.ts";
import { classNames } from "./class-names.ts";
import { CELLS_MOST, type Cell, cellsOf, runsOfSummary } from "./receipt.ts";

const LOOK: Readonly<Record<TargetState, string>> = {
  applied: "bg-ink-2 border-ink-2",
  waiting: "border-ink-3",
  held: "border-failed notched",
  unproved: "border-ink-3 hatched",
  left: "border-dotted border-line",
};

/** `17/20 · p50 38 ms · p99 112 ms`, then whatever is not applied, in words. */
export function useReceiptWords(): (summary: ConvergenceSummary) => { proof: string; rest: string } {
  const t = useTranslations("receipt");
  const format = useFormatter();
  return (summary) => {
    if (summary.targets === 0) {
      const later = summary.joinedLater;
      return { proof: later > 0 ? t("joinedLater", { count: later }) : t("noTargets"), rest: "" };
    }
    const times = [
      summary.p50Ms !== null && t("p50", { ms: format.number(Math.round(summary.p50Ms)) }),
      summary.p99Ms !== null && t("p99", { ms: format.number(Math.round(summary.p99Ms)) }),
    ];
    const others = (["waiting", "held", "unproved", "left", "joinedLater", "foreign"] as const).map(
      (state) => summary[state] > 0 && t(state, { count: summary[state] }),
    );
    return {
      proof: [`${summary.applied}/${summary.targets}`, ...times].filter((part) => part !== false).join(" · "),
      rest: others.filter((part) => part !== false).join(" · "),
    };
  };
}

/** A row's receipt: the bar from counts and `17/20` beside it. `dated` draws it as not live. */
export function ReceiptMini({ summary, dated = false }: { summary: ConvergenceSummary; dated?: boolean }) {
  const words = useReceiptWords()(summary);
  const complete = summary.applied === summary.targets;
  return (
    <span
      className="flex min-w-0 items-center gap-2"
      title={[words.proof, words.rest].filter(Boolean).join(" · ")}
    >
      <span
        className={classNames(
          "truncate text-12",
          summary.targets > 0 && "min-w-12",
          dated ? "dated" : complete ? "text-ink-3" : "font-semibold text-ink",
        )}
      >
        {summary.targets === 0 ? words.proof : `${summary.applied}/${summary.targets}`}
        <span className="sr-only"> {words.rest}</span>
      </span>
      {summary.targets > 0 && (
        <span
          className={classNames(
            "receipt-runs flex h-2.5 w-22 shrink-0 gap-px max-xl:w-15",
            dated && "opacity-50",
          )}
          aria-hidden
        >
          <CountCells summary={summary} most={20} />
        </span>
      )}
    </span>
  );
}

/** Cells from counts alone: one element for each run of equal ones, since a board draws hundreds of bars. */
function CountCells({ summary, most }: { summary: ConvergenceSummary; most: number }) {
  return runsOfSummary(summary, most).map(({ state, cells }) => (
    <span
      key={state}
      data-run={state}
      className="receipt-run"
      style={{ flexGrow: cells, "--cells": cells } as CSSProperties}
    />
  ));
}

interface ReceiptBarProps {
  readonly summary: ConvergenceSummary;
  /** Left out while they load: the bar then keeps its height. `unknown`: only the counts are, the journal is gone. */
  readonly targets?: readonly TargetReport[] | "unknown" | undefined;
  readonly dated?: boolean;
}

/**
 * The proof of one change, an instance a cell (a zone a cell above 60), in an order that never changes. What is not
 * applied is listed by name; all names on demand. It stays until somebody closes it.
 */
export function ReceiptBar({ summary, targets: given, dated = false }: ReceiptBarProps) {
  const t = useTranslations("receipt");
  const words = useReceiptWords()(summary);
  const [pointed, setPointed] = useState<Cell>();
  const [named, setNamed] = useState(false);
  const targets = given === "unknown" ? undefined : given;
  const cells = targets ? cellsOf(targets) : [];
  const byZone = (targets?.length ?? 0) > CELLS_MOST;
  const troubled = (targets ?? []).filter(({ state }) => state === "held" || state === "unproved");
  return (
    <div
      className="flex flex-col gap-2"
      data-testid="receipt-bar"
      data-revision={summary.revision}
      data-applied={summary.applied}
      data-targets={summary.targets}
    >
      <div
        role="img"
        aria-label={[words.proof, words.rest].filter(Boolean).join(", ")}
        className={classNames("flex h-5 gap-0.5", dated && "opacity-50")}
        onPointerLeave={() => setPointed(undefined)}
      >
        {given === "unknown" && (
          <span className="receipt-runs flex flex-1 gap-px">
            <CountCells summary={summary} most={CELLS_MOST} />
          </span>
        )}
        {given === undefined && <span className="skeleton flex-1" />}
        {targets?.length === 0 && <span className="flex-1 border border-line border-dashed" />}
        {cells.map((cell) => (
          <CellMark key={cell.key} cell={cell} byZone={byZone} onPoint={setPointed} />
        ))}
      </div>
      <p className="flex flex-wrap items-baseline gap-x-2" aria-live="polite">
        <span className={classNames("font-semibold text-14", dated && "dated")} data-testid="receipt-words">
          {words.proof}
        </span>
        {words.rest !== "" && <span className="text-ink-2">{words.rest}</span>}
        <span className="ms-auto text-12 text-ink-3" aria-hidden>
          {pointed ? <PointedWords cell={pointed} /> : null}
        </span>
      </p>
      {troubled.length > 0 && <TargetList targets={troubled} />}
      {targets && targets.length > 0 && (
        <button
          type="button"
          className="self-start rounded-4 text-12 text-accent max-md:-my-2 max-md:min-h-11"
          aria-expanded={named}
          onClick={() => setNamed(!named)}
        >
          {named ? t("hideNames") : t("showNames", { count: targets.length })}
        </button>
      )}
      {named && targets && <TargetList targets={targets} />}
    </div>
  );
}

function CellMark({ cell, byZone, onPoint }: { cell: Cell; byZone: boolean; onPoint: (cell: Cell) => void }) {
  return (
    <span
      data-state={cell.state}
      onPointerEnter={() => onPoint(cell)}
      className={classNames(
        "relative flex-1 overflow-hidden rounded-[2px] border",
        byZone ? "min-w-4" : "min-w-0.5 max-w-6",
        byZone && cell.state === "applied" ? "border-ink-2" : LOOK[cell.state],
      )}
    >
      {byZone && (
        <span
          className="absolute inset-y-0 left-0 bg-ink-2"
          style={{ width: `${Math.floor(cell.appliedShare * 100)}%` }}
        />
      )}
    </span>
  );
}

function PointedWords({ cell }: { cell: Cell }) {
  const t = useTranslations();
  const [only] = cell.targets;
  if (cell.targets.length > 1 || !only) {
    const applied = cell.targets.filter(({ state }) => state === "applied").length;
    return `${cell.label} ${applied}/${cell.targets.length}`;
  }
  return `${only.instance} · ${only.zone} · ${t(`target.${only.state}`)}${only.ms === null ? "" : ` · ${Math.round(only.ms)} ms`}`;
}

/** Instances by name, with state, time and reason. */
export function TargetList({ targets }: { targets: readonly TargetReport[] }) {
  const t = useTranslations("target");
  return (
    <ul className="flex max-h-80 flex-col overflow-y-auto border-line border-y">
      {targets.map((target) => (
        <li
          key={`${target.service}/${target.instance}`}
          className="flex flex-col border-line py-1.5 not-first:border-t"
        >
          <span className="flex items-center gap-2">
            <span className={classNames("size-2.5 shrink-0 border", LOOK[target.state])} aria-hidden />
            <span className="min-w-0 truncate font-mono text-12">{target.instance}</span>
            <span className="text-12 text-ink-3">{target.zone}</span>
            <span
              className={classNames(
                "ms-auto whitespace-nowrap text-12",
                target.state === "held" ? "text-failed" : "text-ink-2",
              )}
            >
              {t(target.state)}
              {target.ms !== null && ` · ${Math.round(target.ms)} ms`}
            </span>
          </span>
          {target.reason && <span className="ps-4.5 text-12 text-ink-2 wrap-anywhere">{target.reason}</span>}
        </li>
      ))}
    </ul>
  );
}
