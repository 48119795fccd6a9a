"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { Suspense, useDeferredValue, useEffect, useMemo } from "react";
import { useBoard } from "../api/queries.ts";
import { formatRef, type LeverRef, readRef } from "../api/ref.ts";
import { useOldSince } from "../api/use-old-since.ts";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { Button } from "../kit/button.tsx";
import { classNames } from "../kit/class-names.ts";
import { usePageTitle } from "../kit/page-title.ts";
import { SearchField } from "../kit/search-field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { GROUPINGS, type Grouping, tally } from "./board-order.ts";
import { FailureWords } from "./failure-words.tsx";
import { type SwitchRow, switchRows } from "./switch-row.ts";

/** Fetched beside the rows that it shows, so that the shell stands before both. */
const BoardBody = lazyPart(() => import("./board-body.tsx").then((module) => module.BoardBody));
const loadSheet = () => import("./lever-sheet.tsx").then((module) => module.LeverSheet);
const LeverSheet = lazyPart(loadSheet);
const NewSwitch = lazyPart(() => import("./new-switch.tsx").then((module) => module.NewSwitch));

/** The board of switches in the environment that the address names. */
export function SwitchesPage() {
  const t = useTranslations("switches");
  const env = useEnvironment();
  if (env !== undefined) return <Board key={env} env={env} />;
  return <SkeletonRows rows={8} label={t("loading")} />;
}

function Board({ env }: { env: string }) {
  const t = useTranslations("switches");
  const { search: address, go } = useAddress();
  const board = useBoard(env);
  const query = address.get("q") ?? "";
  const grouping = GROUPINGS.find((known) => known === address.get("by")) ?? "service";
  const open = readRef(address.get("lever"));
  const deferredQuery = useDeferredValue(query);
  const rows = useMemo(() => switchRows(board.data?.levers ?? []), [board.data]);
  const oldSince = useOldSince(env, board.dataUpdatedAt);
  // The sheet is fetched before it is wanted: it must open also when the server has gone meanwhile.
  useEffect(() => void loadSheet(), []);
  const openLever = (ref: LeverRef) => go({ lever: formatRef(ref), new: null });
  return (
    <>
      <header className="flex flex-wrap items-center gap-3 px-4 pt-4 pb-3">
        <Verdict rows={rows} loading={board.data === undefined} dated={oldSince !== undefined} />
        <div className="flex flex-1 flex-wrap items-center justify-end gap-3 max-md:basis-full">
          <SearchField
            label={t("search")}
            placeholder={t("searchPlaceholder")}
            query={query}
            onChange={(q) => go({ q }, "replace")}
          />
          <GroupingChoice
            grouping={grouping}
            onChange={(by) => go({ by: by === "service" ? null : by }, "replace")}
          />
          <Button onClick={() => go({ new: "1", lever: null })}>
            <Plus size={14} aria-hidden />
            {t("new")}
          </Button>
        </div>
      </header>
      {board.data === undefined && !board.isError && <SkeletonRows rows={12} label={t("loading")} />}
      {board.data === undefined && board.isError && (
        <Failed title={t("failed")} onRetry={() => void board.refetch()}>
          <FailureWords error={board.error} />
        </Failed>
      )}
      {board.data && rows.length === 0 && (
        <Empty title={t("empty")} line={`const comments = agent.switch("comments", { level: "non-core" });`}>
          {t("emptyDetail")}
        </Empty>
      )}
      <Suspense fallback={<SkeletonRows rows={12} label={t("loading")} />}>
        {rows.length > 0 && (
          <BoardBody
            env={env}
            rows={rows}
            query={deferredQuery}
            grouping={grouping}
            selected={open && formatRef(open)}
            datedSinceMs={oldSince}
            onOpen={openLever}
          />
        )}
      </Suspense>
      <Suspense>
        {open && (
          <LeverSheet key={formatRef(open)} env={env} target={open} onClose={() => go({ lever: null })} />
        )}
        {address.get("new") === "1" && (
          <NewSwitch env={env} onClose={() => go({ new: null })} onPublished={openLever} />
        )}
      </Suspense>
    </>
  );
}

interface VerdictProps {
  readonly rows: readonly SwitchRow[];
  readonly loading: boolean;
  readonly dated: boolean;
}

/** What an operator at night wants to know first, as one sentence. */
function Verdict({ rows, loading, dated }: VerdictProps) {
  const t = useTranslations("switches");
  const { total, ...counts } = tally(rows);
  const deviating = counts.invalid + counts.degraded + counts.unproved;
  usePageTitle(t("title"), deviating);
  const parts = (["invalid", "degraded", "unproved"] as const)
    .filter((what) => counts[what] > 0)
    .map((what) => t(`verdict.${what}`, { count: counts[what] }));
  const sentence =
    total === 0
      ? t("none")
      : parts.length === 0
        ? t("allNormal", { total })
        : t("verdict.of", { total, parts: parts.join(t("verdict.comma")) });
  return (
    <div className="min-w-0">
      <h1 className="label-12">{t("title")}</h1>
      {loading ? (
        <p className="skeleton h-7 w-72 max-w-full" />
      ) : (
        <p
          className={classNames("font-semibold text-20 max-md:text-16", dated && "dated")}
          data-testid="verdict"
        >
          {sentence}
        </p>
      )}
    </div>
  );
}

function GroupingChoice({
  grouping,
  onChange,
}: {
  grouping: Grouping;
  onChange: (grouping: Grouping) => void;
}) {
  const t = useTranslations("switches");
  return (
    <Segmented
      label={t("groupBy")}
      value={grouping}
      onChange={onChange}
      options={GROUPINGS.map((value) => ({ value, label: t(`by.${value}`) }))}
    />
  );
}
