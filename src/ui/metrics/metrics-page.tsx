"use client";

import { useTranslations } from "next-intl";
import { Suspense, useMemo } from "react";
import type { Marker } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { markKey } from "../charts/marks.ts";
import type { Line } from "../charts/series.ts";
import { spanOf, stretchAddress } from "../charts/span.ts";
import { changeAddress, useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { PageLink } from "../frame/page-link.tsx";
import { useNowMs } from "../kit/clock.ts";
import { DatedLine } from "../kit/dated-line.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { Panel } from "./panel.tsx";
import { type PanelSection, SECTIONS_OF_PANELS, scopeOf } from "./panels.ts";
import { ScopeChoice } from "./scope-choice.tsx";
import { SpanChoice } from "./span-choice.tsx";
import { useMarkers } from "./use-metrics.ts";

const MarkerSheet = lazyPart(() => import("./marker-sheet.tsx").then((module) => module.MarkerSheet));

/** Requests, errors, durations and what stands behind them, of an environment, a service, an instance or a route. */
export function MetricsPage() {
  const t = useTranslations("charts");
  const env = useEnvironment();
  const nowMs = useNowMs();
  if (env !== undefined && nowMs > 0) return <Metrics key={env} env={env} nowMs={nowMs} />;
  return <SkeletonRows rows={8} label={t("loading")} />;
}

function Metrics({ env, nowMs }: { env: string; nowMs: number }) {
  const t = useTranslations("charts");
  const { search, go } = useAddress();
  const scope = useMemo(() => scopeOf(search), [search]);
  const asked = spanOf(search, nowMs);
  const { fromMs, toMs, stepMs, untilMs, range } = asked;
  // The same span as long as it says the same, so that nothing is drawn anew for a tick.
  const span = useMemo(
    () => ({ fromMs, toMs, stepMs, untilMs, range }),
    [fromMs, toMs, stepMs, untilMs, range],
  );
  const markers = useMarkers(env, span, scope.service);
  const stale = useStale(env);
  usePageTitle(scope.service ?? t("title"));
  const handlers = useMemo(
    () => ({
      onMarker: (marker: Marker) => go({ marker: markKey(marker) }),
      onStretch: (aMs: number, bMs: number) => go(stretchAddress(aMs, bMs)),
      // A line leads to what it stands for: a service, an instance, a route.
      onLine:
        scope.split === "whole" || scope.split === "zone"
          ? undefined
          : ({ label }: Line) => go({ [scope.split]: label, by: null }),
    }),
    [go, scope.split],
  );
  const opened = search.get("marker");
  const toTraces = `/traces?${changeAddress("", {
    env,
    service: scope.service ?? null,
    ...(range === undefined ? { from: `${Math.round(fromMs)}`, to: `${Math.round(toMs)}` } : { range }),
  })}`;
  return (
    <>
      <header className="flex flex-col gap-3 px-4 pt-4 pb-3">
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="font-semibold text-20 max-md:text-16">
            {[t("title"), scope.service, scope.instance].filter(Boolean).join(" · ")}
          </h1>
          <div className="ms-auto max-md:ms-0 max-md:w-full">
            <SpanChoice span={span} onChange={(change) => go(change)} />
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <ScopeChoice env={env} scope={scope} onChange={(change) => go(change)} />
          <PageLink className="text-accent underline" href={toTraces}>
            {scope.service === undefined ? t("toTraces") : t("toTracesOf", { service: scope.service })}
          </PageLink>
        </div>
      </header>
      {stale !== undefined && <DatedLine sinceMs={stale.sinceMs} />}
      {(Object.keys(SECTIONS_OF_PANELS) as PanelSection[]).map((section) => (
        <section key={section} aria-labelledby={`section-${section}`} className="px-4 pb-6">
          <h2 id={`section-${section}`} className="label-12 border-line border-t pt-3 pb-2">
            {t(`section.${section}`)}
          </h2>
          <div className="grid grid-cols-1 gap-x-8 gap-y-6 xl:grid-cols-2 2xl:grid-cols-3">
            {SECTIONS_OF_PANELS[section].map((name) => (
              <Panel
                key={name}
                env={env}
                name={name}
                scope={scope}
                span={span}
                markers={markers}
                {...handlers}
              />
            ))}
          </div>
        </section>
      ))}
      {opened !== null && (
        <Suspense>
          <MarkerSheet
            key={opened}
            env={env}
            name={opened}
            markers={markers}
            onClose={() => go({ marker: null })}
          />
        </Suspense>
      )}
    </>
  );
}
