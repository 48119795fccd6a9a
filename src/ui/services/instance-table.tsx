"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, OctagonX } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useMemo, useRef, useState } from "react";
import type { InstanceRow, LeverRow, ServiceRow } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { classNames } from "../kit/class-names.ts";
import { Empty } from "../kit/states.tsx";
import { orderInstances } from "./fleet.ts";
import { InstanceDetail } from "./instance-detail.tsx";
import { InstanceStateWord } from "./instance-state.tsx";
import { type Stance, stanceBy } from "./traffic.ts";
import { TrafficState } from "./traffic-state.tsx";

const COLUMNS = ["name", "state", "address", "version", "zone", "held", "reads", "revision"] as const;
const cell = (area: string) => ({ gridArea: area });

interface InstanceTableProps {
  readonly env: string;
  readonly row: ServiceRow;
  /** The traffic levers that the service obeys; undefined while they are not known. */
  readonly traffic: readonly LeverRow[] | undefined;
  readonly dated: boolean;
}

/** A service instance by instance; the troubled ones first. */
export function InstanceTable({ env, row, traffic, dated }: InstanceTableProps) {
  const t = useTranslations("services");
  const { search, go } = useAddress();
  const opened = search.get("instance");
  const instances = useMemo(() => orderInstances(row.instances), [row.instances]);
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  useEffect(() => setMargin(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: instances.length,
    estimateSize: () => 33,
    getItemKey: (index) => instances[index]?.instance ?? index,
    overscan: 12,
    scrollMargin: margin,
  });
  if (instances.length === 0) return <Empty title={t("noInstances")} />;
  return (
    <div role="table" aria-label={t("instancesOf", { service: row.service })} className="pb-16">
      <div role="row" className="instance-head sticky top-9 z-10 border-line border-y bg-surface-0">
        {COLUMNS.map((column) => (
          <span
            key={column}
            role="columnheader"
            className={classNames("label-12", column === "revision" && "text-right")}
            style={cell(column)}
          >
            {t(`instanceColumn.${column}`)}
          </span>
        ))}
      </div>
      <div ref={list} role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const instance = instances[index];
          if (!instance) return null;
          const open = instance.instance === opened;
          const wanted = traffic && stanceBy(traffic, instance.instance);
          return (
            <div
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start - margin}px)` }}
            >
              <InstanceLine
                instance={instance}
                wanted={wanted}
                open={open}
                dated={dated}
                onToggle={() => go({ instance: open ? null : instance.instance }, "replace")}
              />
              {open && (
                <div role="row">
                  <div role="cell" aria-colspan={COLUMNS.length}>
                    <InstanceDetail
                      env={env}
                      instance={instance}
                      wanted={wanted}
                      onCalls={() => go({ calls: instance.instance })}
                    />
                  </div>
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface InstanceLineProps {
  readonly instance: InstanceRow;
  readonly wanted: Stance | undefined;
  readonly open: boolean;
  readonly dated: boolean;
  readonly onToggle: () => void;
}

function InstanceLine({ instance, wanted, open, dated, onToggle }: InstanceLineProps) {
  const t = useTranslations("services");
  const format = useFormatter();
  const decisions = instance.reads.reduce((sum, read) => sum + read.decisions, 0);
  const foreign = instance.state === "foreign";
  return (
    <div
      role="row"
      data-instance={instance.instance}
      className={classNames(
        "instance-row relative border-line border-b hover:bg-surface-2",
        open && "bg-surface-2",
      )}
    >
      <span role="cell" style={cell("name")} className="min-w-0">
        <button
          type="button"
          aria-expanded={open}
          onClick={onToggle}
          className="after:absolute after:inset-0 flex max-w-full items-center gap-1 rounded-4 font-mono text-12"
        >
          <ChevronRight
            size={14}
            className={classNames("shrink-0 text-ink-3", open && "rotate-90")}
            aria-hidden
          />
          <span className="truncate">{instance.instance}</span>
        </button>
      </span>
      <span role="cell" style={cell("state")} className={classNames("min-w-0", dated && "dated")}>
        <span className="inline-flex flex-wrap items-center gap-x-2">
          <InstanceStateWord state={instance.state} />
          <TrafficState instance={instance} wanted={wanted} />
        </span>
      </span>
      <span role="cell" style={cell("address")} className="min-w-0 truncate font-mono text-12 text-ink-2">
        {instance.address}
      </span>
      <span role="cell" style={cell("version")} className="truncate font-mono text-12 text-ink-2">
        {instance.version}
      </span>
      <span role="cell" style={cell("zone")} className="truncate text-12 text-ink-2">
        {instance.zone}
      </span>
      <span role="cell" style={cell("held")} className="min-w-0 text-12">
        {instance.held.length > 0 && (
          <span className="inline-flex items-center gap-1 font-semibold text-failed">
            <OctagonX size={12} aria-hidden />
            {t("held", { count: instance.held.length })}
          </span>
        )}
      </span>
      <span role="cell" style={cell("reads")} className="truncate text-12 text-ink-2">
        {!foreign && <span className="lg:hidden">{t("instanceColumn.reads")} </span>}
        {!foreign && t("reads", { count: instance.reads.length, decisions: format.number(decisions) })}
      </span>
      <span
        role="cell"
        style={cell("revision")}
        className="whitespace-nowrap text-right font-mono text-12 text-ink-3"
      >
        {foreign ? "–" : `r${instance.ownRevision} · * r${instance.sharedRevision}`}
      </span>
    </div>
  );
}
