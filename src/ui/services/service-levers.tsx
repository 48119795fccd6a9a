"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useRef, useState } from "react";
import type { LeverRow, ServiceRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { useAddress } from "../frame/address.ts";
import { leverAddress } from "../frame/lever-address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { classNames } from "../kit/class-names.ts";
import { InvalidWord, PositionWord } from "../kit/lever.tsx";
import { ReceiptMini } from "../kit/receipt-bar.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { SearchField } from "../kit/search-field.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { leversOf, matching, readersIn } from "./levers.ts";
import type { useServiceLevers } from "./queries.ts";

const COLUMNS =
  "grid items-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_auto] lg:grid-cols-[minmax(0,1.6fr)_104px_minmax(110px,0.7fr)_minmax(120px,0.8fr)_148px_minmax(0,1.6fr)]";
const HEADS = ["name", "scope", "state", "readers", "receipt", "change"] as const;

interface ServiceLeversProps {
  readonly env: string;
  readonly row: ServiceRow;
  readonly levers: ReturnType<typeof useServiceLevers>;
  readonly dated: boolean;
}

/** Every lever that a service obeys, of whatever kind: its own, and those of every service that its code reads. */
export function ServiceLevers({ env, row, levers, dated }: ServiceLeversProps) {
  const t = useTranslations("services");
  const { search, go } = useAddress();
  const query = search.get("q") ?? "";
  const { own, shared, failed, retry } = levers;
  const all = useMemo(() => own && shared && leversOf(row, own, shared), [row, own, shared]);
  const shown = useMemo(() => all && matching(all, query), [all, query]);
  if (shown === undefined) {
    if (failed === undefined) return <SkeletonRows rows={6} label={t("loading")} />;
    return (
      <Failed title={t("leversFailed")} onRetry={retry}>
        <FailureWords error={failed} />
      </Failed>
    );
  }
  if (all?.length === 0) {
    return (
      <Empty title={t("noLevers")} line={`const checkout = agent.switch("checkout", { level: "core" });`}>
        {t("noLeversDetail")}
      </Empty>
    );
  }
  return (
    <>
      <div className="px-4 pb-3">
        <SearchField
          label={t("searchLevers")}
          placeholder={t("searchLeversPlaceholder")}
          query={query}
          onChange={(q) => go({ q }, "replace")}
        />
      </div>
      {shown.length === 0 ? (
        <Empty title={t("noLeverFound", { query })}>
          <Button onClick={() => go({ q: null }, "replace")}>{t("clearSearch")}</Button>
        </Empty>
      ) : (
        <LeverTable env={env} row={row} levers={shown} dated={dated} />
      )}
    </>
  );
}

interface LeverTableProps {
  readonly env: string;
  readonly row: ServiceRow;
  readonly levers: readonly LeverRow[];
  readonly dated: boolean;
}

function LeverTable({ env, row, levers, dated }: LeverTableProps) {
  const t = useTranslations("services");
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  useEffect(() => setMargin(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: levers.length,
    estimateSize: () => 33,
    getItemKey: (index) => {
      const lever = levers[index];
      return lever ? formatRef(lever) : index;
    },
    overscan: 12,
    scrollMargin: margin,
  });
  return (
    <div role="table" aria-label={t("leversOf", { service: row.service })} className="pb-16">
      <div
        role="row"
        className={classNames(
          COLUMNS,
          "sticky top-9 z-10 min-h-8 border-line border-y bg-surface-0 max-lg:hidden",
        )}
      >
        {HEADS.map((head) => (
          <span key={head} role="columnheader" className="label-12">
            {t(`leverColumn.${head}`)}
          </span>
        ))}
      </div>
      <div ref={list} role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const lever = levers[index];
          if (!lever) return null;
          return (
            <div
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start - margin}px)` }}
            >
              <LeverLine env={env} row={row} lever={lever} dated={dated} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface LeverLineProps {
  readonly env: string;
  readonly row: ServiceRow;
  readonly lever: LeverRow;
  readonly dated: boolean;
}

function LeverLine({ env, row, lever, dated }: LeverLineProps) {
  const t = useTranslations("services");
  const readers = readersIn(row, lever);
  return (
    <div
      role="row"
      data-lever={formatRef(lever)}
      className={classNames(
        COLUMNS,
        "relative border-line border-b hover:bg-surface-2 max-lg:gap-y-1 max-lg:py-2 lg:min-h-8",
      )}
    >
      <span role="cell" className="min-w-0">
        <PageLink
          href={leverAddress(lever, env)}
          className="flex min-h-6 min-w-0 items-center gap-2 rounded-4 after:absolute after:inset-0"
        >
          <span className="shrink-0 text-12 text-ink-3">{lever.kind}</span>
          <span className="truncate font-medium">{lever.name}</span>
        </PageLink>
      </span>
      <span role="cell" className="text-12 text-ink-2 max-lg:text-right">
        {lever.service === "*" ? t("sharedLever") : t("ownLever")}
      </span>
      <span role="cell" className="flex min-w-0 flex-wrap items-center gap-x-2 text-12">
        <LeverState lever={lever} />
      </span>
      <span
        role="cell"
        className={classNames("text-12 max-lg:text-right", readers === 0 ? "text-ink" : "text-ink-2")}
      >
        {readers === 0 ? t("unread") : t("readBy", { declared: readers, of: row.instances.length })}
      </span>
      <span role="cell" className="flex min-w-0 max-lg:col-span-2">
        <ReceiptMini summary={lever.convergence} dated={dated} />
      </span>
      <span role="cell" className="relative flex min-w-0 gap-2 text-12 text-ink-3 max-lg:col-span-2">
        <span className="truncate">{lever.reason}</span>
        {lever.updatedAt !== "" && (
          <span className="shrink-0">
            <RelativeTime at={lever.updatedAt} />
          </span>
        )}
      </span>
    </div>
  );
}

/** What stands out of a lever, of whatever kind. */
function LeverState({ lever }: { lever: LeverRow }) {
  const t = useTranslations("services");
  if (lever.fault !== undefined) return <InvalidWord />;
  const spec = lever.resource?.spec as { position?: "NORMAL" | "DEGRADED"; mode?: string } | undefined;
  const rollout = lever.resource?.rollout;
  return (
    <>
      {lever.kind === "switch" && spec?.position !== undefined && <PositionWord position={spec.position} />}
      {lever.kind === "breaker" && spec?.mode !== undefined && spec.mode !== "NORMAL" && (
        <span className="font-semibold text-degraded">{spec.mode}</span>
      )}
      {rollout !== undefined && (
        <span className="text-candidate">{t("candidate", { share: rollout.shareBp / 100 })}</span>
      )}
      <span className="whitespace-nowrap font-mono text-ink-3">
        v{lever.version} · r{lever.revision}
      </span>
    </>
  );
}
