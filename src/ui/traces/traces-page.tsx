"use client";

import { useTranslations } from "next-intl";
import { Suspense, useMemo } from "react";
import { useStale } from "../api/queries.ts";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { useNowMs } from "../kit/clock.ts";
import { DatedLine } from "../kit/dated-line.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { Segmented } from "../kit/segmented.tsx";
import { SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { OpenTrace } from "./open-trace.tsx";
import { searchedSpan } from "./search-address.ts";
import { SpanChoice } from "./span-choice.tsx";
import { TraceSearch } from "./trace-search.tsx";

const TracePage = lazyPart(() => import("./trace-page.tsx").then((module) => module.TracePage));
const Statements = lazyPart(() => import("./statements.tsx").then((module) => module.Statements));

/** Traces of an environment: searched, opened, compared; and its slow statements. */
export function TracesPage() {
  const t = useTranslations("traces");
  const env = useEnvironment();
  const nowMs = useNowMs();
  if (env !== undefined && nowMs > 0) return <Traces key={env} env={env} nowMs={nowMs} />;
  return <SkeletonRows rows={8} label={t("loading")} />;
}

function Traces({ env, nowMs }: { env: string; nowMs: number }) {
  const t = useTranslations("traces");
  const { search, go } = useAddress();
  const trace = search.get("trace");
  if (trace !== null) {
    return (
      <Suspense fallback={<SkeletonRows rows={12} label={t("opening")} />}>
        <TracePage key={trace} env={env} traceId={trace} />
      </Suspense>
    );
  }
  const tab = search.get("tab") === "statements" ? "statements" : "search";
  return (
    <Found env={env} nowMs={nowMs} tab={tab} onTab={(next) => go({ tab: next === "search" ? null : next })} />
  );
}

function Found({
  env,
  nowMs,
  tab,
  onTab,
}: {
  env: string;
  nowMs: number;
  tab: "search" | "statements";
  onTab: (tab: "search" | "statements") => void;
}) {
  const t = useTranslations("traces");
  const { search, go } = useAddress();
  const stale = useStale(env);
  usePageTitle(t(tab === "search" ? "title" : "statements.title"));
  const { fromMs, toMs, stepMs, untilMs, range } = searchedSpan(search, nowMs);
  // The same span as long as it says the same, so that nothing is asked anew for a tick.
  const span = useMemo(
    () => ({ fromMs, toMs, stepMs, untilMs, range }),
    [fromMs, toMs, stepMs, untilMs, range],
  );
  return (
    <>
      <header className="flex flex-wrap items-center gap-3 px-4 pt-4 pb-3">
        <h1 className="font-semibold text-20 max-md:text-16">{t("title")}</h1>
        <Segmented
          label={t("views")}
          value={tab}
          options={[
            { value: "search", label: t("search") },
            { value: "statements", label: t("statements.title") },
          ]}
          onChange={onTab}
        />
        <OpenTrace />
        <div className="ms-auto max-md:ms-0 max-md:w-full">
          <SpanChoice span={span} onChange={(change) => go(change)} />
        </div>
      </header>
      {stale !== undefined && <DatedLine sinceMs={stale.sinceMs} />}
      {tab === "search" ? (
        <TraceSearch env={env} span={span} />
      ) : (
        <Suspense fallback={<SkeletonRows rows={8} label={t("loading")} />}>
          <Statements env={env} span={span} />
        </Suspense>
      )}
    </>
  );
}
