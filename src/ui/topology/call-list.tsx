"use client";

import { useTranslations } from "next-intl";
import { useUnitWords } from "../charts/unit.ts";
import type { ViewEdge } from "./view.ts";

const MOST = 30;

interface CallListProps {
  readonly edges: readonly ViewEdge[];
  /** Which end is named. */
  readonly end: "from" | "to";
  readonly onEdge: (key: string) => void;
}

/** Who calls, or who is called: the busiest first. */
export function CallList({ edges, end, onEdge }: CallListProps) {
  const t = useTranslations("topology");
  const write = useUnitWords();
  if (edges.length === 0) return <p className="text-12 text-ink-3">{t("nobody")}</p>;
  const sorted = edges.toSorted((a, b) => Number(b.edge.failing) - Number(a.edge.failing) || b.rate - a.rate);
  return (
    <ul>
      {sorted.slice(0, MOST).map(({ key, edge, rate }) => (
        <li key={key}>
          <button
            type="button"
            onClick={() => onEdge(key)}
            className="flex w-full items-baseline gap-2 rounded-4 px-1 py-0.5 text-left hover:bg-surface-2 max-md:min-h-11"
          >
            <span className="min-w-0 flex-1 truncate">{edge[end]}</span>
            {edge.errors > 0 && (
              <span className={`text-12 ${edge.failing ? "text-failed" : "text-ink-2"}`}>
                ✕ {write(edge.errors / edge.calls, "share")}
              </span>
            )}
            {edge.refused > 0 && (
              <span className="text-12 text-degraded">{t("refusedShort", { count: edge.refused })}</span>
            )}
            <span className="w-16 text-right font-mono text-12">{write(rate, "perSecond")}</span>
            <span className="w-16 text-right font-mono text-12 text-ink-2">
              {edge.p95 === undefined ? "–" : write(edge.p95, "seconds")}
            </span>
          </button>
        </li>
      ))}
      {sorted.length > MOST && (
        <li className="px-1 text-12 text-ink-3">{t("more", { count: sorted.length - MOST })}</li>
      )}
    </ul>
  );
}
