"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useFormatter, useTranslations } from "next-intl";
import { type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { formatRef, type LeverRef } from "../api/ref.ts";
import type { Group, Grouping } from "./board-order.ts";
import { BoardRow } from "./board-row.tsx";
import type { SwitchRow } from "./switch-row.ts";

type Item =
  | { readonly type: "heading"; readonly key: string; readonly group: Group }
  | { readonly type: "row"; readonly key: string; readonly row: SwitchRow };

interface BoardListProps {
  readonly env: string;
  readonly groups: readonly Group[];
  readonly grouping: Grouping;
  readonly selected: string | undefined;
  /** Since when the figures may be old; each row then shows it. */
  readonly datedSinceMs: number | undefined;
  readonly onOpen: (ref: LeverRef) => void;
}

const HEADING_PX = 40;
const LINE_PX = 32;
const STACKED_PX = 88;
const SINGLE_LINE = "(min-width: 1280px)";

const itemsOf = (groups: readonly Group[]): readonly Item[] =>
  groups.flatMap((group) => [
    { type: "heading" as const, key: `heading ${group.key}`, group },
    ...group.rows.map((row) => ({ type: "row" as const, key: formatRef(row), row })),
  ]);

/** The rows of the board; only those in sight are in the page. Up and down move from lever to lever. */
export function BoardList({ env, groups, grouping, selected, datedSinceMs, onOpen }: BoardListProps) {
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
  useArrowKeys(list, items, virtual.scrollToIndex);
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
                  <Heading group={item.group} grouping={grouping} />
                ) : (
                  <BoardRow
                    env={env}
                    row={item.row}
                    selected={item.key === selected}
                    dated={dated}
                    onOpen={onOpen}
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

/** Up and down, from lever to lever. */
function useArrowKeys(
  list: RefObject<HTMLElement | null>,
  items: readonly Item[],
  scrollTo: (index: number) => void,
): void {
  useEffect(() => {
    const element = list.current;
    const onKey = (event: KeyboardEvent) => moveFocus(event, items, scrollTo);
    element?.addEventListener("keydown", onKey);
    return () => element?.removeEventListener("keydown", onKey);
  }, [list, items, scrollTo]);
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

/** From the lever in focus to the next one, over headings, also where that is not in the page yet. */
function moveFocus(event: KeyboardEvent, items: readonly Item[], scrollTo: (index: number) => void): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const row = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
  if (step === 0 || !row) return;
  event.preventDefault();
  let next = Number(row.dataset["index"]) + step;
  while (items[next]?.type === "heading") next += step;
  if (!items[next]) return;
  scrollTo(next);
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-index="${next}"] button`)?.focus());
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

function DatedLine({ sinceMs }: { sinceMs: number }) {
  const t = useTranslations("switches");
  const format = useFormatter();
  const since = format.dateTime(new Date(sinceMs), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  return (
    <p role="status" className="hatched border-line border-b px-4 py-1.5 text-12">
      <span className="bg-surface-0 px-1">{t("asOf", { since })}</span>
    </p>
  );
}

function Heading({ group, grouping }: { group: Group; grouping: Grouping }) {
  const t = useTranslations();
  const title = group.deviating
    ? t("switches.notNormalHeading")
    : grouping === "level"
      ? t(`level.${group.key as "core"}`)
      : grouping === "owner"
        ? group.key || t("switches.noOwner")
        : group.key === "*"
          ? t("switches.everyService")
          : group.key;
  return (
    <div role="rowheader" className="flex h-10 items-end gap-2 border-line border-b px-4 pb-1.5">
      <h2 className={group.deviating ? "font-semibold text-13 text-degraded" : "font-semibold text-13"}>
        {title}
      </h2>
      <span className="text-12 text-ink-3">{group.rows.length}</span>
    </div>
  );
}
