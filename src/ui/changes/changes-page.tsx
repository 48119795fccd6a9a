"use client";

import { History } from "lucide-react";
import { useTranslations } from "next-intl";
import { Suspense, useMemo } from "react";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { Button } from "../kit/button.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { Segmented } from "../kit/segmented.tsx";
import { SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { filterOf } from "./change-filter.ts";
import { Filters } from "./filters.tsx";
import { Timeline } from "./timeline.tsx";

const Upcoming = lazyPart(() => import("./upcoming.tsx").then((module) => module.Upcoming));
const ChangeSheet = lazyPart(() => import("./change-sheet.tsx").then((module) => module.ChangeSheet));
const AsItWas = lazyPart(() => import("./as-it-was.tsx").then((module) => module.AsItWas));
const RestoreSheet = lazyPart(() => import("./restore-sheet.tsx").then((module) => module.RestoreSheet));

/** What was changed, by whom and why; what will change by itself; and the ways back. */
export function ChangesPage() {
  const t = useTranslations("changes");
  const env = useEnvironment();
  if (env !== undefined) return <Changes key={env} env={env} />;
  return <SkeletonRows rows={8} label={t("loading")} />;
}

function Changes({ env }: { env: string }) {
  const t = useTranslations("changes");
  const { search, go } = useAddress();
  usePageTitle(t("title"));
  const filter = useMemo(() => filterOf(search), [search]);
  const change = search.get("change");
  const restore = search.get("restore");
  const asOf = search.get("asof");
  return (
    <>
      <header className="flex flex-wrap items-center gap-3 px-4 pt-4 pb-3">
        <h1 className="font-semibold text-20 max-md:text-16">{t("title")}</h1>
        <Segmented
          label={t("then.views")}
          value={asOf === null ? "timeline" : "then"}
          options={[
            { value: "timeline", label: t("then.timeline") },
            { value: "then", label: t("then.tab") },
          ]}
          onChange={(view) => go({ asof: view === "then" ? "time" : null, show: null })}
        />
        <Button className="ms-auto" onClick={() => go({ restore: "1", change: null })}>
          <History size={14} aria-hidden />
          {t("restore.open")}
        </Button>
      </header>
      {asOf === null ? (
        <>
          <Suspense fallback={<p className="skeleton mx-4 mb-3 h-9" />}>
            <Upcoming env={env} />
          </Suspense>
          <Filters env={env} filter={filter} />
          <Timeline
            key={JSON.stringify(filter)}
            env={env}
            filter={filter}
            onOpen={(id) => go({ change: id, restore: null })}
          />
        </>
      ) : (
        <Suspense fallback={<SkeletonRows rows={8} label={t("then.loading")} />}>
          <AsItWas env={env} asOf={asOf} />
        </Suspense>
      )}
      {change !== null && (
        <Suspense>
          <ChangeSheet key={change} env={env} id={change} onClose={() => go({ change: null })} />
        </Suspense>
      )}
      {restore !== null && change === null && (
        <Suspense>
          <RestoreSheet env={env} from={restore} onClose={() => go({ restore: null })} />
        </Suspense>
      )}
    </>
  );
}
