"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import type { LeverRow, ServiceRow } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Empty } from "../kit/states.tsx";
import { BreakerMatrix } from "./breaker-matrix.tsx";
import { KindList } from "./kind-list.tsx";
import type { ResilienceKind } from "./kinds.ts";
import { breakerRows } from "./matrix.ts";
import { SEEDS } from "./seeds.ts";

/** For the line to paste: what such a lever might be called. */
const NAMES: Readonly<Record<ResilienceKind, string>> = {
  breaker: "bank",
  retry: "payment",
  timeout: "payment",
  limit: "orders",
  traffic: "main",
  degrade: "bank-gone",
  sampling: "traces",
};

interface LeversProps {
  readonly kind: ResilienceKind;
  readonly query: string;
  readonly levers: readonly LeverRow[];
  readonly services: readonly ServiceRow[];
  readonly dated: boolean;
}

/** What the chosen kind has: the breaker matrix, or a list; narrowed by words of service and name. */
export function Levers({ kind, query, levers, services, dated }: LeversProps) {
  const t = useTranslations("breakers");
  const { go } = useAddress();
  const breakers = useMemo(
    () => (kind === "breaker" ? breakerRows(services, levers) : []),
    [kind, services, levers],
  );
  const ofKind = useMemo(() => levers.filter((lever) => lever.kind === kind), [kind, levers]);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ service, name }: { service: string; name: string }): boolean =>
    words.every((word) => `${service} ${name}`.toLowerCase().includes(word));
  const open = (lever: string): void => go({ lever });
  const all = kind === "breaker" ? breakers.length : ofKind.length;
  const found = kind === "breaker" ? breakers.filter(fits) : ofKind.filter(fits);
  if (all === 0) {
    return kind === "breaker" ? (
      <Empty title={t("emptyBreaker")} line={`const bank = agent.breaker("bank");`}>
        {t("emptyBreakerDetail")}
      </Empty>
    ) : (
      <Empty
        title={t("emptyKind")}
        line={`echo '${JSON.stringify(SEEDS[kind])}' | npx leverframe set order/${kind}/${NAMES[kind]} -f - --reason "first values"`}
      >
        {t("emptyKindDetail")}
      </Empty>
    );
  }
  if (found.length === 0) {
    return (
      <Empty title={t("nothingFound")}>
        <Button onClick={() => go({ q: null }, "replace")}>{t("clearSearch")}</Button>
      </Empty>
    );
  }
  return kind === "breaker" ? (
    <BreakerMatrix rows={breakers.filter(fits)} dated={dated} onOpen={open} />
  ) : (
    <KindList
      kind={kind}
      rows={ofKind.filter(fits)}
      levers={levers}
      services={services}
      dated={dated}
      onOpen={open}
    />
  );
}
