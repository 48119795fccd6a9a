"use client";

import { useQuery } from "@tanstack/react-query";
import { OctagonX, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Segment } from "../../domain/traces/critical-path.ts";
import type { Attributes, FullSpan } from "../../domain/traces/span.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { changeAddress, useAddress } from "../frame/address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { tracesApi } from "./api.ts";
import { fullSpanOf } from "./download-trace.ts";
import { openedTrace } from "./opened-files.ts";
import { aroundAddress } from "./search-address.ts";
import { SpanLevers } from "./span-levers.tsx";
import { FAULT_WORDS } from "./trace-faults.tsx";
import { useDurationWords, useMomentWords } from "./words.ts";

interface SpanDetailsProps {
  readonly env: string;
  readonly trace: Trace;
  readonly path: readonly Segment[];
  readonly row: number;
  readonly fromFile: boolean;
}

/** All of a span: its time, what is wrong with it, the levers that were in force, attributes, events, links. */
export function SpanDetails({ env, trace, path, row, fromFile }: SpanDetailsProps) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const moment = useMomentWords();
  const shown = trace.rows[row];
  const id = shown?.span.id ?? "";
  const stored = useQuery({
    queryKey: ["span", env, trace.traceId, id, row],
    queryFn: async ({ signal }) => {
      const found = await tracesApi.span(env, trace.traceId, id, trace.baseMs, { signal });
      return found === null ? null : fullSpanOf(found);
    },
    enabled: !fromFile && id !== "",
    retry: 1,
    staleTime: 300_000,
  });
  if (shown === undefined) return null;
  const { span, fromNs, toNs, faults } = shown;
  const full: FullSpan | null | undefined = fromFile
    ? openedTrace(trace.traceId)?.spans.find((one) => one === span)
    : stored.data;
  const criticalNs = path.reduce((sum, one) => (one.row === row ? sum + one.toNs - one.fromNs : sum), 0);
  const startMs = trace.baseMs + (trace.startNs + fromNs) / 1e6;
  return (
    <div className="flex flex-col gap-4" data-testid="span-details">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5">
        <Fact name={t("span.duration")}>
          <span className="font-mono">{write(toNs - fromNs)}</span>
        </Fact>
        <Fact name={t("span.begins")}>
          <span className="font-mono">+{write(fromNs)}</span>{" "}
          <span className="text-ink-3">{moment(startMs)}</span>
        </Fact>
        {criticalNs > 0 && (
          <Fact name={t("span.critical")}>
            <span className="font-mono">{write(criticalNs)}</span>
          </Fact>
        )}
        <Fact name={t("span.kind")}>{t(`kind.${span.kind}`)}</Fact>
        <Fact name={t("status")}>
          {span.status === "Error" ? (
            <span className="inline-flex items-center gap-1 text-failed">
              <OctagonX size={12} aria-hidden />
              {t("failedOne")}
              {full?.statusMessage && `: ${full.statusMessage}`}
            </span>
          ) : (
            t("okOne")
          )}
        </Fact>
        {span.peer !== "" && <Fact name={t("span.peer")}>{span.peer}</Fact>}
      </dl>
      {faults.length > 0 && (
        <ul className="flex flex-col gap-1 text-ink-2">
          {faults.map((fault) => (
            <li key={fault.kind} className="flex gap-2">
              <TriangleAlert size={14} className="mt-0.5 shrink-0 text-degraded" aria-hidden />
              <span className="wrap-anywhere">
                {t(`faultOne.${FAULT_WORDS[fault.kind]}`, {
                  by: "byNs" in fault ? write(fault.byNs) : "",
                  parent: "parentId" in fault ? fault.parentId : "",
                })}
              </span>
            </li>
          ))}
        </ul>
      )}
      {full && <SpanLevers env={env} span={full} atMs={startMs} />}
      {!fromFile && (
        <PageLink
          className="self-start text-accent"
          href={`/charts?${changeAddress("", {
            env,
            service: span.service,
            ...aroundAddress(startMs, startMs + (toNs - fromNs) / 1e6),
          })}`}
        >
          {t("toMetricsOf", { service: span.service })}
        </PageLink>
      )}
      {stored.isError && full === undefined ? (
        <div className="text-ink-2">
          <FailureWords error={stored.error} />
        </div>
      ) : full === undefined || full === null ? (
        <p className="skeleton h-40" />
      ) : (
        <Told span={full} trace={trace} />
      )}
      <p className="wrap-anywhere font-mono text-12 text-ink-3">{span.id}</p>
    </div>
  );
}

function Told({ span, trace }: { span: FullSpan; trace: Trace }) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const { go } = useAddress();
  return (
    <>
      {span.events.length > 0 && (
        <Part title={t("span.events", { count: span.events.length })}>
          <ul className="flex flex-col gap-2">
            {keyed(span.events, (event) => `${event.name} ${event.atNs}`).map(([key, event]) => (
              <li key={key}>
                <p>
                  <span className="font-medium">{event.name}</span>{" "}
                  <span className="font-mono text-12 text-ink-3">+{write(event.atNs - trace.startNs)}</span>
                </p>
                <Table attributes={event.attributes} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={t("span.attributes")}>
        <Table attributes={span.attributes} />
      </Part>
      {span.links.length > 0 && (
        <Part title={t("span.links", { count: span.links.length })}>
          <ul>
            {span.links.map((link) => (
              <li key={`${link.traceId} ${link.spanId}`}>
                <button
                  type="button"
                  className="wrap-anywhere text-left font-mono text-12 text-accent"
                  onClick={() => go({ trace: link.traceId, span: link.spanId, view: null, with: null })}
                >
                  {link.traceId} / {link.spanId}
                </button>
                <Table attributes={link.attributes} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={t("span.resource")}>
        <Table
          attributes={span.scope === "" ? span.resource : [...span.resource, ["otel.scope.name", span.scope]]}
        />
      </Part>
    </>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0 wrap-anywhere">{children}</dd>
  </>
);

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section>
    <h3 className="label-12 border-line border-b pb-1">{title}</h3>
    <div className="pt-1">{children}</div>
  </section>
);

function Table({ attributes }: { attributes: Attributes }) {
  if (attributes.length === 0) return null;
  return (
    <table className="w-full table-fixed text-12">
      <tbody>
        {keyed(
          attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)),
          ([name]) => name,
        ).map(([key, [name, value]]) => (
          <tr key={key} className="align-top">
            <th scope="row" className="w-2/5 py-0.5 pe-2 text-left font-normal text-ink-3 wrap-anywhere">
              {name}
            </th>
            <td className="py-0.5 font-mono whitespace-pre-wrap wrap-anywhere">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Each with a key of its own: of two that say the same, the second bears a number. */
function keyed<Of>(
  all: readonly Of[],
  wordsOf: (one: Of) => string,
): readonly (readonly [key: string, one: Of])[] {
  const seen = new Map<string, number>();
  return all.map((one) => {
    const words = wordsOf(one);
    const before = seen.get(words) ?? 0;
    seen.set(words, before + 1);
    return [`${words} ${before}`, one] as const;
  });
}
