"use client";

import { ArrowLeft, Download, OctagonX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { changeAddress, useAddress } from "../frame/address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { aroundAddress } from "./search-address.ts";
import type { ShownTrace } from "./use-trace.ts";
import { useDurationWords, useMomentWords } from "./words.ts";

/** What a trace is: where it began, when, how long, and who took part; the ways back, out and on. */
export function TraceHead({ env, shown: { trace, fromFile } }: { env: string; shown: ShownTrace }) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const moment = useMomentWords();
  const { go } = useAddress();
  const [first] = trace.rows;
  const startMs = trace.baseMs + trace.startNs / 1e6;
  const { services, errors } = useMemo(
    () => ({
      services: new Set(trace.rows.map(({ span }) => span.service)).size,
      errors: trace.rows.filter(({ span }) => span.status === "Error").length,
    }),
    [trace],
  );
  const toMetrics = `/charts?${changeAddress("", {
    env,
    service: first?.span.service ?? null,
    ...aroundAddress(startMs, startMs + trace.durationNs / 1e6),
  })}`;
  return (
    <header className="flex flex-col gap-2 px-4 pt-4 pb-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button
          tone="quiet"
          className="-ms-3"
          onClick={() => go({ trace: null, span: null, view: null, with: null })}
        >
          <ArrowLeft size={14} aria-hidden />
          {t("toSearch")}
        </Button>
        <h1 className="min-w-0 wrap-anywhere font-semibold text-20 max-md:text-16">
          {first?.span.service} <span className="font-normal text-ink-2">{first?.span.name}</span>
        </h1>
        <div className="ms-auto flex flex-wrap items-center gap-2 max-md:ms-0">
          <Downloads env={env} traceId={trace.traceId} baseMs={trace.baseMs} />
        </div>
      </div>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-2" data-testid="trace-facts">
        <strong className="font-mono font-semibold text-16 text-ink">{write(trace.durationNs)}</strong>
        <span>{moment(startMs)}</span>
        <span>{t("spans", { count: trace.rows.length })}</span>
        <span>{t("services", { count: services })}</span>
        {errors > 0 && (
          <span className="inline-flex items-center gap-1 text-failed">
            <OctagonX size={14} aria-hidden />
            {t("errors", { count: errors })}
          </span>
        )}
        <span className="wrap-anywhere font-mono text-12 text-ink-3">{trace.traceId}</span>
        {fromFile ? (
          <span>{t("fromFile")}</span>
        ) : (
          <PageLink className="text-accent underline" href={toMetrics}>
            {t("toMetricsOf", { service: first?.span.service ?? "" })}
          </PageLink>
        )}
      </p>
    </header>
  );
}

function Downloads({ env, traceId, baseMs }: { env: string; traceId: string; baseMs: number }) {
  const t = useTranslations("traces");
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const save = async (format: "otlp" | "jaeger"): Promise<void> => {
    setState("busy");
    try {
      const { downloadTrace } = await import("./download-trace.ts");
      await downloadTrace(env, traceId, baseMs, format);
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <>
      {state === "failed" && (
        <span role="alert" className="text-12 text-failed">
          {t("downloadFailed")}
        </span>
      )}
      {(["otlp", "jaeger"] as const).map((format) => (
        <Button key={format} disabled={state === "busy"} onClick={() => void save(format)}>
          <Download size={14} aria-hidden />
          {t(`download.${format}`)}
        </Button>
      ))}
    </>
  );
}
