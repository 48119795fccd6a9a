"use client";

import { useTranslations } from "next-intl";
import { Suspense, useDeferredValue, useMemo } from "react";
import { useLink } from "../api/live.ts";
import { useServices, useStale } from "../api/queries.ts";
import { useOldSince } from "../api/use-old-since.ts";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { Button } from "../kit/button.tsx";
import { DatedLine } from "../kit/dated-line.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { SearchField } from "../kit/search-field.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { RecoveryCallout } from "../recovery/recovery-callout.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { searchServices } from "./fleet.ts";
import { ServiceList } from "./service-list.tsx";

const ServiceDetail = lazyPart(() => import("./service-detail.tsx").then((module) => module.ServiceDetail));

/** The fleet of the environment that the address names: every service, or one with its instances. */
export function ServicesPage() {
  const t = useTranslations("services");
  const env = useEnvironment();
  if (env !== undefined) return <Fleet key={env} env={env} />;
  return <SkeletonRows rows={8} label={t("loading")} />;
}

function Fleet({ env }: { env: string }) {
  const t = useTranslations("services");
  const { search: address, go } = useAddress();
  usePageTitle(address.get("service") ?? t("title"));
  const services = useServices(env);
  const stale = useStale(env);
  const dated = useLink().phase === "lost" || stale !== undefined;
  const oldSince = useOldSince(env, services.dataUpdatedAt);
  const named = address.get("service");
  const query = address.get("q") ?? "";
  const deferred = useDeferredValue(query);
  const found = useMemo(() => searchServices(services.data ?? [], deferred), [services.data, deferred]);
  const row = named === null ? undefined : services.data?.find(({ service }) => service === named);
  if (services.data && named !== null) {
    return row ? (
      <>
        {oldSince !== undefined && <DatedLine sinceMs={oldSince} />}
        <Suspense fallback={<SkeletonRows rows={8} label={t("loading")} />}>
          <ServiceDetail env={env} row={row} dated={dated} />
        </Suspense>
      </>
    ) : (
      <Empty title={t("unknown", { service: named })}>
        <Button onClick={() => go({ service: null })}>{t("all")}</Button>
      </Empty>
    );
  }
  return (
    <>
      <header className="flex flex-wrap items-center gap-3 px-4 pt-4 pb-3">
        <div className="min-w-0">
          <h1 className="label-12">{t("title")}</h1>
          {services.data ? (
            <p className="font-semibold text-20 max-md:text-16" data-testid="verdict">
              {t("count", {
                services: services.data.length,
                instances: services.data.reduce((sum, { instances }) => sum + instances.length, 0),
              })}
            </p>
          ) : (
            <p className="skeleton h-7 w-64 max-w-full" />
          )}
        </div>
        <div className="ms-auto max-md:w-full">
          <SearchField
            label={t("search")}
            placeholder={t("searchPlaceholder")}
            query={query}
            onChange={(q) => go({ q }, "replace")}
          />
        </div>
      </header>
      <RecoveryCallout
        env={env}
        holding={
          (services.data ?? []).flatMap(({ instances }) => instances.filter(({ hold }) => hold)).length
        }
      />
      {services.isPending && <SkeletonRows rows={8} label={t("loading")} />}
      {services.isError && services.data === undefined && (
        <Failed title={t("failed")} onRetry={() => void services.refetch()}>
          <FailureWords error={services.error} />
        </Failed>
      )}
      {services.data?.length === 0 && (
        <Empty
          title={t("empty")}
          line={`createAgent({ service: "order", env: "${env}", etcd: { endpoints } }).start();`}
        >
          {t("emptyDetail")}
        </Empty>
      )}
      {services.data && services.data.length > 0 && found.length === 0 && (
        <Empty title={t("nothingFound", { query: deferred })}>
          <Button onClick={() => go({ q: null }, "replace")}>{t("clearSearch")}</Button>
        </Empty>
      )}
      {services.data && oldSince !== undefined && <DatedLine sinceMs={oldSince} />}
      {found.length > 0 && (
        <ServiceList rows={found} dated={dated} onOpen={(service) => go({ service, q: null })} />
      )}
    </>
  );
}
