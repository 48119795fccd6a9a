"use client";

import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { Suspense, useCallback, useDeferredValue, useMemo } from "react";
import { useOldSince } from "../api/use-old-since.ts";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { Button } from "../kit/button.tsx";
import { SelectInput } from "../kit/field.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { SearchField } from "../kit/search-field.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { useMayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { FORMATS } from "./config-row.ts";
import { branchesOf, isUnproved, narrow, SHOWN } from "./config-tree.ts";
import { ExchangeActions } from "./exchange-actions.tsx";
import { useConfigs } from "./queries.ts";

/** Fetched beside the rows that it shows, so that the shell stands before both. */
const ConfigList = lazyPart(() => import("./config-list.tsx").then((module) => module.ConfigList));
const ConfigDetail = lazyPart(() => import("./config-detail.tsx").then((module) => module.ConfigDetail));
const ImportSheet = lazyPart(() => import("./import-sheet.tsx").then((module) => module.ImportSheet));
const NewConfig = lazyPart(() => import("./new-config.tsx").then((module) => module.NewConfig));

/** The configs of the environment that the address names: the tree of them, or one of them open. */
export function ConfigPage() {
  const t = useTranslations("config");
  const env = useEnvironment();
  const { search } = useAddress();
  const service = search.get("service");
  const name = search.get("name");
  if (env === undefined) return <SkeletonRows rows={8} label={t("loading")} />;
  if (service === null || name === null) return <Tree key={env} env={env} />;
  return (
    <Suspense fallback={<SkeletonRows rows={8} label={t("loading")} />}>
      <ConfigDetail key={`${env}/${service}/${name}`} env={env} service={service} name={name} />
    </Suspense>
  );
}

function Tree({ env }: { env: string }) {
  const t = useTranslations("config");
  const { search: address, go } = useAddress();
  const { board, rows } = useConfigs(env);
  const mayMake = useMayIn("operator", env);
  const query = address.get("q") ?? "";
  const format = FORMATS.find((known) => known === address.get("format"));
  const only = SHOWN.find((known) => known === address.get("only"));
  const shutText = address.get("shut") ?? "";
  const shut = useMemo(() => new Set(shutText.split(",").filter(Boolean)), [shutText]);
  const deferredQuery = useDeferredValue(query);
  const shown = useMemo(
    () => narrow(rows, { query: deferredQuery, format, only }),
    [rows, deferredQuery, format, only],
  );
  const branches = useMemo(() => branchesOf(shown), [shown]);
  const oldSince = useOldSince(env, board.dataUpdatedAt);
  usePageTitle(t("title"), rows.filter(isUnproved).length);
  const open = useCallback((service: string, name: string) => go({ service, name, new: null }), [go]);
  const fold = useCallback(
    (service: string) => {
      const next = new Set(shut);
      if (!next.delete(service)) next.add(service);
      go({ shut: [...next].join(",") }, "replace");
    },
    [shut, go],
  );
  return (
    <>
      <header className="flex flex-wrap items-center gap-3 px-4 pt-4 pb-3">
        <div className="min-w-0">
          <h1 className="label-12">{t("title")}</h1>
          {board.data ? (
            <p className="font-semibold text-20 max-md:text-16" data-testid="config-count">
              {t("count", { count: rows.length, services: new Set(rows.map((row) => row.service)).size })}
            </p>
          ) : (
            <p className="skeleton h-7 w-56 max-w-full" />
          )}
        </div>
        <div className="flex flex-1 flex-wrap items-center justify-end gap-3 max-md:basis-full">
          <SearchField
            label={t("search")}
            placeholder={t("searchPlaceholder")}
            query={query}
            onChange={(q) => go({ q }, "replace")}
          />
          <SelectInput
            aria-label={t("format")}
            className="w-auto! max-md:min-w-0 max-md:grow max-md:basis-[40%]"
            value={format ?? ""}
            onChange={(event) => go({ format: event.target.value }, "replace")}
          >
            <option value="">{t("everyFormat")}</option>
            {FORMATS.map((value) => (
              <option key={value} value={value}>
                {t(`formats.${value}`)}
              </option>
            ))}
          </SelectInput>
          <SelectInput
            aria-label={t("show")}
            className="w-auto! max-md:min-w-0 max-md:grow max-md:basis-[40%]"
            value={only ?? ""}
            onChange={(event) => go({ only: event.target.value }, "replace")}
          >
            <option value="">{t("shown.all")}</option>
            {SHOWN.map((value) => (
              <option key={value} value={value}>
                {t(`shown.${value}`)}
              </option>
            ))}
          </SelectInput>
          <ExchangeActions
            env={env}
            revision={board.data?.revision ?? 0}
            rows={shown}
            mayImport={mayMake}
            onImport={() => go({ import: "1", new: null })}
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
      </header>
      {board.data === undefined && !board.isError && <SkeletonRows rows={12} label={t("loading")} />}
      {board.data === undefined && board.isError && (
        <Failed title={t("failed")} onRetry={() => void board.refetch()}>
          <FailureWords error={board.error} />
        </Failed>
      )}
      {board.data && rows.length === 0 && (
        <Empty title={t("empty")} line={`const banner = agent.config("banner", { text: "" });`}>
          {t("emptyDetail")}
        </Empty>
      )}
      {board.data && rows.length > 0 && branches.length === 0 && (
        <Empty title={t("nothingFound")}>
          <Button onClick={() => go({ q: null, format: null, only: null }, "replace")}>
            {t("clearFilters")}
          </Button>
        </Empty>
      )}
      <Suspense fallback={<SkeletonRows rows={12} label={t("loading")} />}>
        {branches.length > 0 && (
          <ConfigList
            env={env}
            branches={branches}
            shut={shut}
            datedSinceMs={oldSince}
            onFold={fold}
            onOpen={open}
          />
        )}
      </Suspense>
      {address.get("import") === "1" && board.data && (
        <Suspense>
          <ImportSheet
            env={env}
            rows={rows}
            onClose={() => go({ import: null })}
            onCollected={() => go({ import: null, tray: "1" })}
          />
        </Suspense>
      )}
      {address.get("new") === "1" && (
        <Suspense>
          <NewConfig env={env} rows={rows} onClose={() => go({ new: null })} onPublished={open} />
        </Suspense>
      )}
    </>
  );
}
