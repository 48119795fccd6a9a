"use client";

import { useTranslations } from "next-intl";
import { Suspense, useCallback, useMemo, useState } from "react";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { Segmented } from "../kit/segmented.tsx";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { SpanPane } from "./span-pane.tsx";
import { TraceFaults } from "./trace-faults.tsx";
import { TraceHead } from "./trace-head.tsx";
import { type ShownTrace, useTrace } from "./use-trace.ts";
import { Waterfall } from "./waterfall.tsx";

const Statistics = lazyPart(() => import("./statistics.tsx").then((module) => module.Statistics));
const Flame = lazyPart(() => import("./flame.tsx").then((module) => module.Flame));
const FlowView = lazyPart(() => import("./flow-view.tsx").then((module) => module.FlowView));
const CompareView = lazyPart(() => import("./compare-view.tsx").then((module) => module.CompareView));

export const TRACE_VIEWS = ["waterfall", "flame", "statistics", "flow", "compare"] as const;
type View = (typeof TRACE_VIEWS)[number];

const viewOf = (text: string | null): View => TRACE_VIEWS.find((view) => view === text) ?? "waterfall";

/** One trace, from the store or from a file, in whichever view the address names. */
export function TracePage({ env, traceId }: { env: string; traceId: string }) {
  const t = useTranslations("traces");
  const { go } = useAddress();
  const { shown, error, again } = useTrace(env, traceId);
  usePageTitle(shown?.trace.rows[0]?.span.name ?? t("one"));
  if (error !== undefined) {
    return (
      <Failed title={t("notOpened")} onRetry={() => void again()}>
        <FailureWords error={error} />
        <p>{t("fileAgain")}</p>
        <Button onClick={() => go({ trace: null, span: null, view: null, with: null })}>
          {t("toSearch")}
        </Button>
      </Failed>
    );
  }
  if (shown === undefined) return <SkeletonRows rows={12} label={t("opening")} />;
  return <Opened env={env} shown={shown} />;
}

function Opened({ env, shown }: { env: string; shown: ShownTrace }) {
  const t = useTranslations("traces");
  const { search, go } = useAddress();
  const view = viewOf(search.get("view"));
  const { trace, path, fromFile } = shown;
  const wanted = search.get("span");
  const chosen = useMemo(
    () => (wanted === null ? -1 : trace.rows.findIndex(({ span }) => span.id === wanted)),
    [trace, wanted],
  );
  /** Where the cursor is; a row that two spans of one id have is told by its place. */
  const [placed, setPlaced] = useState<number>();
  const selected = placed !== undefined && trace.rows[placed]?.span.id === wanted ? placed : chosen;
  const select = useCallback(
    (row: number | undefined): void => {
      setPlaced(row);
      go({ span: row === undefined ? null : (trace.rows[row]?.span.id ?? null) }, "replace");
    },
    [go, trace],
  );
  return (
    <>
      <TraceHead env={env} shown={shown} />
      <TraceFaults trace={trace} onShow={select} />
      <div className="flex flex-wrap items-center gap-3 overflow-x-auto px-4 pb-3">
        <Segmented
          label={t("view.which")}
          value={view}
          options={TRACE_VIEWS.map((value) => ({ value, label: t(`view.${value}`) }))}
          onChange={(next) => go({ view: next === "waterfall" ? null : next })}
        />
      </div>
      <div className="flex min-w-0 items-start border-line border-t">
        <div className="min-w-0 flex-1">
          <Suspense fallback={<SkeletonRows rows={8} label={t("loading")} />}>
            {view === "waterfall" && (
              <Waterfall trace={trace} path={path} selected={selected} onSelect={select} />
            )}
            {view === "statistics" && <Statistics trace={trace} path={path} />}
            {view === "flame" && <Flame trace={trace} onSelect={select} />}
            {view === "flow" && <FlowView trace={trace} path={path} />}
            {view === "compare" && <CompareView env={env} trace={trace} />}
          </Suspense>
        </div>
        {selected >= 0 && view !== "compare" && (
          <SpanPane
            key={selected}
            env={env}
            trace={trace}
            path={path}
            row={selected}
            fromFile={fromFile}
            onSelect={select}
          />
        )}
      </div>
    </>
  );
}
