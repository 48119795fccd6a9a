"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import type { Span } from "../charts/span.ts";
import { stretchAddress } from "../charts/span.ts";
import { changeAddress, useAddress } from "../frame/address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { tracesApi } from "./api.ts";
import { FoundList } from "./found-list.tsx";
import { Scatter } from "./scatter.tsx";
import { askedOf, isNarrowed, WIDE, wordsOf } from "./search-address.ts";
import { SearchForm } from "./search-form.tsx";

/** The search, what it found as a picture of durations over time, and as a list. */
export function TraceSearch({ env, span }: { env: string; span: Span }) {
  const t = useTranslations("traces");
  const { search, go } = useAddress();
  const words = useMemo(() => wordsOf(search), [search]);
  const asked = useMemo(() => askedOf(env, words, span), [env, words, span]);
  const [pointed, setPointed] = useState<string>();
  const found = useQuery({
    queryKey: ["traces", asked],
    queryFn: ({ signal }) => tracesApi.search(asked, { signal }),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 60_000,
  });
  const { service } = words;
  const figures = useQuery({
    queryKey: ["trace-percentiles", env, service, asked.fromMs, asked.toMs],
    queryFn: ({ signal }) => tracesApi.percentiles(env, service, asked, { signal }),
    enabled: service !== "",
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 60_000,
  });
  const traces = found.data?.traces ?? [];
  const toMetrics = `/charts?${changeAddress("", {
    env,
    service: service || null,
    ...(span.range === undefined
      ? { from: `${Math.round(span.fromMs)}`, to: `${Math.round(span.toMs)}` }
      : { range: span.range }),
  })}`;
  return (
    <>
      <SearchForm env={env} words={words} span={span} onChange={(change) => go(change)} />
      {found.isError && found.data === undefined ? (
        <Failed title={t("failed")} onRetry={() => void found.refetch()}>
          <FailureWords error={found.error} />
        </Failed>
      ) : found.data === undefined ? (
        <SkeletonRows rows={10} label={t("loading")} />
      ) : traces.length === 0 ? (
        isNarrowed(words) || span.range === undefined ? (
          <Empty title={t("nothingFound")}>
            <p>{t("nothingFoundHint")}</p>
            <Button className="mt-3" onClick={() => go(WIDE)}>
              {t("clear")}
            </Button>
          </Empty>
        ) : (
          <Empty
            title={t("empty")}
            line={`import { startTelemetry } from "@leverframe/agent/otel";\nconst telemetry = startTelemetry(agent);`}
          >
            <p>{t("emptyHint")}</p>
          </Empty>
        )
      ) : (
        <div className="px-4 pb-8" aria-busy={found.isFetching}>
          <Scatter
            traces={traces}
            figures={service === "" ? [] : (figures.data ?? [])}
            span={span}
            pointed={pointed}
            onPoint={setPointed}
            onOpen={(trace) => go({ trace: trace.traceId, span: trace.spanId })}
            onStretch={(aMs, bMs) => go(stretchAddress(aMs, bMs))}
          />
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b py-2">
            <p className="text-ink-2" aria-live="polite" data-testid="found">
              {t(found.data.cut ? "foundMore" : "found", { count: traces.length })}
            </p>
            <PageLink className="text-accent underline" href={toMetrics}>
              {service === "" ? t("toMetrics") : t("toMetricsOf", { service })}
            </PageLink>
            <div className="ms-auto">
              <Segmented
                label={t("order")}
                value={words.order}
                options={[
                  { value: "slowest", label: t("slowest") },
                  { value: "newest", label: t("newest") },
                ]}
                onChange={(order) => go({ order: order === "slowest" ? null : order })}
              />
            </div>
          </div>
          <FoundList env={env} traces={traces} span={asked} pointed={pointed} onPoint={setPointed} />
        </div>
      )}
    </>
  );
}
