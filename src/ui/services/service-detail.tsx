"use client";

import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { Suspense, useMemo } from "react";
import type { ServiceRow } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Callout } from "../kit/callout.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { summarize } from "./fleet.ts";
import { InstanceTable } from "./instance-table.tsx";
import { useServiceLevers } from "./queries.ts";
import { trafficLevers } from "./traffic.ts";

const ServiceLevers = lazyPart(() => import("./service-levers.tsx").then((module) => module.ServiceLevers));
const ServiceChanges = lazyPart(() =>
  import("./service-changes.tsx").then((module) => module.ServiceChanges),
);
const TrafficSheet = lazyPart(() => import("./traffic-sheet.tsx").then((module) => module.TrafficSheet));

const TABS = ["instances", "levers", "changes"] as const;

interface ServiceDetailProps {
  readonly env: string;
  readonly row: ServiceRow;
  readonly dated: boolean;
}

/** One service: its instances, the levers that it obeys, and what was changed. */
export function ServiceDetail({ env, row, dated }: ServiceDetailProps) {
  const t = useTranslations("services");
  const { search, go } = useAddress();
  const tab = TABS.find((known) => known === search.get("tab")) ?? "instances";
  const levers = useServiceLevers(env, row.service);
  const traffic = useMemo(
    () =>
      levers.own && levers.shared ? trafficLevers([...levers.own, ...levers.shared], row.service) : undefined,
    [levers.own, levers.shared, row.service],
  );
  const asked = row.instances.find(({ instance }) => instance === search.get("calls"));
  return (
    <>
      <Header row={row} />
      <div className="px-4 pb-3">
        <Segmented
          label={t("tabs")}
          value={tab}
          onChange={(next) => go({ tab: next === "instances" ? null : next, instance: null })}
          options={TABS.map((value) => ({ value, label: t(`tab-${value}`) }))}
        />
      </div>
      <Suspense fallback={<SkeletonRows rows={8} label={t("loading")} />}>
        {tab === "instances" && <InstanceTable env={env} row={row} traffic={traffic} dated={dated} />}
        {tab === "levers" && <ServiceLevers env={env} row={row} levers={levers} dated={dated} />}
        {tab === "changes" && <ServiceChanges env={env} service={row.service} />}
      </Suspense>
      <Suspense>
        {asked && traffic && (
          <TrafficSheet
            key={asked.instance}
            env={env}
            service={row.service}
            instance={asked}
            levers={traffic}
            onClose={() => go({ calls: null })}
          />
        )}
      </Suspense>
    </>
  );
}

function Header({ row }: { row: ServiceRow }) {
  const t = useTranslations("services");
  const { go } = useAddress();
  const summary = summarize(row);
  return (
    <header className="flex flex-col gap-1 px-4 pt-4 pb-3">
      <nav aria-label={t("path")} className="label-12 flex items-center gap-1">
        <button
          type="button"
          className="rounded-4 text-accent max-md:min-h-11"
          onClick={() => go({ service: null, instance: null, tab: null, calls: null })}
        >
          {t("title")}
        </button>
        <ChevronRight size={12} aria-hidden />
      </nav>
      <h1 className="font-semibold text-20">{row.service}</h1>
      <p className="text-ink-2">
        {t("instances", { count: row.instances.length })}
        {summary.zones.length > 0 && ` · ${summary.zones.join(" ")}`}
      </p>
      {summary.holding > 0 && (
        <Callout tone="failed" title={t("holdTitle", { count: summary.holding })}>
          {t("holdDetail")}
        </Callout>
      )}
    </header>
  );
}
