"use client";

import { OctagonPause, OctagonX } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ServiceRow } from "../api/contract.ts";
import { classNames } from "../kit/class-names.ts";
import { INSTANCE_STATES, type ServiceSummary, summarize } from "./fleet.ts";
import { InstanceStateWord } from "./instance-state.tsx";

const COLUMNS = ["name", "state", "versions", "zones", "held", "revision"] as const;
const cell = (area: string) => ({ gridArea: area });

interface ServiceListProps {
  readonly rows: readonly ServiceRow[];
  readonly dated: boolean;
  readonly onOpen: (service: string) => void;
}

/** Every service with its instances in counts. */
export function ServiceList({ rows, dated, onOpen }: ServiceListProps) {
  const t = useTranslations("services");
  return (
    <div role="table" aria-label={t("title")} className="pb-16">
      <div role="row" className="service-head sticky top-9 z-10 border-line border-y bg-surface-0">
        {COLUMNS.map((column) => (
          <span
            key={column}
            role="columnheader"
            className={classNames("label-12", column === "revision" && "text-right")}
            style={cell(column)}
          >
            {t(`column.${column}`)}
          </span>
        ))}
      </div>
      {rows.map((row) => (
        <ServiceLine key={row.service} row={row} dated={dated} onOpen={onOpen} />
      ))}
    </div>
  );
}

interface ServiceLineProps {
  readonly row: ServiceRow;
  readonly dated: boolean;
  readonly onOpen: (service: string) => void;
}

function ServiceLine({ row, dated, onOpen }: ServiceLineProps) {
  const t = useTranslations("services");
  const summary = summarize(row);
  return (
    <div
      role="row"
      data-service={row.service}
      className="service-row relative border-line border-b hover:bg-surface-2"
    >
      <span role="cell" style={cell("name")} className="min-w-0">
        <button
          type="button"
          className="flex min-h-6 max-w-full items-center gap-2 rounded-4 font-medium after:absolute after:inset-0"
          onClick={() => onOpen(row.service)}
        >
          <span className="truncate">{row.service}</span>
        </button>
      </span>
      <span
        role="cell"
        style={cell("state")}
        className={classNames("flex flex-wrap gap-x-3", dated && "dated")}
      >
        {INSTANCE_STATES.filter((state) => summary.byState[state] > 0).map((state) => (
          <InstanceStateWord key={state} state={state} count={summary.byState[state]} />
        ))}
        {row.instances.length === 0 && <span className="text-12 text-ink-3">{t("noInstances")}</span>}
      </span>
      <span role="cell" style={cell("versions")} className="min-w-0 truncate font-mono text-12 text-ink-2">
        {summary.versions.join(" ")}
      </span>
      <span role="cell" style={cell("zones")} className="min-w-0 truncate text-12 text-ink-2">
        {summary.zones.join(" ")}
      </span>
      <span role="cell" style={cell("held")} className="min-w-0 text-12">
        <Held summary={summary} />
      </span>
      <span
        role="cell"
        style={cell("revision")}
        className="whitespace-nowrap text-right font-mono text-12 text-ink-3"
      >
        {summary.revisions && revisionRange(summary.revisions)}
      </span>
    </div>
  );
}

const revisionRange = ([least, most]: readonly [number, number]) =>
  least === most ? `r${most}` : `r${least}–${most}`;

function Held({ summary }: { summary: ServiceSummary }) {
  const t = useTranslations("services");
  return (
    <span className="flex flex-wrap gap-x-3">
      {summary.holding > 0 && (
        <span className="inline-flex items-center gap-1 font-semibold text-failed">
          <OctagonPause size={12} aria-hidden />
          {t("holding", { count: summary.holding })}
        </span>
      )}
      {summary.heldInstances > 0 && (
        <span className="inline-flex items-center gap-1 font-semibold text-failed">
          <OctagonX size={12} aria-hidden />
          {t("heldOn", { count: summary.heldInstances })}
        </span>
      )}
    </span>
  );
}
