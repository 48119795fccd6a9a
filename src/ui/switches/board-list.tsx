"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useRef, useState } from "react";
import type { LeverRef } from "../api/ref.ts";
import { DatedLine } from "../kit/dated-line.tsx";
import { useTray } from "../tray/use-tray.ts";
import { Heading } from "./board-heading.tsx";
import { itemsOf, useArrowKeys } from "./board-items.ts";
import type { Group, Grouping } from "./board-order.ts";
import { BoardRow } from "./board-row.tsx";
import type { Selection } from "./selection.ts";
import { usePicking } from "./use-picking.ts";

interface BoardListProps {
  readonly env: string;
  readonly groups: readonly Group[];
  readonly grouping: Grouping;
  readonly selected: string | undefined;
  /** Since when the figures may be old; each row then shows it. */
  readonly datedSinceMs: number | undefined;
  readonly selection: Selection;
  readonly onOpen: (ref: LeverRef) => void;
}

const HEADING_PX = 40;
const LINE_PX = 32;
const STACKED_PX = 88;
const SINGLE_LINE = "(min-width: 1280px)";

/** The rows of the board; only those in sight are in the page. Up and down move from lever to lever. */
export function BoardList(props: BoardListProps) {
  const { env, groups, grouping, selected, datedSinceMs, selection, onOpen } = props;
  const t = useTranslations("switches");
  const items = useMemo(() => itemsOf(groups), [groups]);
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const singleLine = useSingleLine();
  const dated = datedSinceMs !== undefined;
  useEffect(() => setMargin(list.current?.offsetTop ?? 0), [dated]);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) =>
      items[index]?.type === "heading" ? HEADING_PX : singleLine ? LINE_PX : STACKED_PX,
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 6,
    scrollMargin: margin,
  });
  useEffect(() => virtual.measure(), [singleLine, virtual]);
  const tray = useTray(env);
  const picking = usePicking(env, items, selection);
  useArrowKeys(list, items, virtual.scrollToIndex, picking.byKey);
  return (
    <>
      {dated && <DatedLine sinceMs={datedSinceMs} />}
      <div role="table" aria-label={t("title")} aria-rowcount={items.length + 1} className="pb-16">
        <ColumnHeads />
        <div ref={list} role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const item = items[index];
            if (!item) return null;
            return (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                data-index={index}
                ref={singleLine ? undefined : virtual.measureElement}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start - margin}px)` }}
              >
                {item.type === "heading" ? (
                  <Heading group={item.group} grouping={grouping} picking={picking} />
                ) : (
                  <BoardRow
                    env={env}
                    row={item.row}
                    selected={item.key === selected}
                    dated={dated}
                    inTray={tray.has(item.row)}
                    picked={selection.keys.has(item.key)}
                    refused={picking.refusedFor(item.row.service)}
                    onOpen={onOpen}
                    onPick={picking.pick}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

function useSingleLine(): boolean {
  const [single, setSingle] = useState(true);
  useEffect(() => {
    const media = matchMedia(SINGLE_LINE);
    const follow = () => setSingle(media.matches);
    follow();
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  return single;
}

const COLUMNS = ["lever", "name", "where", "level", "readers", "change", "receipt", "version"] as const;

function ColumnHeads() {
  const t = useTranslations("switches.column");
  return (
    <div role="row" className="board-head sticky top-9 z-10 border-line border-y bg-surface-0">
      {COLUMNS.map((column) => (
        <span key={column} role="columnheader" className="label-12 truncate" style={{ gridArea: column }}>
          {t(column)}
        </span>
      ))}
    </div>
  );
}
