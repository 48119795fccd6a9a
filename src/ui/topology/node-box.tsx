"use client";

import { useTranslations } from "next-intl";
import { memo } from "react";
import { useUnitWords } from "../charts/unit.ts";
import { classNames } from "../kit/class-names.ts";
import { NODE, type Point } from "./layout.ts";
import { HealthIcon, KindIcon, useNodeWords } from "./node-words.tsx";
import type { Health, ViewNode } from "./view.ts";

interface NodeBoxProps {
  readonly node: ViewNode;
  readonly at: Point;
  readonly isChosen: boolean;
  readonly isFaint: boolean;
  readonly onChoose: (id: string) => void;
}

const EDGES: Readonly<Record<Health, string>> = {
  failed: "border-failed border-l-4",
  attention: "border-degraded border-l-4",
  normal: "border-ink-3/60",
  unknown: "border-ink-3/60 border-dashed",
};

/** A node near by: its name, and what comes in, or what is not as usual. 168 × 48. */
export const NodeBox = memo(function NodeBox({ node, at, isChosen, isFaint, onChoose }: NodeBoxProps) {
  const t = useTranslations("topology");
  const words = useNodeWords()(node);
  const write = useUnitWords();
  const { facts, health, change } = node;
  const figures = [
    // Nobody of ours calls a gateway: what it calls says how busy it is.
    ...(node.calls > 0
      ? [write(node.rate, "perSecond")]
      : node.outRate > 0
        ? [`→ ${write(node.outRate, "perSecond")}`]
        : []),
    ...(node.p95 === undefined ? [] : [write(node.p95, "seconds")]),
  ].join(" · ");
  const total = facts.instances && facts.instances.live + facts.instances.suspect + facts.instances.unproved;
  return (
    <button
      type="button"
      data-node={node.id}
      data-health={health}
      aria-pressed={isChosen}
      aria-label={[node.id, t(`kind.${facts.kind}`), ...words, figures].filter(Boolean).join(", ")}
      onClick={() => onChoose(node.id)}
      className={classNames(
        "pointer-events-auto absolute flex flex-col justify-center gap-0.5 overflow-hidden rounded-4 border bg-surface-1 px-2 text-left hover:bg-surface-2",
        EDGES[health],
        isChosen && "outline-2 outline-accent outline-offset-2",
        isFaint && "opacity-35",
        change === "gone" && "border-dashed text-ink-3",
      )}
      style={{ left: at.x, top: at.y, width: NODE.width, height: NODE.height }}
    >
      <span className="flex w-full items-center gap-1.5">
        <KindIcon kind={facts.kind} />
        <span className="min-w-0 flex-1 truncate font-medium text-13">{node.id}</span>
        <HealthIcon health={health} />
        {change !== undefined && <span className="text-12 text-ink-2">{t(`change.${change}`)}</span>}
      </span>
      <span className="flex w-full items-center gap-2 text-12 leading-4">
        <span
          className={classNames(
            "min-w-0 flex-1 truncate",
            health === "failed" ? "text-failed" : health === "attention" ? "text-degraded" : "text-ink-2",
          )}
        >
          {words[0] ?? (figures || t("noCalls"))}
        </span>
        {words.length > 1 && <span className="text-ink-2">+{words.length - 1}</span>}
        {words.length === 0 && total !== undefined && facts.instances !== undefined && (
          <span className="text-ink-3">
            {facts.instances.live}/{total}
          </span>
        )}
      </span>
    </button>
  );
});
