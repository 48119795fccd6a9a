"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useUnitWords } from "../charts/unit.ts";
import { Button } from "../kit/button.tsx";
import { HealthIcon, KindIcon, useNodeWords } from "./node-words.tsx";
import { isFound, type View, type ViewNode } from "./view.ts";

const FIRST = 40;

interface WorstListProps {
  readonly view: View;
  readonly query: string;
  readonly onNode: (id: string) => void;
}

/** Every node as a line, the worst first: the graph in words. */
export function WorstList({ view, query, onNode }: WorstListProps) {
  const t = useTranslations("topology");
  const [all, setAll] = useState(false);
  const found = view.nodes.filter(({ id }) => isFound(id, query));
  const shown = all ? found : found.slice(0, FIRST);
  const bad = found.filter(({ health }) => health === "failed" || health === "attention").length;
  return (
    <section aria-label={t("list")}>
      <h2 className="pb-2 font-semibold text-14" data-testid="topology-verdict">
        {query === ""
          ? bad === 0
            ? t("allNormal")
            : t("notNormal", { count: bad })
          : t("found", { count: found.length })}
      </h2>
      <ul>
        {shown.map((node) => (
          <Line key={node.id} node={node} onNode={onNode} />
        ))}
      </ul>
      {found.length > shown.length && (
        <Button tone="quiet" onClick={() => setAll(true)}>
          {t("showAll", { count: found.length })}
        </Button>
      )}
    </section>
  );
}

function Line({ node, onNode }: { node: ViewNode; onNode: (id: string) => void }) {
  const words = useNodeWords()(node);
  const write = useUnitWords();
  return (
    <li className="border-line border-t">
      <button
        type="button"
        onClick={() => onNode(node.id)}
        data-line={node.id}
        className="flex w-full flex-col rounded-4 px-1 py-1.5 text-left hover:bg-surface-2 max-md:min-h-11"
      >
        <span className="flex w-full items-center gap-2">
          <KindIcon kind={node.facts.kind} />
          <span className="min-w-0 flex-1 truncate font-medium">{node.id}</span>
          <span className="font-mono text-12 text-ink-2">
            {node.calls > 0
              ? write(node.rate, "perSecond")
              : node.outRate > 0
                ? `→ ${write(node.outRate, "perSecond")}`
                : ""}
          </span>
          <HealthIcon health={node.health} />
        </span>
        {words.length > 0 && (
          <span className={`ps-5.5 text-12 ${node.health === "failed" ? "text-failed" : "text-ink-2"}`}>
            {words.slice(0, 2).join(" · ")}
          </span>
        )}
      </button>
    </li>
  );
}
