"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { classNames } from "../kit/class-names.ts";
import { BreakerGlyph, useCellWords } from "./breaker-glyph.tsx";
import type { Standing } from "./effective.ts";
import type { ResilienceKind } from "./kinds.ts";
import { cellOf, severityOf } from "./matrix.ts";
import { useFieldWords } from "./use-field-words.ts";

interface InstancesProps {
  readonly kind: ResilienceKind;
  readonly service: string;
  readonly standings: readonly Standing[];
  readonly dated: boolean;
}

const SHOWN = 8;

/** The live state and the value in force at each instance, by name; of many, what is worst first. */
export function Instances({ kind, service, standings, dated }: InstancesProps) {
  const t = useTranslations("breakers");
  const [shown, setShown] = useState(SHOWN);
  // What does not concern its code is left out where others read it.
  const read = standings.filter((one) => one.reads || one.report !== undefined);
  const among = read.length > 0 ? read : standings;
  // A few keep their places: lines that jump while one reads them help nobody.
  const listed =
    among.length <= SHOWN ? among : [...among].sort((a, b) => severityOf(cellOf(b)) - severityOf(cellOf(a)));
  return (
    <section aria-label={kind === "breaker" ? t("live") : t("values")} className="flex flex-col gap-2">
      <h3 className="label-12">{kind === "breaker" ? t("live") : t("values")}</h3>
      {listed.length === 0 && <p className="text-ink-2">{t("noneReached", { service })}</p>}
      {listed.length > 0 && (
        <ul className="border-line border-y">
          {listed.slice(0, shown).map((one) => (
            <Line
              key={`${one.service}/${one.instance}`}
              kind={kind}
              standing={one}
              dated={dated}
              named={service === "*"}
            />
          ))}
        </ul>
      )}
      {listed.length > shown && (
        <button
          type="button"
          className="self-start rounded-4 text-12 text-accent max-md:min-h-11"
          onClick={() => setShown(shown + 50)}
        >
          {t("showMore", { count: Math.min(50, listed.length - shown) })}
        </button>
      )}
    </section>
  );
}

const QUIET = new Set(["applied", "unproved"]);

function Line({
  kind,
  standing,
  dated,
  named,
}: {
  kind: ResilienceKind;
  standing: Standing;
  dated: boolean;
  /** Several services are listed. */
  named: boolean;
}) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const cellWords = useCellWords();
  const cell = cellOf(standing);
  const { service, instance, zone, from, proof, spec, candidate, reason, reads, report } = standing;
  const notes = [
    proof !== "unsupported" && t(`from.${from}`, { service }),
    proof !== "applied" && t(`proof.${proof}`),
    candidate && t("candidate"),
    !reads && cell.look !== "absent" && t("notRead"),
  ].filter(Boolean);
  return (
    <li
      className="flex gap-3 border-line py-1.5 not-first:border-t"
      data-instance={instance}
      data-state={kind === "breaker" ? cell.look : proof}
    >
      {kind === "breaker" && <BreakerGlyph look={cell.look} mode={cell.mode} dated={dated} />}
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-mono text-12 wrap-anywhere">{instance}</span>
          {named && <span className="text-12 text-ink-2">{service}</span>}
          <span className="text-12 text-ink-3">{zone}</span>
          {kind === "breaker" && (
            <span
              className={classNames("text-12", dated ? "dated" : severityOf(cell) > 3 && "font-semibold")}
            >
              {cellWords(cell)}
            </span>
          )}
        </span>
        <span className="block text-12 text-ink-2">
          {spec !== undefined && <span>{words.summary(kind, spec)} · </span>}
          <span className={QUIET.has(proof) ? "text-ink-3" : "text-degraded"}>{notes.join(" · ")}</span>
          {report?.wouldBe !== undefined && (
            <span
              className={classNames("block", report.wouldBe !== "CLOSED" && "text-degraded")}
              data-testid="would-be"
            >
              {t("wouldBe", { state: t(`would-${report.wouldBe}`), count: report.wouldRefuse ?? 0 })}
            </span>
          )}
          {reason !== undefined && <span className="block text-ink-2 wrap-anywhere">{reason}</span>}
        </span>
      </span>
    </li>
  );
}
