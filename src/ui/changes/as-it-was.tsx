"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowRight, ChevronRight, Equal, Minus, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { failureOf } from "../api/errors.ts";
import { keys } from "../api/live.ts";
import { formatRef } from "../api/ref.ts";
import { useAddress } from "../frame/address.ts";
import { leverAddress } from "../frame/lever-address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { classNames } from "../kit/class-names.ts";
import { Segmented } from "../kit/segmented.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { changesApi } from "./api.ts";
import { useDiffWords } from "./diff-words.ts";
import { LeverDiffs } from "./lever-diff.tsx";
import { MomentField, useMomentWords } from "./moment-field.tsx";
import { momentOf } from "./restore-draft.ts";
import { compareStates, FATES, type Fate, momentText, type ThenRow, typedMoment } from "./then.ts";

const SHOWN = 200;
const STANDING_MS = 3_000;
const FATE_ICON: Readonly<Record<Fate, typeof Plus>> = {
  changed: ArrowRight,
  gone: Minus,
  new: Plus,
  same: Equal,
};

/** The whole environment as it stood at a moment, beside how it stands now. Anybody who may look may look at this. */
export function AsItWas({ env, asOf }: { env: string; asOf: string }) {
  const t = useTranslations("changes.then");
  const { go } = useAddress();
  const moments = useMomentWords();
  const typed = typedMoment(asOf);
  const moment = momentOf(typed);
  const said = moment && moments(moment);
  return (
    <>
      <div className="flex flex-wrap items-end gap-3 px-4 pb-3">
        <div className="w-full max-w-md">
          <MomentField
            typed={typed}
            onChange={(change) => go({ asof: momentText({ ...typed, ...change }) }, "replace")}
          />
        </div>
        {moment !== undefined && (
          <Button onClick={() => go({ restore: asOf })} className="max-md:w-full">
            {t("restore")}
          </Button>
        )}
      </div>
      {moment === undefined ? (
        <Empty title={t("choose")}>{t("chooseDetail")}</Empty>
      ) : (
        <Compared key={asOf} env={env} asOf={asOf} said={said ?? asOf} />
      )}
    </>
  );
}

function Compared({ env, asOf, said }: { env: string; asOf: string; said: string }) {
  const t = useTranslations("changes.then");
  const moment = momentOf(typedMoment(asOf));
  const former = useQuery({
    queryKey: ["state-at", env, asOf],
    queryFn: ({ signal }) => changesApi.stateAt(env, moment ?? { revision: 1 }, { signal }),
    enabled: moment !== undefined,
    retry: false,
  });
  const standing = useQuery({
    queryKey: [...keys.board(env), "every-kind"],
    queryFn: ({ signal }) => changesApi.standing(env, { signal }),
    refetchInterval: STANDING_MS,
  });
  const rows = useMemo(
    () => former.data && standing.data && compareStates(former.data, standing.data.levers),
    [former.data, standing.data],
  );
  const failed = former.isError ? former : standing.isError && !standing.data ? standing : undefined;
  if (failed !== undefined) {
    const unknown = failureOf(failed.error).kind === "not-found";
    return (
      <Failed
        title={unknown ? t("unknown", { moment: said }) : t("failed")}
        onRetry={() => void failed.refetch()}
      >
        <FailureWords error={failed.error} />
      </Failed>
    );
  }
  if (rows === undefined) return <SkeletonRows rows={8} label={t("loading")} />;
  return <Rows env={env} rows={rows} said={said} />;
}

function Rows({ env, rows, said }: { env: string; rows: readonly ThenRow[]; said: string }) {
  const t = useTranslations("changes.then");
  const { search, go } = useAddress();
  const everything = search.get("show") === "all";
  const [more, setMore] = useState(0);
  const counts = Object.fromEntries(
    FATES.map((fate) => [fate, rows.filter((row) => row.fate === fate).length]),
  ) as Record<Fate, number>;
  const differing = rows.length - counts.same;
  const shown = everything ? rows : rows.filter(({ fate }) => fate !== "same");
  const limit = SHOWN + more;
  return (
    <section aria-label={t("title")}>
      <div className="flex flex-wrap items-center gap-3 px-4 pb-3">
        <p className="font-semibold text-16" data-testid="then-verdict">
          {differing === 0
            ? t("allSame", { count: rows.length, moment: said })
            : t("differ", { count: differing, of: rows.length, moment: said })}
        </p>
        <div className="ms-auto">
          <Segmented
            label={t("show")}
            value={everything ? "all" : "differing"}
            options={[
              { value: "differing", label: t("showDiffering", { count: differing }) },
              { value: "all", label: t("showAll", { count: rows.length }) },
            ]}
            onChange={(show) => go({ show: show === "all" ? "all" : null }, "replace")}
          />
        </div>
      </div>
      <ul className="border-line border-t pb-8">
        {shown.slice(0, limit).map((row) => (
          <Line key={formatRef(row.ref)} env={env} row={row} />
        ))}
      </ul>
      {shown.length > limit && (
        <div className="px-4 pb-16">
          <Button onClick={() => setMore(more + SHOWN)}>{t("more", { count: shown.length - limit })}</Button>
        </div>
      )}
    </section>
  );
}

function Line({ env, row }: { env: string; row: ThenRow }) {
  const t = useTranslations("changes.then");
  const words = useDiffWords();
  const [open, setOpen] = useState(false);
  const { ref, fate, was, now, diff } = row;
  const Icon = FATE_ICON[fate];
  return (
    <li className="border-line border-b" data-then={formatRef(ref)} data-fate={fate}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="grid w-full grid-cols-[14px_88px_minmax(0,1fr)] items-center gap-x-3 gap-y-1 px-4 py-1.5 text-start hover:bg-surface-2 max-md:py-3 lg:grid-cols-[14px_88px_minmax(0,1.2fr)_minmax(0,2fr)_176px]"
      >
        <ChevronRight size={14} className={classNames("text-ink-3", open && "rotate-90")} aria-hidden />
        <span
          className={classNames(
            "inline-flex items-center gap-1 text-12",
            fate === "same" ? "text-ink-3" : "font-semibold text-ink",
          )}
        >
          <Icon size={12} aria-hidden />
          {t(`fate-${fate}`)}
        </span>
        <span className="min-w-0 truncate">
          <span className="text-12 text-ink-3">{ref.kind}</span>{" "}
          <span className="font-medium">{ref.name}</span>{" "}
          <span className="text-12 text-ink-2">{words.where(ref)}</span>
        </span>
        <span className="min-w-0 truncate text-12 text-ink-2 max-lg:col-span-2 max-lg:col-start-2">
          {fate === "same" ? "" : words.sentence(diff)}
        </span>
        <span className="whitespace-nowrap font-mono text-12 text-ink-3 max-lg:col-start-2 max-lg:col-span-2 lg:text-right">
          {was ? `v${was.version} · r${was.revision}` : "–"} →{" "}
          {now ? `v${now.version} · r${now.revision}` : "–"}
        </span>
      </button>
      {open && (
        <div className="flex flex-col gap-3 bg-surface-1 px-4 py-3 lg:ps-10">
          {was !== undefined && (
            <p className="text-12 text-ink-2">{t("was", { reason: was.reason, author: was.author.id })}</p>
          )}
          {fate === "same" ? (
            <pre className="max-h-60 overflow-auto font-mono text-12">
              {JSON.stringify(now?.resource?.spec ?? null, null, 2).slice(0, 4_000)}
            </pre>
          ) : (
            <LeverDiffs diffs={[diff]} />
          )}
          <PageLink href={leverAddress(ref, env)} className="self-start rounded-4 text-accent">
            {t("open")}
          </PageLink>
        </div>
      )}
    </li>
  );
}
