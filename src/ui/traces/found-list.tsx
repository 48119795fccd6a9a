"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { OctagonX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { FoundTrace, TraceSummary } from "../api/contract.ts";
import { changeAddress, useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { tracesApi } from "./api.ts";
import { useDurationWords } from "./words.ts";

interface FoundListProps {
  readonly env: string;
  readonly traces: readonly FoundTrace[];
  readonly span: { readonly fromMs: number; readonly toMs: number };
  readonly pointed: string | undefined;
  readonly onPoint: (traceId: string | undefined) => void;
}

/** So many are summed up in one question. */
const PAGE = 20;

/** What was found, a row a trace: how long beside the longest, where it began, and who took part. */
export function FoundList({ traces, ...rest }: FoundListProps) {
  const t = useTranslations("traces");
  const [pages, setPages] = useState(1);
  const longestMs = Math.max(...traces.map(({ durationMs }) => durationMs));
  const shown = Array.from({ length: pages }, (_, index) => index).filter(
    (index) => index * PAGE < traces.length,
  );
  return (
    <>
      <ul>
        {shown.map((index) => (
          <Page
            key={index}
            traces={traces.slice(index * PAGE, (index + 1) * PAGE)}
            longestMs={longestMs}
            {...rest}
          />
        ))}
      </ul>
      {traces.length > pages * PAGE && (
        <Button className="mt-3" onClick={() => setPages(pages + 1)}>
          {t("showMore", { count: Math.min(PAGE, traces.length - pages * PAGE) })}
        </Button>
      )}
    </>
  );
}

function Page({
  env,
  traces,
  span: { fromMs, toMs },
  longestMs,
  pointed,
  onPoint,
}: FoundListProps & { readonly longestMs: number }) {
  const ids = traces.map(({ traceId }) => traceId);
  const answer = useQuery({
    queryKey: ["trace-summaries", env, ids],
    queryFn: ({ signal }) => tracesApi.summaries(env, ids, { fromMs, toMs }, { signal }),
    placeholderData: keepPreviousData,
    retry: 1,
    gcTime: 60_000,
  });
  const summaries = new Map((answer.data ?? []).map((one) => [one.traceId, one]));
  return traces.map((trace) => (
    <TraceRow
      key={trace.traceId}
      trace={trace}
      summary={summaries.get(trace.traceId)}
      part={trace.durationMs / Math.max(longestMs, 0.001)}
      isPointed={pointed === trace.traceId}
      onPoint={onPoint}
    />
  ));
}

interface RowProps {
  readonly trace: FoundTrace;
  readonly summary: TraceSummary | undefined;
  readonly part: number;
  readonly isPointed: boolean;
  readonly onPoint: (traceId: string | undefined) => void;
}

function TraceRow({ trace, summary, part, isPointed, onPoint }: RowProps) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const { search, go } = useAddress();
  const whole = summary?.rooted === true ? summary : undefined;
  const isPart =
    whole !== undefined && (whole.rootService !== trace.service || whole.rootName !== trace.name);
  const change = { trace: trace.traceId, span: trace.spanId };
  const services = (summary?.services ?? []).toSorted((a, b) => b.errors - a.errors || b.spans - a.spans);
  return (
    <li
      data-trace={trace.traceId}
      className={`relative border-line border-b ${isPointed ? "bg-surface-2" : ""}`}
      onPointerEnter={() => onPoint(trace.traceId)}
      onPointerLeave={() => onPoint(undefined)}
    >
      <a
        href={`/traces?${changeAddress(search.toString(), change)}`}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          go(change);
        }}
        className="grid items-center gap-x-4 gap-y-1 px-2 py-2 hover:bg-surface-2 max-md:grid-cols-[1fr_auto] md:grid-cols-[148px_minmax(0,1fr)_auto_88px]"
      >
        <span className="flex items-center gap-2 max-md:order-2">
          <span aria-hidden className="h-1.5 w-16 shrink-0 bg-surface-2 max-md:hidden">
            <span
              className={`block h-full ${trace.failed ? "bg-failed" : "bg-ink-3"}`}
              style={{ width: `${Math.max(2, part * 100)}%` }}
            />
          </span>
          <span className="font-mono">{write(trace.durationMs * 1e6)}</span>
        </span>
        <span className="min-w-0 truncate max-md:order-1">
          <strong className="font-semibold">{whole?.rootService ?? trace.service}</strong>{" "}
          {whole?.rootName ?? trace.name}
          {isPart && (
            <span className="text-ink-3">
              {" "}
              · {t("foundAt")} <span className="text-ink-2">{trace.service}</span> {trace.name}
            </span>
          )}
        </span>
        <span className="flex min-w-0 flex-wrap items-center gap-x-3 text-12 text-ink-2 max-md:order-3 max-md:col-span-2">
          {(summary?.errors ?? 0) > 0 && (
            <span className="inline-flex items-center gap-1 text-failed">
              <OctagonX size={12} aria-hidden />
              {t("errors", { count: summary?.errors ?? 0 })}
            </span>
          )}
          {summary === undefined ? (
            <span className="skeleton h-3 w-40" />
          ) : (
            <>
              <span>{t("spans", { count: summary.spans })}</span>
              <span className="truncate" title={services.map(({ service }) => service).join(", ")}>
                {services
                  .slice(0, 4)
                  .map(({ service }) => service)
                  .join(" · ")}
                {services.length > 4 && ` +${services.length - 4}`}
              </span>
            </>
          )}
        </span>
        <span className="text-right text-12 text-ink-3 max-md:hidden">
          <RelativeTime at={new Date(trace.atMs).toISOString()} />
        </span>
      </a>
    </li>
  );
}
