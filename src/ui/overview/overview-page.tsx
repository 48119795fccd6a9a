"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { useServices, useStale } from "../api/queries.ts";
import { useOldSince } from "../api/use-old-since.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { useNowMs } from "../kit/clock.ts";
import { DatedLine } from "../kit/dated-line.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { RecoveryCallout } from "../recovery/recovery-callout.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { deviationsOf, motionsOf } from "./facts.ts";
import { Health } from "./health.tsx";
import { InMotion } from "./in-motion.tsx";
import { LastChanges } from "./last-changes.tsx";
import { NotNormal } from "./not-normal.tsx";
import { useAllLevers, useFiring, useUpcoming } from "./queries.ts";
import { Traffic } from "./traffic.tsx";
import { Verdict } from "./verdict.tsx";

/** The start: how an environment stands, in a sentence, and what it rests on. */
export function OverviewPage() {
  const t = useTranslations("overview");
  const env = useEnvironment();
  const nowMs = useNowMs();
  if (env !== undefined && nowMs > 0) return <Overview key={env} env={env} nowMs={nowMs} />;
  return <SkeletonRows rows={8} label={t("loading")} />;
}

function Overview({ env, nowMs }: { env: string; nowMs: number }) {
  const t = useTranslations("overview");
  usePageTitle(t("title"));
  const board = useAllLevers(env);
  const services = useServices(env);
  const firing = useFiring(env);
  const upcoming = useUpcoming(env);
  const stale = useStale(env);
  const oldSince = useOldSince(env, Math.min(board.dataUpdatedAt, services.dataUpdatedAt));
  const known = board.data !== undefined && services.data !== undefined;
  const deviations = useMemo(
    () => deviationsOf(board.data?.levers ?? [], services.data ?? [], firing.data ?? []),
    [board.data, services.data, firing.data],
  );
  const motions = useMemo(() => motionsOf(board.data?.levers ?? []), [board.data]);
  const failed = board.data === undefined ? board : services;
  if (!known && failed.isError) {
    return (
      <Failed title={t("failed")} onRetry={() => void failed.refetch()}>
        <FailureWords error={failed.error} />
      </Failed>
    );
  }
  const schedules = (upcoming.data ?? []).filter(({ kind }) => kind === "schedule");
  return (
    <>
      <header className="px-4 pt-4 pb-3">
        <h1 className="label-12">{t("title")}</h1>
        {known ? (
          <Verdict
            deviations={deviations}
            moving={motions.length + schedules.length}
            stale={stale !== undefined}
            services={services.data?.length ?? 0}
            instances={services.data?.reduce((sum, { instances }) => sum + instances.length, 0) ?? 0}
            levers={board.data?.levers.length ?? 0}
          />
        ) : (
          <p className="skeleton h-7 w-96 max-w-full" />
        )}
      </header>
      {oldSince !== undefined && <DatedLine sinceMs={oldSince} />}
      <RecoveryCallout
        env={env}
        holding={
          (services.data ?? []).flatMap(({ instances }) => instances.filter(({ hold }) => hold)).length
        }
      />
      <div className="grid grid-cols-1 gap-x-8 px-4 lg:grid-cols-2">
        <NotNormal env={env} deviations={known ? deviations : undefined} />
        <InMotion env={env} motions={known ? motions : undefined} schedules={schedules} />
      </div>
      <Traffic env={env} nowMs={nowMs} />
      <div className="grid grid-cols-1 gap-x-8 px-4 lg:grid-cols-2">
        <LastChanges env={env} revision={board.data?.revision} />
        <Health env={env} />
      </div>
    </>
  );
}
