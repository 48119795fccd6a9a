"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ShownEdge, TopologyLook } from "../api/contract.ts";
import { type Unit, useUnitWords } from "../charts/unit.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { topologyApi } from "./api.ts";
import { PanelHead, PanelPart } from "./panel-parts.tsx";
import type { ViewEdge } from "./view.ts";

interface EdgePanelProps {
  readonly env: string;
  readonly edge: ViewEdge;
  readonly look: TopologyLook;
  readonly before: TopologyLook | undefined;
  readonly onNode: (id: string) => void;
  readonly onClose: () => void;
}

/** One edge: how often, how well and how fast, by route, and against the moment that is compared with. */
export function EdgePanel({ env, edge, look, before, onNode, onClose }: EdgePanelProps) {
  const t = useTranslations("topology");
  const { from, to } = edge.edge;
  const span = `from=${Math.floor(look.fromMs)}&to=${Math.ceil(look.toMs)}`;
  return (
    <article aria-label={`${from} → ${to}`} data-testid="edge-panel">
      <PanelHead
        title={
          <span className="flex flex-wrap items-center gap-1">
            <button type="button" className="rounded-4 text-accent" onClick={() => onNode(from)}>
              {from}
            </button>
            <ArrowRight size={14} aria-label={t("calls")} />
            <button type="button" className="rounded-4 text-accent" onClick={() => onNode(to)}>
              {to}
            </button>
          </span>
        }
        onClose={onClose}
      />
      <Figures
        now={edge.edge}
        rate={edge.rate}
        before={before && edge.before}
        beforeRate={edge.beforeRate}
        compared={before !== undefined}
      />
      <PanelPart title={t("routes")}>
        <Routes env={env} from={from} to={to} look={look} />
      </PanelPart>
      <nav aria-label={t("further")} className="flex flex-wrap gap-x-4 border-line border-t py-3">
        <PageLink
          className="text-accent underline"
          href={`${addressOf("/charts", env)}&service=${encodeURIComponent(from)}&dependency=${encodeURIComponent(to)}`}
        >
          {t("toMetrics")}
        </PageLink>
        <PageLink
          className="text-accent underline"
          href={`${addressOf("/traces", env)}&service=${encodeURIComponent(from)}&${span}`}
        >
          {t("toTraces")}
        </PageLink>
      </nav>
    </article>
  );
}

interface FiguresProps {
  readonly now: ShownEdge;
  readonly rate: number;
  readonly before: ShownEdge | undefined;
  readonly beforeRate: number;
  readonly compared: boolean;
}

function Figures({ now, rate, before, beforeRate, compared }: FiguresProps) {
  const t = useTranslations("topology");
  const write = useUnitWords();
  const share = (edge: ShownEdge | undefined): number | undefined =>
    edge === undefined || edge.calls === 0 ? undefined : edge.errors / edge.calls;
  const rows: readonly (readonly [string, Unit, number | undefined, number | undefined])[] = [
    [t("figure.rate"), "perSecond", rate, beforeRate],
    [t("figure.count"), "count", now.calls, before?.calls],
    [t("figure.errors"), "share", share(now), share(before)],
    [t("figure.refused"), "count", now.refused, before?.refused],
    [t("figure.p50"), "seconds", now.p50, before?.p50],
    [t("figure.p95"), "seconds", now.p95, before?.p95],
    [t("figure.p99"), "seconds", now.p99, before?.p99],
  ];
  const shown = (value: number | undefined, unit: Unit): string =>
    value === undefined ? "–" : write(value, unit);
  return (
    <table className="w-full text-12" data-calls={now.calls}>
      <thead className={compared ? undefined : "sr-only"}>
        <tr className="text-ink-3">
          <th className="text-left font-normal">{t("figure.name")}</th>
          {compared && <th className="text-right font-normal">{t("figure.before")}</th>}
          <th className="text-right font-normal">{t("figure.shown")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, unit, value, was]) => (
          <tr key={label}>
            <th scope="row" className="py-0.5 text-left font-normal text-ink-2">
              {label}
            </th>
            {compared && <td className="text-right font-mono text-ink-2">{shown(was, unit)}</td>}
            <td
              className={`text-right font-mono ${unit === "share" && now.failing ? "font-semibold text-failed" : ""}`}
            >
              {shown(value, unit)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Routes({ env, from, to, look }: { env: string; from: string; to: string; look: TopologyLook }) {
  const t = useTranslations("topology");
  const write = useUnitWords();
  const { fromMs, toMs } = look;
  const routes = useQuery({
    queryKey: ["topology-routes", env, from, to, fromMs, toMs],
    queryFn: ({ signal }) => topologyApi.routes(env, from, to, { fromMs, toMs }, { signal }),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 10_000,
  });
  if (routes.isPending) return <p className="skeleton h-12" />;
  if (routes.data === undefined)
    return (
      <div className="text-ink-2">
        <FailureWords error={routes.error} />
      </div>
    );
  if (routes.data.length === 0) return <p className="text-12 text-ink-3">{t("noCalls")}</p>;
  return (
    <ul className="text-12">
      {routes.data.map(({ route, calls, errors, p95 }) => (
        <li key={route} className="flex items-baseline gap-2 py-0.5">
          <span className="min-w-0 flex-1 truncate font-mono" title={route}>
            {route}
          </span>
          {errors > 0 && <span className="text-ink-2">✕ {errors}</span>}
          <span className="w-16 text-right font-mono">{write(calls, "count")}</span>
          <span className="w-16 text-right font-mono text-ink-2">
            {p95 === undefined ? "–" : write(p95, "seconds")}
          </span>
        </li>
      ))}
    </ul>
  );
}
