"use client";

import { ChevronsDownUp, ChevronsUpDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useState } from "react";
import type { Segment } from "../../domain/traces/critical-path.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { Button, IconButton } from "../kit/button.tsx";
import { Minimap } from "./minimap.tsx";
import { useRowsInSight } from "./rows-in-sight.ts";
import { WaterfallRow } from "./waterfall-row.tsx";
import { hidersOf, openRows, segmentsByRow, type Window, windowTicks } from "./waterfall-rows.ts";
import { useDurationWords } from "./words.ts";

interface WaterfallProps {
  readonly trace: Trace;
  readonly path: readonly Segment[];
  /** Index of `Trace.rows`; -1: none. */
  readonly selected: number;
  readonly onSelect: (row: number | undefined) => void;
}

const TICKS = 5;
const NOTHING: readonly Segment[] = [];

/**
 * Spans in the order of their calls over time. Only the rows in sight are drawn. Arrow keys move, open and close;
 * a drag over the small picture above narrows the time.
 */
export function Waterfall({ trace, path, selected, onSelect }: WaterfallProps) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(() => new Set());
  const [window, setWindow] = useState<Window>();
  const shownWindow = window ?? { fromNs: 0, toNs: trace.durationNs };
  const open = useMemo(() => openRows(trace, collapsed), [trace, collapsed]);
  const critical = useMemo(() => segmentsByRow(path), [path]);
  const { first, last, rowPx, setBox, scrollTo } = useRowsInSight(open.length);
  const ticks = windowTicks(shownWindow, TICKS);

  const toggle = useCallback((row: number): void => {
    setCollapsed((before) => {
      const after = new Set(before);
      if (!after.delete(row)) after.add(row);
      return after;
    });
  }, []);
  // What is chosen from elsewhere is opened, and scrolled to.
  const [followed, setFollowed] = useState(-1);
  if (followed !== selected) {
    setFollowed(selected);
    const hiders = hidersOf(trace.rows, selected, collapsed);
    if (hiders.length > 0) setCollapsed(new Set([...collapsed].filter((row) => !hiders.includes(row))));
  }
  useEffect(() => {
    if (selected >= 0) scrollTo(open.indexOf(selected));
  }, [selected, open, scrollTo]);

  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const place = open.indexOf(selected);
    const row = trace.rows[selected];
    const go = (to: number): void => onSelect(open[Math.min(open.length - 1, Math.max(0, to))]);
    const page = Math.max(1, last - first - 4);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(place + 1),
      j: () => go(place + 1),
      ArrowUp: () => go(place - 1),
      k: () => go(place - 1),
      PageDown: () => go(place + page),
      PageUp: () => go(place - page),
      Home: () => go(0),
      End: () => go(open.length - 1),
      ArrowLeft: () => {
        if (row === undefined) return;
        if (row.children > 0 && !collapsed.has(selected)) toggle(selected);
        else if (row.parent >= 0) onSelect(row.parent);
      },
      ArrowRight: () => {
        if (row === undefined || row.children === 0) return;
        if (collapsed.has(selected)) toggle(selected);
        else onSelect(selected + 1);
      },
      Escape: () => onSelect(undefined),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const foldAll = (): void =>
    setCollapsed(new Set(trace.rows.flatMap((row, at) => (row.children > 0 && row.depth > 0 ? [at] : []))));
  return (
    <div>
      <div className="grid items-end gap-x-2 border-line border-b px-4 py-2 md:grid-cols-[minmax(220px,38%)_1fr]">
        <div className="flex items-center gap-1 text-ink-3">
          <span className="label-12 me-auto">{t("waterfall.operation")}</span>
          {window !== undefined && (
            <Button tone="quiet" onClick={() => setWindow(undefined)}>
              {t("waterfall.whole")}
            </Button>
          )}
          <IconButton label={t("waterfall.foldAll")} onClick={foldAll}>
            <ChevronsDownUp size={14} />
          </IconButton>
          <IconButton label={t("waterfall.unfoldAll")} onClick={() => setCollapsed(new Set())}>
            <ChevronsUpDown size={14} />
          </IconButton>
        </div>
        <div>
          <Minimap trace={trace} window={window} onWindow={setWindow} />
          <div aria-hidden className="relative h-4 text-12 text-ink-3">
            {ticks.map((at) => {
              const part = (at - shownWindow.fromNs) / Math.max(1, shownWindow.toNs - shownWindow.fromNs);
              return (
                <span
                  key={at}
                  className="absolute whitespace-nowrap"
                  style={part > 0.92 ? { right: 0 } : { left: `${part * 100}%` }}
                >
                  {write(at)}
                </span>
              );
            })}
          </div>
        </div>
      </div>
      <div
        ref={setBox}
        role="tree"
        tabIndex={0}
        aria-label={t("waterfall.spans")}
        aria-activedescendant={selected >= 0 ? `span-row-${selected}` : undefined}
        onKeyDown={onKey}
        data-testid="waterfall"
        className="relative overflow-y-auto overscroll-contain -outline-offset-2"
        style={{ height: "max(320px, calc(100dvh - 330px))" }}
      >
        <div role="presentation" style={{ height: open.length * rowPx }} />
        <div role="presentation" className="absolute inset-x-0" style={{ top: first * rowPx }}>
          {open.slice(first, last).map((at) => {
            const row = trace.rows[at];
            return row === undefined ? null : (
              <WaterfallRow
                key={at}
                t={t}
                write={write}
                at={at}
                row={row}
                px={rowPx}
                fromNs={shownWindow.fromNs}
                toNs={shownWindow.toNs}
                critical={critical.get(at) ?? NOTHING}
                isOpen={!collapsed.has(at)}
                isSelected={at === selected}
                onSelect={onSelect}
                onToggle={toggle}
              />
            );
          })}
        </div>
      </div>
      <p className="flex flex-wrap gap-x-4 px-4 py-2 text-12 text-ink-3">
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="inline-block h-1 w-6 bg-ink" />
          {t("waterfall.critical")}
        </span>
        <span className="max-md:hidden">{t("waterfall.keys")}</span>
      </p>
    </div>
  );
}
