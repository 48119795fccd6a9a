"use client";

import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import type { LeverDetail, LeverRow } from "../api/contract.ts";
import { Callout } from "../kit/callout.tsx";

interface ReachProps {
  readonly row: Pick<LeverRow, "name" | "readers" | "convergence">;
  readonly detail: LeverDetail | undefined;
}

/** Whom the change reaches and whose code reads it; says so before the pull where nobody does. */
export function Reach({ row, detail }: ReachProps) {
  const t = useTranslations("reach");
  const [named, setNamed] = useState(false);
  const { declared, of, decisions } = row.readers;
  const { foreign } = row.convergence;
  const some = (detail?.reaches.length ?? 0) > 0;
  return (
    <section aria-label={t("title")} className="flex flex-col gap-2">
      {declared === 0 && (
        <Callout tone="warning" title={t("nobody", { name: row.name })}>
          {t("nobodyDetail")}
        </Callout>
      )}
      <dl className="flex flex-col gap-1">
        <Line label={t("reaches")}>
          {detail === undefined ? (
            <span className="skeleton inline-block h-3 w-40" />
          ) : (
            <Reached reaches={detail.reaches} />
          )}
          {some && (
            <button
              type="button"
              className="ms-2 rounded-4 text-12 text-accent max-md:-my-3 max-md:min-h-11"
              aria-expanded={named}
              onClick={() => setNamed(!named)}
            >
              {named ? t("hide") : t("show")}
            </button>
          )}
          {named && detail && <Names detail={detail} />}
        </Line>
        {declared > 0 && <Line label={t("readBy")}>{t("readers", { declared, of, decisions })}</Line>}
        {foreign > 0 && <Line label={t("cannotProve")}>{t("foreign", { count: foreign })}</Line>}
      </dl>
    </section>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex gap-3">
      <dt className="w-20 shrink-0 text-12 text-ink-3 leading-5">{label}</dt>
      <dd className="min-w-0 flex-1">{children}</dd>
    </div>
  );
}

function Reached({ reaches }: { reaches: LeverDetail["reaches"] }) {
  const t = useTranslations("reach");
  const services = new Set(reaches.map((target) => target.service));
  const zones = new Set(reaches.map((target) => target.zone).filter(Boolean));
  const [only] = services;
  if (only === undefined) return t("none");
  return services.size === 1
    ? t("ofService", { count: reaches.length, service: only, zones: zones.size })
    : t("ofServices", { count: reaches.length, services: services.size, zones: zones.size });
}

function Names({ detail }: { detail: LeverDetail }) {
  const t = useTranslations("reach");
  const format = useFormatter();
  const reading = new Map(detail.readBy.map((read) => [`${read.service}/${read.instance}`, read.decisions]));
  return (
    <ul className="mt-1 max-h-48 overflow-y-auto border-line border-y">
      {detail.reaches.map((target) => {
        const decisions = reading.get(`${target.service}/${target.instance}`);
        return (
          <li key={`${target.service}/${target.instance}`} className="flex gap-2 py-0.5 text-12">
            <span className="min-w-0 truncate font-mono">{target.instance}</span>
            <span className="text-ink-3">{target.zone}</span>
            <span
              className={
                decisions === undefined
                  ? "ms-auto whitespace-nowrap text-ink-3"
                  : "ms-auto whitespace-nowrap text-ink-2"
              }
            >
              {decisions === undefined ? t("doesNotRead") : t("reads", { count: format.number(decisions) })}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
