"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Suspense } from "react";
import { useLink } from "../api/live.ts";
import { useStale } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { useOldSince } from "../api/use-old-since.ts";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { Button } from "../kit/button.tsx";
import { DatedLine } from "../kit/dated-line.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { ReceiptMini } from "../kit/receipt-bar.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { useRollouts } from "./queries.ts";
import { keyOf, type RolloutRow } from "./rollout-row.ts";

const RolloutSheet = lazyPart(() => import("./rollout-sheet.tsx").then((module) => module.RolloutSheet));
const StartRollout = lazyPart(() => import("./start-rollout.tsx").then((module) => module.StartRollout));

/** Gray releases of the environment that the address names: all, or one with its slider. */
export function RolloutsPage() {
  const t = useTranslations("rollouts");
  const env = useEnvironment();
  if (env !== undefined) return <Rollouts key={env} env={env} />;
  return <SkeletonRows rows={4} label={t("loading")} />;
}

function Rollouts({ env }: { env: string }) {
  const t = useTranslations("rollouts");
  const { search, go } = useAddress();
  const { board, levers, rollouts } = useRollouts(env);
  const starting = search.get("new") === "1";
  const stale = useStale(env);
  const dated = useLink().phase === "lost" || stale !== undefined;
  const oldSince = useOldSince(env, board.dataUpdatedAt);
  const named = search.get("lever");
  const open = rollouts.find((row) => formatRef(row.lever) === named);
  usePageTitle(named ?? t("title"));
  return (
    <>
      <header className="flex flex-wrap items-center gap-3 px-4 pt-4 pb-3">
        <div className="min-w-0">
          <h1 className="label-12">{t("title")}</h1>
          {board.data ? (
            <p className="font-semibold text-20 max-md:text-16" data-testid="verdict">
              {t("count", { count: rollouts.length })}
            </p>
          ) : (
            <p className="skeleton h-7 w-64 max-w-full" />
          )}
        </div>
        <Button className="ms-auto" disabled={!board.data} onClick={() => go({ new: "1" })}>
          {t("start")}
        </Button>
      </header>
      {board.isPending && <SkeletonRows rows={4} label={t("loading")} />}
      {board.isError && board.data === undefined && (
        <Failed title={t("failed")} onRetry={() => void board.refetch()}>
          <FailureWords error={board.error} />
        </Failed>
      )}
      {board.data && rollouts.length === 0 && (
        <Empty title={t("empty")}>
          <p>{t("emptyDetail")}</p>
        </Empty>
      )}
      {board.data && oldSince !== undefined && <DatedLine sinceMs={oldSince} />}
      {rollouts.length > 0 && (
        <ul className="border-line border-t" aria-label={t("title")}>
          {rollouts.map((row) => (
            <Line
              key={formatRef(row.lever)}
              row={row}
              dated={dated}
              onOpen={() => go({ lever: formatRef(row.lever) })}
            />
          ))}
        </ul>
      )}
      <Suspense fallback={null}>
        {open && (
          <RolloutSheet
            key={formatRef(open.lever)}
            env={env}
            row={open}
            onClose={() => go({ lever: null })}
          />
        )}
        {starting && (
          <StartRollout
            env={env}
            levers={levers}
            onClose={() => go({ new: null })}
            onStarted={(ref) => {
              go({ lever: ref, new: null });
            }}
          />
        )}
      </Suspense>
    </>
  );
}

function Line({ row, dated, onOpen }: { row: RolloutRow; dated: boolean; onOpen: () => void }) {
  const t = useTranslations("rollouts");
  const format = useFormatter();
  const { lever, rollout } = row;
  const share = format.number(rollout.shareBp / 100, { maximumFractionDigits: 2 });
  return (
    <li className="border-line border-b">
      <button
        type="button"
        onClick={onOpen}
        className="flex w-full flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 text-start hover:bg-surface-2 max-md:py-3"
      >
        <span className="min-w-0 flex-1 basis-60 font-medium wrap-anywhere">{formatRef(lever)}</span>
        <span className="flex w-44 items-center gap-2 tabular-nums">
          <span className="h-2 flex-1 overflow-hidden rounded-4 border border-ink-3" aria-hidden>
            <span className="block h-full bg-candidate" style={{ width: `${rollout.shareBp / 100}%` }} />
          </span>
          <span className="w-14 text-end">{share} %</span>
        </span>
        <span className="w-32 text-12 text-ink-2">{t("by", { unit: keyOf(rollout) ?? t("instance") })}</span>
        <span className="w-40">
          <ReceiptMini summary={lever.convergence} dated={dated} />
        </span>
        <span className="flex min-w-0 basis-48 gap-2 text-12 text-ink-3">
          <span className="truncate">{lever.reason}</span>
          {lever.updatedAt !== "" && (
            <span className="shrink-0">
              <RelativeTime at={lever.updatedAt} />
            </span>
          )}
        </span>
      </button>
    </li>
  );
}
