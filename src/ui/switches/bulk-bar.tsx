"use client";

import type { Position } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useStale } from "../api/queries.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { useTray } from "../tray/use-tray.ts";
import { movable, pullOf } from "./bulk.ts";
import type { Selection } from "./selection.ts";

interface BulkBarProps {
  readonly env: string;
  readonly selection: Selection;
  /** How many rows the search and the filter let through, and what picks them all. */
  readonly shown: number;
  readonly onAll: () => void;
}

/** What can be done with the picked levers together: it goes through the tray, where it is reviewed as one diff. */
export function BulkBar({ env, selection, shown, onAll }: BulkBarProps) {
  const t = useTranslations("board");
  const { add } = useTray(env);
  const { go } = useAddress();
  const stale = useStale(env) !== undefined;
  const { rows, clear } = selection;
  const pull = (to: Position) => {
    add(...movable(rows, to).map((row) => pullOf(env, row, to)));
    clear();
    go({ tray: "1" });
  };
  const [down, up] = [movable(rows, "DEGRADED").length, movable(rows, "NORMAL").length];
  return (
    <section
      aria-label={t("bulk")}
      data-testid="bulk-bar"
      className="sticky bottom-0 z-20 mt-auto flex flex-wrap items-center gap-3 border-ink border-t bg-surface-1 px-4 py-2 max-md:gap-2"
    >
      <p role="status" className="font-semibold text-14 tabular-nums max-md:flex-1">
        {t("picked", { count: rows.length })}
      </p>
      <Button
        tone="degrade"
        className="max-md:order-1 max-md:flex-1 max-md:basis-2/5"
        disabled={down === 0 || stale}
        onClick={() => pull("DEGRADED")}
      >
        {t("degrade", { count: down })}
      </Button>
      <Button
        className="max-md:order-1 max-md:flex-1 max-md:basis-2/5"
        disabled={up === 0 || stale}
        onClick={() => pull("NORMAL")}
      >
        {t("restore", { count: up })}
      </Button>
      {rows.length < shown && (
        <Button tone="quiet" onClick={onAll}>
          {t("pickShown", { count: shown })}
        </Button>
      )}
      <Button tone="quiet" onClick={clear}>
        {t("drop")}
      </Button>
      <span className={stale ? "text-12 text-ink-3" : "text-12 text-ink-3 max-md:hidden"}>
        {stale ? t("readOnly") : t("bulkHint")}
      </span>
    </section>
  );
}
