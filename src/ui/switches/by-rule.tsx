"use client";

import { useTranslations } from "next-intl";
import { useServices } from "../api/queries.ts";
import type { LeverRef } from "../api/ref.ts";
import { Callout } from "../kit/callout.tsx";

interface ByRuleProps {
  readonly env: string;
  readonly target: LeverRef;
}

/** Where a rule degrades this switch by itself, whatever its position says: operators must not look for a hand. */
export function ByRule({ env, target }: ByRuleProps) {
  const t = useTranslations("sheet");
  const services = useServices(env).data ?? [];
  const acting = services
    .filter(({ service }) => target.service === "*" || service === target.service)
    .flatMap(({ instances }) =>
      instances.flatMap(({ instance, degraded = [] }) =>
        degraded
          .filter((rule) => rule.switch === target.name)
          .map(({ rule, shareBp }) => ({ instance, rule, percent: shareBp / 100 })),
      ),
    );
  if (acting.length === 0) return null;
  return (
    <Callout tone="warning" title={t("byRule", { count: acting.length })}>
      <ul className="flex flex-col gap-1" data-testid="by-rule">
        {acting.map((one) => (
          <li key={`${one.instance}/${one.rule}`} className="wrap-anywhere">
            {t("byRuleAt", one)}
          </li>
        ))}
      </ul>
    </Callout>
  );
}
