"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import type { Segment } from "../../domain/traces/critical-path.ts";
import { type FlowNode, flowOf } from "../../domain/traces/flow.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { useDurationWords } from "./words.ts";

const NODE = { width: 176, height: 56, gapX: 112, gapY: 20 } as const;

/** Which service called which in this trace, from left to right; databases and the like with a dashed edge. */
export function FlowView({ trace, path }: { trace: Trace; path: readonly Segment[] }) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const flow = useMemo(() => flowOf(trace, path), [trace, path]);
  const byId = new Map(flow.nodes.map((node) => [node.id, node]));
  const layers = Math.max(0, ...flow.nodes.map(({ layer }) => layer)) + 1;
  const places = [...flow.nodes.map(({ place }) => place), ...flow.edges.flatMap(({ via }) => via)];
  const tallest = Math.max(0, ...places) + 1;
  const xOf = ({ layer }: Pick<FlowNode, "layer">): number => layer * (NODE.width + NODE.gapX);
  const yOf = ({ place }: Pick<FlowNode, "place">): number => place * (NODE.height + NODE.gapY);
  const width = layers * (NODE.width + NODE.gapX) - NODE.gapX;
  const height = tallest * (NODE.height + NODE.gapY) - NODE.gapY;
  return (
    <div className="overflow-x-auto px-4 py-4" data-testid="flow">
      <div className="relative" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden className="absolute inset-0 overflow-visible">
          {flow.edges.map((edge) => {
            const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
            if (from === undefined || to === undefined) return null;
            const [x1, y1] = [xOf(from) + NODE.width, yOf(from) + NODE.height / 2];
            // Straight through the places that are kept free for it, and by a bow from layer to layer.
            const stops = [...edge.via, to.place].map((place, between) => ({
              x: between === edge.via.length ? xOf(to) : xOf({ layer: from.layer + 1 + between }),
              y: yOf({ place }) + NODE.height / 2,
            }));
            const [first = { x: x1, y: y1 }] = stops;
            const middle = (x1 + first.x) / 2;
            return (
              <g key={`${edge.from} ${edge.to}`}>
                <path
                  d={pathOf({ x: x1, y: y1 }, stops)}
                  fill="none"
                  stroke={edge.errors > 0 ? "var(--failed)" : "var(--ink-3)"}
                  strokeWidth={Math.min(6, 1 + Math.log2(edge.calls))}
                  strokeOpacity={edge.errors > 0 ? 1 : 0.6}
                  strokeDasharray={edge.errors > 0 ? "6 3" : undefined}
                />
                <text
                  x={middle}
                  y={(y1 + first.y) / 2 - 5}
                  textAnchor="middle"
                  className="text-12"
                  fill={edge.errors > 0 ? "var(--failed)" : "var(--ink-2)"}
                  stroke="var(--surface-0)"
                  strokeWidth={4}
                  paintOrder="stroke"
                >
                  {edge.calls} × {write(edge.totalNs / edge.calls)}
                </text>
              </g>
            );
          })}
        </svg>
        {flow.nodes.map((node) => (
          <div
            key={node.id}
            className={`absolute flex flex-col justify-center rounded-4 border bg-surface-1 px-3 ${node.errors > 0 ? "border-failed" : "border-ink-3"} ${node.told ? "" : "border-dashed"}`}
            style={{ left: xOf(node), top: yOf(node), width: NODE.width, height: NODE.height }}
          >
            <p className="truncate font-medium" title={node.id}>
              {node.id}
            </p>
            <p className="truncate text-12 text-ink-2">
              {node.told ? t("flow.self", { time: write(node.selfNs) }) : t("flow.silent")}
              {node.errors > 0 && (
                <span className="text-failed"> · {t("errors", { count: node.errors })}</span>
              )}
            </p>
          </div>
        ))}
      </div>
      <ul className="sr-only">
        {flow.edges.map((edge) => (
          <li key={`${edge.from} ${edge.to}`}>
            {t("flow.call", { from: edge.from, to: edge.to, calls: edge.calls, errors: edge.errors })}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A bow to each stop, and from one to the next straight through its layer. */
function pathOf(from: Spot, stops: readonly Spot[]): string {
  let at = from;
  const parts = stops.map((stop, index) => {
    const middle = (at.x + stop.x) / 2;
    const bow = `C${middle} ${at.y} ${middle} ${stop.y} ${stop.x} ${stop.y}`;
    const isLast = index === stops.length - 1;
    at = isLast ? stop : { x: stop.x + NODE.width, y: stop.y };
    return isLast ? bow : `${bow}H${at.x}`;
  });
  return `M${from.x} ${from.y}${parts.join("")}`;
}
