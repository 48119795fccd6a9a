"use client";

import { CircleHelp, Cloud, Database, Layers, OctagonX, Rows3, Server, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCallback } from "react";
import type { LeverDeviation, NodeKind } from "../api/contract.ts";
import type { Health, ViewNode } from "./view.ts";

const KIND_ICONS = {
  service: Server,
  database: Database,
  cache: Layers,
  queue: Rows3,
  external: Cloud,
} as const;

/** What a node is, as a shape. */
export function KindIcon({ kind, size = 14 }: { kind: NodeKind; size?: number }) {
  const Icon = KIND_ICONS[kind];
  return <Icon size={size} aria-hidden className="shrink-0 text-ink-3" />;
}

const HEALTH = {
  failed: { Icon: OctagonX, look: "text-failed" },
  attention: { Icon: TriangleAlert, look: "text-degraded" },
  unknown: { Icon: CircleHelp, look: "text-ink-3" },
} as const;

/** A shape where something is not as usual; nothing where it is. */
export function HealthIcon({ health, size = 14 }: { health: Health; size?: number }) {
  if (health === "normal") return null;
  const { Icon, look } = HEALTH[health];
  return <Icon size={size} aria-hidden className={`shrink-0 ${look}`} />;
}

/** What one deviation is, in words. */
export function useDeviationWords(): (name: string, deviation: LeverDeviation) => string {
  const t = useTranslations("topology.deviation");
  return useCallback(
    (name, deviation) => {
      switch (deviation.what) {
        case "degraded":
        case "forcedOpen":
        case "disabled":
          return t(deviation.what, { name });
        case "drained":
          return t("drained", { count: deviation.instances });
        case "rollout":
          return t("rollout", { name, share: String(deviation.shareBp / 100) });
      }
    },
    [t],
  );
}

/** Everything that is not as usual at a node, the worst first. */
export function useNodeWords(): (node: ViewNode) => readonly string[] {
  const t = useTranslations("topology.node");
  const deviation = useDeviationWords();
  return useCallback(
    ({ facts, calls, errors }) => {
      const { instances, breakers, deviations, degradedByRule, held } = facts;
      const missing = instances === undefined ? 0 : instances.suspect + instances.unproved;
      const words: string[] = [];
      if (instances !== undefined && missing > 0)
        words.push(t("live", { live: instances.live, of: instances.live + missing }));
      if (calls >= 5 && errors / calls >= 0.05)
        words.push(t("failing", { percent: Math.round((errors / calls) * 100) }));
      for (const { name, state } of breakers) words.push(t(state, { name }));
      for (const one of deviations) words.push(deviation(one.name, one.deviation));
      if (degradedByRule > 0) words.push(t("byRule", { count: degradedByRule }));
      if (held > 0) words.push(t("held", { count: held }));
      return words;
    },
    [t, deviation],
  );
}
