"use client";

import { useTranslations } from "next-intl";
import { Suspense } from "react";
import { useAddress } from "../frame/address.ts";
import { useEnvironment } from "../frame/environment.tsx";
import { useNowMs } from "../kit/clock.ts";
import { usePageTitle } from "../kit/page-title.ts";
import { SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";

const Topology = lazyPart(() => import("./topology.tsx").then((module) => module.Topology));

/** The service graph of an environment, now and at moments that are over. */
export function TopologyPage() {
  const t = useTranslations("topology");
  const env = useEnvironment();
  const nowMs = useNowMs();
  const { search } = useAddress();
  usePageTitle(search.get("node") ?? t("title"));
  const waiting = <SkeletonRows rows={8} label={t("loading")} />;
  if (env === undefined || nowMs === 0) return waiting;
  return (
    <Suspense fallback={waiting}>
      <Topology key={env} env={env} nowMs={nowMs} />
    </Suspense>
  );
}
