"use client";

import { Check, TriangleAlert } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { ControlHealth } from "../api/contract.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { Part } from "./part.tsx";
import { useHealth } from "./queries.ts";

/** Past it the history is late (DESIGN §3). */
const LATE_MS = 500;

/** How the control plane itself does. */
export function Health({ env }: { env: string }) {
  const t = useTranslations("overview");
  const health = useHealth(env);
  return (
    <Part title={t("health")} pending={health.isPending}>
      {health.isError && (
        <div className="text-failed" role="alert">
          <FailureWords error={health.error} />
        </div>
      )}
      {health.data !== undefined && <Lines health={health.data} />}
    </Part>
  );
}

function Lines({ health }: { health: ControlHealth }) {
  const t = useTranslations("overview.part");
  const format = useFormatter();
  const { etcd, history, telemetry, metrics, leads, version } = health;
  const delayMs = history.delayMs ?? 0;
  const late = delayMs > LATE_MS;
  const [fault] = metrics.faults;
  return (
    <ul>
      <Line ok={etcd.ok} name="etcd">
        {etcd.ok ? t("follows") : etcd.why}
      </Line>
      <Line ok={history.ok && !late} name={t("history")}>
        {history.ok
          ? late
            ? t("late", { seconds: format.number(delayMs / 1_000, { maximumFractionDigits: 1 }) })
            : t("upToDate")
          : history.why}
      </Line>
      <Line ok={telemetry?.ok ?? true} name={t("telemetry")}>
        {telemetry === undefined ? t("off") : telemetry.ok ? t("answers") : telemetry.why}
      </Line>
      <Line ok={metrics.from !== "none" && metrics.faults.length === 0} name={t("metrics")}>
        {metrics.from === "none"
          ? t("noMetrics")
          : metrics.from === "prometheus"
            ? t("prometheus")
            : leads
              ? t("scraped", { count: metrics.scraped })
              : t("scrapedElsewhere")}
        {fault !== undefined && (
          <span className="block text-failed">
            {t("faults", { count: metrics.faults.length, instance: fault.instance, why: fault.why })}
          </span>
        )}
      </Line>
      <Line ok name={t("version")}>
        {version}
      </Line>
    </ul>
  );
}

function Line({ ok, name, children }: { ok: boolean; name: string; children: ReactNode }) {
  const t = useTranslations("overview.part");
  return (
    <li className="flex min-h-8 items-start gap-2 border-line border-b py-1.5">
      {ok ? (
        <Check size={14} className="mt-0.5 shrink-0 text-ink-3" aria-label={t("well")} />
      ) : (
        <TriangleAlert size={14} className="mt-0.5 shrink-0 text-failed" aria-label={t("unwell")} />
      )}
      <span className="w-28 shrink-0">{name}</span>
      <span className={`min-w-0 flex-1 wrap-anywhere ${ok ? "text-ink-2" : "text-failed"}`}>{children}</span>
    </li>
  );
}
