"use client";

import { EVERY_SERVICE } from "@leverframe/agent/protocol";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { BlastView } from "../api/contract.ts";
import { SmallMap } from "./small-map.tsx";
import { useBlastRadius } from "./use-foresight.ts";
import { firstSentence } from "./words.ts";

/** Callers that are named in the sentence. */
const NAMED = 3;

interface BlastRadiusProps {
  readonly env: string;
  /** Whose levers the change touches; `*` is every one. */
  readonly services: readonly string[];
}

/** Whom a change reaches, by what was called in the last five minutes. Where that isn't known one line says so. */
export function BlastRadius({ env, services }: BlastRadiusProps) {
  const t = useTranslations("foresight.blast");
  const { data, isError } = useBlastRadius(env, services);
  if (services.length === 0) return null;
  return (
    <section aria-label={t("title")} data-testid="blast-radius" className="flex min-w-0 flex-col gap-2">
      <h3 className="label-12">{t("title")}</h3>
      {data?.known === true ? (
        <Known radius={data.radius} services={services} />
      ) : (
        <p className="text-12 text-ink-3" role="status">
          {data?.known === false
            ? t("unknown", { why: firstSentence(data.why) })
            : isError
              ? t("unanswered")
              : t("looking")}
        </p>
      )}
    </section>
  );
}

function Known({ radius, services }: { radius: BlastView; services: readonly string[] }) {
  const t = useTranslations("foresight.blast");
  const format = useFormatter();
  const { perMinute, callers, callerCount, dependents, hops, nodes, edges, left } = radius;
  const rate = (value: number): string => format.number(value, { maximumFractionDigits: value < 10 ? 1 : 0 });
  if (services.includes(EVERY_SERVICE))
    return <p className="text-13">{t("everyone", { rate: rate(perMinute) })}</p>;
  if (callers.length === 0 && perMinute === 0) return <p className="text-13 text-ink-2">{t("nobody")}</p>;
  return (
    <>
      <p className="text-13 wrap-anywhere">
        {t.rich("reach", {
          rate: rate(perMinute),
          count: callerCount,
          b: bold,
        })}{" "}
        <span className="text-ink-2">
          {callers
            .slice(0, NAMED)
            .map((caller) => `${caller.service} ${rate(caller.perMinute)}`)
            .join(" · ")}
          {callerCount > NAMED && ` · ${t("more", { count: callerCount - NAMED })}`}
        </span>
      </p>
      {dependents > callerCount && (
        <p className="text-13 text-ink-2">{t("dependents", { count: dependents, hops })}</p>
      )}
      {nodes.length > 1 && <SmallMap nodes={nodes} edges={edges} />}
      {left > 0 && <p className="text-12 text-ink-3">{t("left", { count: left })}</p>}
    </>
  );
}

const bold = (words: ReactNode) => <strong className="font-semibold">{words}</strong>;
