"use client";

import { useTranslations } from "next-intl";
import { Suspense } from "react";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { PageLink } from "../frame/page-link.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { useStanding } from "./use-alerts.ts";

const TABS = ["standing", "history", "rules", "telling"] as const;
type Tab = (typeof TABS)[number];

const VIEWS = {
  standing: lazyPart(() => import("./standing-tab.tsx").then((module) => module.StandingTab)),
  history: lazyPart(() => import("./history-tab.tsx").then((module) => module.HistoryTab)),
  rules: lazyPart(() => import("./rules-tab.tsx").then((module) => module.RulesTab)),
  telling: lazyPart(() => import("./telling-tab.tsx").then((module) => module.TellingTab)),
} as const satisfies Readonly<Record<Tab, unknown>>;

/** What fires, what fired, by which rules, and who is told. */
export function AlertsPage() {
  const t = useTranslations("alerts");
  const env = useEnvironment();
  return env === undefined ? <SkeletonRows rows={6} label={t("loading")} /> : <Alerts key={env} env={env} />;
}

function Alerts({ env }: { env: string }) {
  const t = useTranslations("alerts");
  const { search } = useAddress();
  const named = search.get("tab");
  const tab = TABS.find((one) => one === named) ?? "standing";
  const standing = useStanding(env);
  const firing = standing.data?.alerts.filter(
    ({ startsAt, endsAt }) => startsAt !== undefined && endsAt === undefined,
  );
  const count = (firing?.length ?? 0) + (standing.data?.elsewhere?.length ?? 0);
  const critical = firing?.filter(({ severity }) => severity === "critical").length ?? 0;
  usePageTitle(t("title"), count);
  const View = VIEWS[tab];
  return (
    <>
      <header className="flex flex-col gap-3 px-4 pt-4">
        <div>
          <h1 className="label-12">{t("title")}</h1>
          {standing.isPending ? (
            <p className="skeleton h-7 w-64 max-w-full" />
          ) : (
            <p className="font-semibold text-20 max-md:text-16" data-testid="verdict">
              {standing.data === undefined ? t("unknown") : t("verdict", { count, critical })}
            </p>
          )}
        </div>
        <nav aria-label={t("tabs")} className="-mx-1 flex min-w-0 flex-wrap">
          {TABS.map((one) => (
            <PageLink
              key={one}
              href={`/alerts?${new URLSearchParams({ env, tab: one })}`}
              aria-current={one === tab ? "page" : undefined}
              className="flex h-9 shrink-0 items-center border-transparent border-b-2 px-3 text-ink-2 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:font-medium aria-[current=page]:text-ink max-md:h-11 max-md:px-1.5"
            >
              {t(`tab.${one}`)}
            </PageLink>
          ))}
        </nav>
      </header>
      <div className="min-w-0 border-line border-t pb-16">
        {standing.isError && standing.data === undefined && tab === "standing" ? (
          <Failed title={t("failed")} onRetry={() => void standing.refetch()}>
            <FailureWords error={standing.error} />
          </Failed>
        ) : (
          <Suspense fallback={<SkeletonRows rows={6} label={t("loading")} />}>
            <View env={env} />
          </Suspense>
        )}
      </div>
    </>
  );
}
