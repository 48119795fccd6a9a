"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, CircleHelp, Equal, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import type { Difference, ServiceVerdict, VerdictWord } from "../api/contract.ts";
import { type Unit, useUnitWords } from "../charts/unit.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { metricsApi } from "./api.ts";

const EVERY_MS = 5_000;

/** What a change did to the requests of the services that it touched: a verdict in words, and its numbers. */
export function BeforeAfter({ env, changeSetId }: { env: string; changeSetId: string }) {
  const t = useTranslations("verdict");
  const compared = useQuery({
    queryKey: ["compare", env, changeSetId],
    queryFn: ({ signal }) => metricsApi.compare(env, changeSetId, { signal }),
    refetchInterval: EVERY_MS,
    retry: false,
  });
  return (
    <section aria-label={t("title")} data-testid="before-after">
      <h3 className="label-12 pb-1">{t("title")}</h3>
      {compared.isPending && <p className="skeleton h-20" />}
      {compared.isError && compared.data === undefined && (
        <div className="text-ink-2">
          <FailureWords error={compared.error} />
        </div>
      )}
      {compared.data?.verdicts.map((verdict) => (
        <ServiceVerdictView key={verdict.service} verdict={verdict} />
      ))}
      {compared.data && (compared.data.cutBefore || compared.data.cutAfter) && (
        <p className="pt-2 text-12 text-ink-2">
          {compared.data.cutBefore && compared.data.cutAfter
            ? t("cutBoth")
            : t(compared.data.cutBefore ? "cutBefore" : "cutAfter")}
        </p>
      )}
    </section>
  );
}

const LOOKS: Readonly<Record<VerdictWord, { readonly Icon: LucideIcon; readonly look: string }>> = {
  "not enough data": { Icon: CircleHelp, look: "text-ink-2" },
  slower: { Icon: ArrowUp, look: "text-failed" },
  faster: { Icon: ArrowDown, look: "text-ink" },
  "more errors": { Icon: ArrowUp, look: "text-failed" },
  "fewer errors": { Icon: ArrowDown, look: "text-ink" },
  "no difference": { Icon: Equal, look: "text-ink" },
};

const WORDS = {
  "not enough data": "notEnough",
  slower: "slower",
  faster: "faster",
  "more errors": "moreErrors",
  "fewer errors": "fewerErrors",
  "no difference": "noDifference",
} as const satisfies Record<VerdictWord, string>;

function ServiceVerdictView({ verdict }: { verdict: ServiceVerdict }) {
  const t = useTranslations("verdict");
  const { service, words, before, after, duration, errors, lacks } = verdict;
  const rows: readonly (readonly [
    label: string,
    unit: Unit,
    was: number | undefined,
    is: number | undefined,
  ])[] = [
    [t("requests"), "count", before.requests, after.requests],
    [t("rate"), "perSecond", before.requestsPerSecond, after.requestsPerSecond],
    [t("mean"), "seconds", before.meanSeconds, after.meanSeconds],
    [t("p95"), "seconds", before.p95Seconds, after.p95Seconds],
    [t("errors"), "share", before.errorShare, after.errorShare],
  ];
  return (
    <div className="border-line border-t py-2" data-verdict={service}>
      <p className="flex flex-wrap items-center gap-x-3">
        <span className="text-ink-2">{service === "*" ? t("all") : service}</span>
        {words.map((word) => {
          const { Icon, look } = LOOKS[word];
          return (
            <strong key={word} className={`inline-flex items-center gap-1 font-semibold text-16 ${look}`}>
              <Icon size={16} aria-hidden />
              {t(`word.${WORDS[word]}`)}
            </strong>
          );
        })}
      </p>
      {lacks !== undefined && (
        <p className="text-ink-2">
          {[
            ...(lacks.requests > 0 ? [t("lacksRequests", { count: lacks.requests })] : []),
            ...(lacks.slices > 0 ? [t("lacksTime")] : []),
          ].join(" ")}
        </p>
      )}
      {duration !== undefined && <Sentence of="durationBy" unit="seconds" difference={duration} />}
      {errors !== undefined && words.some((word) => word.endsWith("errors")) && (
        <Sentence of="errorsBy" unit="share" difference={errors} />
      )}
      <table className="mt-1 w-full max-w-96 text-12">
        <thead>
          <tr className="text-ink-3">
            <th className="sr-only">{t("figure")}</th>
            <th className="text-right font-normal">{t("before")}</th>
            <th className="text-right font-normal">{t("after")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, unit, was, is]) => (
            <tr key={label}>
              <th scope="row" className="text-left font-normal text-ink-2">
                {label}
              </th>
              <Figure value={was} unit={unit} />
              <Figure value={is} unit={unit} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Figure({ value, unit }: { value: number | undefined; unit: Unit }) {
  const write = useUnitWords();
  return <td className="text-right font-mono">{value === undefined ? "–" : write(value, unit)}</td>;
}

function Sentence({
  of,
  unit,
  difference: { by, low, high },
}: {
  of: "durationBy" | "errorsBy";
  unit: Unit;
  difference: Difference;
}) {
  const t = useTranslations("verdict");
  const write = useUnitWords();
  const signed = (value: number): string => `${value >= 0 ? "+" : "−"}${write(Math.abs(value), unit)}`;
  return <p className="text-ink-2">{t(of, { by: signed(by), low: signed(low), high: signed(high) })}</p>;
}
