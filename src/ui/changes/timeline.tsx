"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { useLink } from "../api/live.ts";
import { useStale } from "../api/queries.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { classNames } from "../kit/class-names.ts";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { type ChangeFilter, NO_FILTER } from "./change-filter.ts";
import { undoneBy } from "./change-row.ts";
import { COLUMNS, TimelineRow } from "./timeline-row.tsx";
import { useTimeline } from "./use-timeline.ts";

/** The newest, which are still on their way; older ones show their receipts when opened. */
const PROVED_ROWS = 8;

interface TimelineProps {
  readonly env: string;
  readonly filter: ChangeFilter;
  readonly onOpen: (id: string) => void;
}

/** Every change, the newest first: its reason, who, which levers, when, and how far it is proved. */
export function Timeline({ env, filter, onOpen }: TimelineProps) {
  const t = useTranslations("changes");
  const { go } = useAddress();
  const found = useTimeline(env, filter);
  const stale = useStale(env);
  const dated = useLink().phase === "lost" || stale !== undefined || found.failed !== undefined;
  const { rows, board } = found;
  const undone = useMemo(() => undoneBy(rows ?? []), [rows]);
  const proofs = useMemo(
    () => new Map((board?.levers ?? []).map((lever) => [lever.changeSetId, lever.convergence])),
    [board],
  );
  if (rows === undefined) {
    if (found.pending) return <SkeletonRows rows={8} label={t("loading")} />;
    return (
      <Failed title={t("failed")} onRetry={found.retry}>
        <FailureWords error={found.failed} />
      </Failed>
    );
  }
  return (
    <>
      {found.failed !== undefined && (
        <div className="px-4 pb-3">
          <Callout tone="warning" role="status" title={t(found.fallback ? "away" : "old")}>
            <div className="flex flex-col items-start gap-2">
              <FailureWords error={found.failed} />
              <p>{t(found.fallback ? "awayDetail" : "oldDetail")}</p>
              <Button onClick={found.retry}>{t("again")}</Button>
            </div>
          </Callout>
        </div>
      )}
      {rows.length === 0 ? (
        <Nothing
          env={env}
          filtered={Object.keys(filter).length > 0}
          onClear={() => go(NO_FILTER, "replace")}
        />
      ) : (
        <div role="table" aria-label={t("title")} className={found.loadOlder ? undefined : "pb-16"}>
          <div
            role="row"
            className={`sticky top-9 z-10 border-line border-y bg-surface-0 max-lg:hidden ${COLUMNS}`}
          >
            {(["reason", "levers", "author", "receipt", "revision", "time"] as const).map((column) => (
              <span
                key={column}
                role="columnheader"
                className={classNames(
                  "label-12",
                  (column === "revision" || column === "time") && "text-right",
                )}
              >
                {t(`column.${column}`)}
              </span>
            ))}
          </div>
          {rows.map((row, index) => (
            <TimelineRow
              key={row.id}
              env={env}
              asked={index < PROVED_ROWS}
              row={row}
              undone={undone.get(row.id)}
              proof={row.refs.length === 1 ? proofs.get(row.id) : undefined}
              dated={dated}
              onOpen={onOpen}
            />
          ))}
        </div>
      )}
      {found.loadOlder && (
        <div className="flex flex-col items-start gap-2 px-4 pt-3 pb-16">
          <Button onClick={found.loadOlder} disabled={found.loading}>
            {found.loading ? t("loadingOlder") : t("older")}
          </Button>
          {found.olderFailed !== undefined && (
            <div className="text-failed">
              <FailureWords error={found.olderFailed} />
            </div>
          )}
        </div>
      )}
    </>
  );
}

function Nothing(props: { env: string; filtered: boolean; onClear: () => void }) {
  const t = useTranslations("changes");
  if (props.filtered) {
    return (
      <Empty title={t("nothingFound")}>
        <div className="flex flex-col items-start gap-2">
          <p>{t("nothingFoundDetail")}</p>
          <Button onClick={props.onClear}>{t("filter.clear")}</Button>
        </div>
      </Empty>
    );
  }
  return (
    <Empty
      title={t("empty")}
      line={`npx leverframe flip '*/switch/comments' --env ${props.env} --reason "try it"`}
    >
      {t("emptyDetail")}
    </Empty>
  );
}
