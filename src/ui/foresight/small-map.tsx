"use client";

import { useTranslations } from "next-intl";
import type { BlastEdge, BlastNode } from "../api/contract.ts";
import { classNames } from "../kit/class-names.ts";
import { type MapPlace, placesOf } from "./map-places.ts";

const ROW_PX = 30;
/** Of a column's width, on each side. */
const GAP = 0.12;

/** What a column is, by its key. */
const HEADS: Readonly<Record<string, string>> = {
  "dependent 3": "waits-3",
  "dependent 2": "waits-2",
  "dependent 1": "waits-1",
  touched: "changes",
  callee: "called",
};
const LOOKS: Readonly<Record<BlastNode["role"], string>> = {
  touched: "bg-ink font-medium text-surface-0",
  dependent: "border border-ink-2 bg-surface-1 text-ink",
  callee: "border border-ink-3 border-dashed text-ink-3",
};

/** Who waits for what changes, left to right; calls on the way to it are lit, as wide as they are many. */
export function SmallMap({ nodes, edges }: { nodes: readonly BlastNode[]; edges: readonly BlastEdge[] }) {
  const t = useTranslations("foresight.blast");
  const { columns, rows, lines } = placesOf(nodes, edges);
  const width = 100 / columns.length;
  const height = rows * ROW_PX;
  const tall = (column: number): number => {
    const { nodes: shown = [], left = 0 } = columns[column] ?? {};
    return shown.length + (left > 0 ? 1 : 0);
  };
  const y = ({ column, row }: MapPlace): number => ((rows - tall(column)) / 2 + row + 0.5) * ROW_PX;
  return (
    <div className="flex flex-col gap-1" data-testid="blast-map">
      <div
        className="grid text-12 text-ink-3"
        style={{ gridTemplateColumns: `repeat(${columns.length}, minmax(0, 1fr))` }}
        aria-hidden
      >
        {columns.map(({ key }) => (
          <span key={key} className="truncate px-1 text-center">
            {t(HEADS[key] ?? "waits-3")}
          </span>
        ))}
      </div>
      <div className="relative" style={{ height }}>
        <svg
          className="absolute inset-0 h-full w-full"
          viewBox={`0 0 100 ${height}`}
          preserveAspectRatio="none"
          aria-hidden
        >
          {lines.map(({ key, from, to, edge }) => {
            const forward = from.column < to.column;
            const x1 = (from.column + (forward ? 1 - GAP : GAP)) * width;
            const x2 = (to.column + (forward ? GAP : 1 - GAP)) * width;
            const mid = (x1 + x2) / 2;
            const lit = to.node.role !== "callee";
            return (
              <path
                key={key}
                d={`M${x1} ${y(from)} C${mid} ${y(from)} ${mid} ${y(to)} ${x2} ${y(to)}`}
                fill="none"
                vectorEffect="non-scaling-stroke"
                stroke={lit ? "var(--ink)" : "var(--ink-3)"}
                strokeOpacity={lit ? 0.85 : 0.4}
                strokeDasharray={lit ? undefined : "3 3"}
                strokeWidth={Math.min(4, 1 + Math.log10(1 + edge.perMinute) / 1.5)}
              />
            );
          })}
        </svg>
        {columns.map(({ key, nodes: shown, left }, column) =>
          [...shown, ...(left > 0 ? [undefined] : [])].map((node, row) => (
            <span
              key={node?.id ?? `${key} left`}
              title={node?.id}
              className={classNames(
                "absolute block truncate rounded-4 px-1.5 text-center text-12 leading-6",
                node === undefined ? "text-ink-3" : LOOKS[node.role],
              )}
              style={{
                left: `${(column + GAP) * width}%`,
                width: `${(1 - 2 * GAP) * width}%`,
                top: ((rows - tall(column)) / 2 + row) * ROW_PX + (ROW_PX - 24) / 2,
                height: 24,
              }}
            >
              {node?.id ?? t("more", { count: left })}
            </span>
          )),
        )}
      </div>
    </div>
  );
}
