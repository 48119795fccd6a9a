"use client";

import { useTranslations } from "next-intl";
import type { TopologyLook } from "../api/contract.ts";
import { useDeviationWords } from "./node-words.tsx";
import type { Placed } from "./use-placement.ts";

interface NotesProps {
  readonly look: TopologyLook;
  readonly before: TopologyLook | undefined;
  readonly placed: Placed;
}

/** What the picture lacks, and what holds for every service: a line each. */
export function Notes({ look, before, placed }: NotesProps) {
  const t = useTranslations("topology.notes");
  const words = useDeviationWords();
  const lines = [
    ...(look.traffic.known ? [] : [t("traffic", { why: look.traffic.why })]),
    ...(look.levers.known ? [] : [t("levers", { why: look.levers.why })]),
    ...(look.instances.known ? [] : [t("instances", { why: look.instances.why })]),
    ...(before === undefined || before.traffic.known ? [] : [t("before", { why: before.traffic.why })]),
    ...(look.isCut ? [t("cut")] : []),
    ...look.shared.map(({ name, deviation }) => t("shared", { what: words(name, deviation) })),
    ...(placed.failed && placed.made !== "" ? [t("layout")] : []),
  ];
  if (lines.length === 0) return null;
  return (
    <ul className="px-4 pb-2 text-12 text-ink-2" data-testid="topology-notes">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
