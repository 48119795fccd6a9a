"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { Suspense } from "react";
import { useLink } from "../api/live.ts";
import { useServices, useStale } from "../api/queries.ts";
import { readRef } from "../api/ref.ts";
import { useOldSince } from "../api/use-old-since.ts";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { DatedLine } from "../kit/dated-line.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { SearchField } from "../kit/search-field.tsx";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { useMayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { isResilienceKind, KINDS, type ResilienceKind } from "./kinds.ts";
import { useEveryLever } from "./queries.ts";

const Levers = lazyPart(() => import("./levers.tsx").then((module) => module.Levers));
const Verdict = lazyPart(() => import("./verdict.tsx").then((module) => module.Verdict));
const LeverSheet = lazyPart(() => import("./lever-sheet.tsx").then((module) => module.LeverSheet));
const NewLever = lazyPart(() => import("./new-lever.tsx").then((module) => module.NewLever));

/** Breakers with their live state, and the other levers that keep calls from doing harm. */
export function ResiliencePage() {
  const t = useTranslations("resilience");
  const env = useEnvironment();
  if (env !== undefined) return <Resilience key={env} env={env} />;
  return <SkeletonRows rows={6} label={t("loading")} />;
}

function Resilience({ env }: { env: string }) {
  const t = useTranslations("resilience");
  const { search, go } = useAddress();
  const board = useEveryLever(env);
  const services = useServices(env);
  const stale = useStale(env);
  const dated = useLink().phase === "lost" || stale !== undefined;
  const oldSince = useOldSince(env, Math.min(board.dataUpdatedAt, services.dataUpdatedAt));
  const mayMake = useMayIn("operator", env);
  const named = readRef(search.get("lever"));
  const asked = search.get("kind");
  const kind: ResilienceKind =
    named !== undefined && isResilienceKind(named.kind)
      ? named.kind
      : isResilienceKind(asked)
        ? asked
        : "breaker";
  const query = search.get("q") ?? "";
  const failed = [board, services].find((one) => one.isError && one.data === undefined);
  usePageTitle(named?.name ?? t("title"));
  return (
    <>
      <header className="flex flex-col gap-3 px-4 pt-4">
        <div className="flex flex-wrap items-center gap-3">
          <div className="min-w-0">
            <h1 className="label-12">{t("title")}</h1>
            <Suspense fallback={<p className="skeleton h-7 w-64 max-w-full" />}>
              {board.data && services.data ? (
                <Verdict kind={kind} levers={board.data.levers} services={services.data} />
              ) : (
                <p className="skeleton h-7 w-64 max-w-full" />
              )}
            </Suspense>
          </div>
          <div className="flex flex-1 flex-wrap items-center justify-end gap-3 max-md:basis-full">
            <SearchField
              label={t("search")}
              placeholder={t("searchPlaceholder")}
              query={query}
              onChange={(q) => go({ q }, "replace")}
            />
            <Button
              className="max-md:w-full"
              disabled={!mayMake}
              title={mayMake ? undefined : t("needsOperator")}
              onClick={() => go({ new: "1" })}
            >
              <Plus size={14} aria-hidden />
              {t("new")}
            </Button>
          </div>
        </div>
        <Kinds env={env} kind={kind} />
      </header>
      <div className="min-w-0 pb-16">
        {board.data && services.data && oldSince !== undefined && <DatedLine sinceMs={oldSince} />}
        {failed ? (
          <Failed title={t("failed")} onRetry={() => void Promise.all([board.refetch(), services.refetch()])}>
            <FailureWords error={failed.error} />
          </Failed>
        ) : (
          <Suspense fallback={<SkeletonRows rows={6} label={t("loading")} />}>
            {board.data && services.data ? (
              <Levers
                kind={kind}
                query={query}
                levers={board.data.levers}
                services={services.data}
                dated={dated}
              />
            ) : (
              <SkeletonRows rows={6} label={t("loading")} />
            )}
          </Suspense>
        )}
      </div>
      <Suspense fallback={null}>
        {named !== undefined && isResilienceKind(named.kind) && (
          <LeverSheet
            key={`${named.service}/${named.kind}/${named.name}`}
            env={env}
            target={{ service: named.service, kind: named.kind, name: named.name }}
            onClose={() => go({ lever: null, kind })}
          />
        )}
        {search.get("new") === "1" && (
          <NewLever
            env={env}
            kind={kind}
            onClose={() => go({ new: null })}
            onChosen={(lever) => go({ lever, new: null })}
          />
        )}
      </Suspense>
    </>
  );
}

function Kinds({ env, kind }: { env: string; kind: ResilienceKind }) {
  const t = useTranslations("resilience");
  return (
    <nav aria-label={t("kinds")} className="-mx-1 flex min-w-0 flex-wrap">
      {KINDS.map((one) => (
        <PageLink
          key={one}
          href={`/resilience?${new URLSearchParams({ env, kind: one })}`}
          aria-current={one === kind ? "page" : undefined}
          className="flex h-9 shrink-0 items-center border-transparent border-b-2 px-3 text-ink-2 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:font-medium aria-[current=page]:text-ink max-md:h-11 max-md:px-1.5"
        >
          {t(`kind.${one}`)}
        </PageLink>
      ))}
    </nav>
  );
}
