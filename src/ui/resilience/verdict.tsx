"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import type { LeverRow, ServiceRow } from "../api/contract.ts";
import type { ResilienceKind } from "./kinds.ts";
import { breakerRows, severityOf } from "./matrix.ts";

interface VerdictProps {
  readonly kind: ResilienceKind;
  readonly levers: readonly LeverRow[];
  readonly services: readonly ServiceRow[];
}

/** One sentence: what is not as it should be, the worst of it. */
export function Verdict({ kind, levers, services }: VerdictProps) {
  const t = useTranslations("breakers");
  const rows = useMemo(
    () => (kind === "breaker" ? breakerRows(services, levers) : []),
    [kind, services, levers],
  );
  const among = (from: number, to: number): number =>
    rows.filter(({ cells }) => cells.some((cell) => severityOf(cell) >= from && severityOf(cell) <= to))
      .length;
  const [notClosed, unknown, inMode] = [among(4, 6), among(3, 3), among(1, 2)];
  const words =
    kind !== "breaker"
      ? t("count", { count: levers.filter((lever) => lever.kind === kind).length })
      : rows.length === 0
        ? t("verdictNone")
        : notClosed > 0
          ? t("verdictOpen", { count: notClosed })
          : unknown > 0
            ? t("verdictUnknown", { count: unknown })
            : inMode > 0
              ? t("verdictMode", { count: inMode })
              : t("verdictCalm");
  return (
    <p className="font-semibold text-20 max-md:text-16" data-testid="verdict">
      {words}
    </p>
  );
}
