"use client";

import { useTranslations } from "next-intl";
import type { InstanceState } from "../api/contract.ts";
import { classNames } from "../kit/class-names.ts";

const MARKS: Readonly<Record<InstanceState, string>> = {
  live: "bg-ink-2 border-ink-2 rounded-full",
  suspect: "border-degraded border-2 rounded-full",
  unproved: "border-ink-3 hatched rounded-full",
  foreign: "border-ink-3 border-dashed",
};

/** What is known of an instance: a shape and a word; colour only where it deviates. */
export function InstanceStateWord({ state, count }: { state: InstanceState; count?: number }) {
  const t = useTranslations("instance.state");
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-1.5 whitespace-nowrap text-12",
        state === "suspect" ? "font-semibold text-degraded" : state === "live" ? "text-ink-2" : "text-ink",
      )}
    >
      <span className={classNames("size-2.5 shrink-0 border", MARKS[state])} aria-hidden />
      {count !== undefined && <span>{count}</span>}
      {t(state)}
    </span>
  );
}
