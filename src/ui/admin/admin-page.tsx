"use client";

import { useTranslations } from "next-intl";
import { Suspense } from "react";
import type { SessionView } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { useEnvironment, useSession } from "../frame/environment.tsx";
import { PageLink } from "../frame/page-link.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { useWaiting } from "./use-waiting.ts";

const TABS = ["approvals", "people", "tokens", "audit", "environments"] as const;
type Tab = (typeof TABS)[number];

const VIEWS = {
  approvals: lazyPart(() => import("./approvals-tab.tsx").then((module) => module.ApprovalsTab)),
  people: lazyPart(() => import("./people-tab.tsx").then((module) => module.PeopleTab)),
  tokens: lazyPart(() => import("./tokens-tab.tsx").then((module) => module.TokensTab)),
  audit: lazyPart(() => import("./audit-tab.tsx").then((module) => module.AuditTab)),
  environments: lazyPart(() => import("./environments-tab.tsx").then((module) => module.EnvironmentsTab)),
} as const satisfies Readonly<Record<Tab, unknown>>;

/** While somebody looks for what waits for them. */
const FOLLOWED_EVERY_MS = 5_000;

/** Who may do what, and who did what: approvals, people, tokens, the audit log, environments. */
export function AdminPage() {
  const t = useTranslations("admin");
  const session = useSession();
  if (session.isError && session.data === undefined) {
    return (
      <Failed title={t("failed")} onRetry={() => void session.refetch()}>
        <FailureWords error={session.error} />
      </Failed>
    );
  }
  if (session.data?.signedIn !== true) return <SkeletonRows rows={6} label={t("loading")} />;
  return <Admin session={session.data} />;
}

function Admin({ session }: { session: SessionView }) {
  const t = useTranslations("admin");
  const { search } = useAddress();
  const named = search.get("tab");
  const tab = TABS.find((one) => one === named) ?? "approvals";
  const waiting = useWaiting(FOLLOWED_EVERY_MS);
  const count = waiting.rows.length;
  usePageTitle(t(`tab.${tab}`), count);
  const View = VIEWS[tab];
  return (
    <>
      <header className="flex flex-col gap-3 px-4 pt-4">
        <div>
          <h1 className="label-12">{t("title")}</h1>
          {waiting.pending ? (
            <p className="skeleton h-7 w-64 max-w-full" />
          ) : (
            <p className="font-semibold text-20 max-md:text-16" data-testid="verdict">
              {waiting.failed.length > 0 && count === 0 ? t("waitingUnknown") : t("waiting", { count })}
            </p>
          )}
        </div>
        <Tabs tab={tab} count={count} session={session} />
      </header>
      <div className="min-w-0 border-line border-t pb-16">
        <Suspense fallback={<SkeletonRows rows={6} label={t("loading")} />}>
          <View session={session} />
        </Suspense>
      </div>
    </>
  );
}

function Tabs({ tab, count, session }: { tab: Tab; count: number; session: SessionView }) {
  const t = useTranslations("admin");
  const env = useEnvironment();
  const address = (to: Tab) => `/admin?${new URLSearchParams(env === undefined ? {} : { env })}&tab=${to}`;
  const closed = (one: Tab): boolean => !session.controlAdmin && (one === "people" || one === "audit");
  return (
    <nav aria-label={t("tabs")} className="-mx-1 flex min-w-0 flex-wrap">
      {TABS.map((one) => (
        <PageLink
          key={one}
          href={address(one)}
          aria-current={one === tab ? "page" : undefined}
          title={closed(one) ? t("needsControl") : undefined}
          className={`flex h-9 shrink-0 items-center gap-2 border-transparent border-b-2 px-3 max-md:px-1.5 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:font-medium aria-[current=page]:text-ink max-md:h-11 ${closed(one) ? "text-ink-3" : "text-ink-2"}`}
        >
          {t(`tab.${one}`)}
          {one === "approvals" && count > 0 && (
            <span className="rounded-4 bg-pending px-1.5 font-semibold text-12 text-surface-0">{count}</span>
          )}
        </PageLink>
      ))}
    </nav>
  );
}
