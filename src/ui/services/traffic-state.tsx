"use client";

import { Ban, CircleArrowDown, Scale } from "lucide-react";
import { useTranslations } from "next-intl";
import type { InstanceRow } from "../api/contract.ts";
import { classNames } from "../kit/class-names.ts";
import { type Stance, sameStance, stanceTold, USUAL_WEIGHT } from "./traffic.ts";

interface TrafficStateProps {
  readonly instance: InstanceRow;
  /** What the levers ask for; undefined while they are not known. */
  readonly wanted: Stance | undefined;
  /** Says also that all is as usual. */
  readonly always?: boolean;
}

/**
 * Whether an instance takes calls and how many, where that is not the usual: striped while the levers ask for it and its
 * callers are not told yet.
 */
export function TrafficState({ instance, wanted, always = false }: TrafficStateProps) {
  const t = useTranslations("traffic");
  const told = stanceTold(instance);
  const shown = wanted ?? told;
  const pending = wanted !== undefined && instance.state !== "foreign" && !sameStance(wanted, told);
  if (!pending && !always && shown.calls === "taken" && shown.weight === USUAL_WEIGHT) return null;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 text-12">
      {shown.calls === "taken" ? (
        (always || told.calls !== "taken") && <span className="text-ink-2">{t("state-taken")}</span>
      ) : (
        <span className="inline-flex items-center gap-1 font-semibold text-degraded">
          {shown.calls === "drained" ? (
            <CircleArrowDown size={12} aria-hidden />
          ) : (
            <Ban size={12} aria-hidden />
          )}
          {t(`state-${shown.calls}`)}
        </span>
      )}
      {(shown.weight !== USUAL_WEIGHT || told.weight !== USUAL_WEIGHT) && (
        <span className="inline-flex items-center gap-1 text-ink">
          <Scale size={12} aria-hidden />
          {t("weighs", { weight: shown.weight })}
        </span>
      )}
      {pending && (
        <span className={classNames("striped rounded-4 border border-ink-3 px-1 text-ink")}>
          {t("pending")}
        </span>
      )}
    </span>
  );
}
