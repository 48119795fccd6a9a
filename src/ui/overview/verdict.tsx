"use client";

import { useTranslations } from "next-intl";
import type { Deviation } from "./facts.ts";

interface VerdictProps {
  readonly deviations: readonly Deviation[];
  readonly moving: number;
  readonly stale: boolean;
  readonly services: number;
  readonly instances: number;
  readonly levers: number;
}

const KINDS = [
  "alert",
  "invalid",
  "breaker",
  "unproved",
  "holding",
  "held",
  "degraded",
  "forced",
  "suspect",
] as const satisfies Deviation["kind"][];

/** How the environment stands, in one sentence. */
export function Verdict({ deviations, moving, stale, services, instances, levers }: VerdictProps) {
  const t = useTranslations("overview");
  const parts = KINDS.flatMap((kind) => {
    const count = deviations
      .filter((one) => one.kind === kind)
      .reduce((sum, one) => sum + ("instances" in one ? one.instances.length : 1), 0);
    return count === 0 ? [] : [t(`count.${kind}`, { count })];
  });
  const sentence =
    services === 0 && levers === 0
      ? t("verdict.empty")
      : parts.length > 0
        ? t("verdict.deviates", { what: parts.join(t("and")) })
        : t(moving > 0 ? "verdict.moving" : "verdict.normal", { services, instances, levers, moving });
  return (
    <p className="max-w-prose font-semibold text-20 max-md:text-16" data-testid="verdict">
      {stale ? t("verdict.stale", { last: sentence }) : sentence}
    </p>
  );
}
