"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { classNames } from "../kit/class-names.ts";
import { DatedLine } from "../kit/dated-line.tsx";
import { ConfigLine, LINE_GRID } from "./config-line.tsx";
import { type Branch, itemsOf, type TreeItem } from "./config-tree.ts";

interface ConfigListProps {
  readonly env: string;
  readonly branches: readonly Branch[];
  /** Services, and `service/group`, whose configs are folded away. */
  readonly shut: ReadonlySet<string>;
  /** Since when the figures may be old; each row then shows it. */
  readonly datedSinceMs: number | undefined;
  readonly onFold: (place: string) => void;
  readonly onOpen: (service: string, name: string) => void;
}

const BRANCH_PX = 40;
const LINE_PX = 32;
const STACKED_PX = 84;
const SINGLE_LINE = "(min-width: 1280px)";
const COLUMNS = ["name", "format", "rollout", "change", "receipt", "version"] as const;

/** The tree of configs; only what is in sight is in the page. Up and down move from line to line. */
export function ConfigList({ env, branches, shut, datedSinceMs, onFold, onOpen }: ConfigListProps) {
  const t = useTranslations("config");
  const items = useMemo(() => itemsOf(branches, shut), [branches, shut]);
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const singleLine = useSingleLine();
  const dated = datedSinceMs !== undefined;
  useEffect(() => setMargin(list.current?.offsetTop ?? 0), [dated]);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => heightOf(items[index], singleLine),
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 8,
    scrollMargin: margin,
  });
  useEffect(() => virtual.measure(), [singleLine, virtual]);
  useArrowKeys(list, items.length, virtual.scrollToIndex);
  return (
    <>
      {dated && <DatedLine sinceMs={datedSinceMs} />}
      <div role="table" aria-label={t("title")} aria-rowcount={items.length + 1} className="pb-16">
        <div
          role="row"
          className={classNames(
            LINE_GRID,
            "sticky top-9 z-10 hidden h-8 border-line border-y bg-surface-0 px-4 xl:grid",
          )}
        >
          {COLUMNS.map((column) => (
            <span key={column} role="columnheader" className="label-12 truncate">
              {t(`column.${column}`)}
            </span>
          ))}
        </div>
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
                {item.type === "branch" && (
                  <BranchLine branch={item.branch} open={!shut.has(item.branch.service)} onFold={onFold} />
                )}
                {item.type === "group" && (
                  <GroupLine
                    name={item.name}
                    count={item.count}
                    open={!shut.has(item.key)}
                    onFold={() => onFold(item.key)}
                  />
                )}
                {item.type === "row" && (
                  <ConfigLine env={env} row={item.row} grouped={item.grouped} dated={dated} onOpen={onOpen} />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

function heightOf(item: TreeItem | undefined, singleLine: boolean): number {
  if (item?.type === "branch") return BRANCH_PX;
  return singleLine || item?.type === "group" ? LINE_PX : STACKED_PX;
}

interface GroupLineProps {
  readonly name: string;
  readonly count: number;
  readonly open: boolean;
  readonly onFold: () => void;
}

/** Configs of a service whose names begin alike. */
function GroupLine({ name, count, open, onFold }: GroupLineProps) {
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <div role="rowheader" className="flex h-8 items-center border-line border-b px-4 max-md:h-11">
      <button
        type="button"
        aria-expanded={open}
        onClick={onFold}
        className="-ms-1 flex h-7 min-w-0 items-center gap-1 rounded-4 pe-2 hover:bg-surface-2 max-md:h-11"
      >
        <Icon size={14} className="shrink-0 text-ink-3" aria-hidden />
        <h3 className="truncate font-mono text-12 text-ink-2">{name}.</h3>
        <span className="ps-1 text-12 text-ink-3">{count}</span>
      </button>
    </div>
  );
}

function BranchLine({
  branch,
  open,
  onFold,
}: {
  branch: Branch;
  open: boolean;
  onFold: (place: string) => void;
}) {
  const t = useTranslations("config");
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <div role="rowheader" className="flex h-10 items-end border-line border-b px-4 pb-1 max-md:h-12">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => onFold(branch.service)}
        className="-ms-1 flex h-8 min-w-0 items-center gap-1 rounded-4 pe-2 hover:bg-surface-2 max-md:h-11"
      >
        <Icon size={14} className="shrink-0 text-ink-3" aria-hidden />
        <h2 className="truncate font-semibold text-13">
          {branch.service === "*" ? t("everyService") : branch.service}
        </h2>
        <span className="ps-1 text-12 text-ink-3">{branch.rows.length}</span>
      </button>
    </div>
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

/** Up and down, from line to line. */
function useArrowKeys(
  list: RefObject<HTMLElement | null>,
  count: number,
  scrollTo: (index: number) => void,
): void {
  useEffect(() => {
    const element = list.current;
    const onKey = (event: KeyboardEvent) => moveFocus(event, count, scrollTo);
    element?.addEventListener("keydown", onKey);
    return () => element?.removeEventListener("keydown", onKey);
  }, [list, count, scrollTo]);
}

/** From the line in focus to the next one, also where that is not in the page yet. */
function moveFocus(event: KeyboardEvent, count: number, scrollTo: (index: number) => void): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const row = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
  if (step === 0 || !row) return;
  event.preventDefault();
  const next = Number(row.dataset["index"]) + step;
  if (next < 0 || next >= count) return;
  scrollTo(next);
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-index="${next}"] button`)?.focus());
}
