"use client";

import { ChevronDown, ChevronRight, Clock, OctagonX, SlidersHorizontal, TriangleAlert } from "lucide-react";
import type { useTranslations } from "next-intl";
import { memo } from "react";
import type { Segment } from "../../domain/traces/critical-path.ts";
import type { Row } from "../../domain/traces/tree.ts";
import { FAULT_WORDS } from "./trace-faults.tsx";
import { barOf } from "./waterfall-rows.ts";

interface WaterfallRowProps {
  readonly at: number;
  readonly row: Row;
  readonly px: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly critical: readonly Segment[];
  /** Handed on, since thirty rows that each ask for them make scrolling a long task. */
  readonly t: ReturnType<typeof useTranslations<"traces">>;
  readonly write: (ns: number) => string;
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  readonly onSelect: (row: number) => void;
  readonly onToggle: (row: number) => void;
}

/** Deeper than this a row is not drawn further in, px a level. */
const INDENT = { px: 12, most: 14 } as const;

/** A span: what, and its time. Red and a sign where it failed, amber and a sign where a lever acted. */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { at, row, px, fromNs, toNs, critical, isOpen, isSelected, onSelect, onToggle, t, write } = props;
  const { span, depth, children, faults, errors } = row;
  const failed = span.status === "Error";
  const failedBelow = !failed && !isOpen && errors > 0;
  const bar = barOf(row, { fromNs, toNs });
  const words = write(row.toNs - row.fromNs);
  const right = bar !== undefined && bar.left + bar.width > 82;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <div
      id={`span-row-${at}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={depth + 1}
      aria-selected={isSelected}
      {...(children > 0 ? { "aria-expanded": isOpen } : {})}
      aria-label={`${span.service} ${span.name}, ${words}${failed ? `, ${t("failedOne")}` : ""}`}
      data-span={span.id}
      onClick={() => onSelect(at)}
      onKeyDown={() => undefined}
      className={`grid cursor-pointer grid-cols-1 items-center gap-x-2 px-4 max-md:content-center md:grid-cols-[minmax(220px,38%)_1fr] ${isSelected ? "bg-surface-2 shadow-[inset_2px_0_0_var(--ink)]" : "hover:bg-surface-2"}`}
      style={{ height: px }}
    >
      <div
        className="flex min-w-0 items-center gap-1"
        style={{ paddingInlineStart: Math.min(depth, INDENT.most) * INDENT.px }}
      >
        {children > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            aria-hidden
            className="flex size-5 shrink-0 items-center justify-center text-ink-3 hover:text-ink"
            onClick={(event) => {
              event.stopPropagation();
              onToggle(at);
            }}
          >
            <Chevron size={14} />
          </button>
        ) : (
          <span className="w-5 shrink-0" />
        )}
        {depth > INDENT.most && <span className="text-12 text-ink-3">{depth}</span>}
        {failed && <OctagonX size={12} className="shrink-0 text-failed" aria-hidden />}
        {failedBelow && <OctagonX size={12} className="shrink-0 text-ink-3" aria-label={t("failedBelow")} />}
        {faults.length > 0 && (
          <TriangleAlert
            size={12}
            className="shrink-0 text-degraded"
            aria-label={faults.map(({ kind }) => t(`faultShort.${FAULT_WORDS[kind]}`)).join(", ")}
          />
        )}
        <span className="min-w-0 truncate" title={`${span.service} ${span.name}`}>
          <span className="font-medium">{span.service}</span> <span className="text-ink-2">{span.name}</span>
        </span>
        {span.levers.length > 0 && (
          <span className="inline-flex shrink-0 items-center gap-1 rounded-4 border border-degraded px-1 text-12 text-degraded">
            <SlidersHorizontal size={11} aria-hidden />
            {span.levers[0]}
            {span.levers.length > 1 && ` +${span.levers.length - 1}`}
          </span>
        )}
        {span.partial && <Clock size={12} className="shrink-0 text-ink-3" aria-label={t("partialOne")} />}
        {!isOpen && <span className="shrink-0 text-12 text-ink-3">+{row.end - at - 1}</span>}
      </div>
      <div className="relative h-4 min-w-0" aria-hidden>
        {bar !== undefined && (
          <>
            <span
              className={`absolute top-0.5 h-3 min-w-0.5 rounded-[2px] ${failed ? "bg-failed" : span.levers.length > 0 ? "bg-degraded" : "bg-ink-3 opacity-45"}`}
              style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
            />
            {critical.map((segment) => {
              const part = barOf(segment, { fromNs, toNs });
              return part === undefined ? null : (
                <span
                  key={segment.fromNs}
                  className="absolute top-[7px] h-[3px] min-w-px bg-ink"
                  style={{ left: `${part.left}%`, width: `${part.width}%` }}
                />
              );
            })}
            <span
              className="absolute top-0 whitespace-nowrap font-mono text-12 text-ink-2 leading-4"
              style={
                right
                  ? { right: `calc(${100 - bar.left}% + 6px)` }
                  : { left: `calc(${bar.left + bar.width}% + 6px)` }
              }
            >
              {words}
            </span>
          </>
        )}
      </div>
    </div>
  );
});
