"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Suspense, useMemo } from "react";
import type { Marker } from "../api/contract.ts";
import { markKey } from "../charts/marks.ts";
import { spanOf, stretchAddress } from "../charts/span.ts";
import { changeAddress, useAddress } from "../frame/address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { lazyPart } from "../lazy-part.tsx";
import { Panel } from "../metrics/panel.tsx";
import type { Scope } from "../metrics/panels.ts";
import { useMarkers } from "../metrics/use-metrics.ts";

const MarkerSheet = lazyPart(() =>
  import("../metrics/marker-sheet.tsx").then((module) => module.MarkerSheet),
);

const WHOLE: Scope = {
  service: undefined,
  instance: undefined,
  route: undefined,
  dependency: undefined,
  split: "whole",
};
const NAMES = ["requests", "errors", "durations"] as const;

/** Requests, errors and durations of the whole environment over the last quarter of an hour, with what happened. */
export function Traffic({ env, nowMs }: { env: string; nowMs: number }) {
  const t = useTranslations("overview");
  const router = useRouter();
  const { search, go } = useAddress();
  const { fromMs, toMs, stepMs, untilMs, range } = spanOf(search, nowMs);
  const span = useMemo(
    () => ({ fromMs, toMs, stepMs, untilMs, range }),
    [fromMs, toMs, stepMs, untilMs, range],
  );
  const markers = useMarkers(env, span);
  const handlers = useMemo(
    () => ({
      onMarker: (marker: Marker) => go({ marker: markKey(marker) }),
      onStretch: (aMs: number, bMs: number) =>
        router.push(`/charts?${changeAddress("", { env, ...stretchAddress(aMs, bMs) })}`),
    }),
    [go, router, env],
  );
  const opened = search.get("marker");
  return (
    <section aria-labelledby="traffic" className="px-4 pb-6">
      <h2 id="traffic" className="label-12 flex items-center border-line border-t pt-3 pb-2">
        {t("traffic")}
        <PageLink
          className="ms-auto font-normal text-12 text-accent normal-case"
          href={addressOf("/charts", env)}
        >
          {t("toMetrics")}
        </PageLink>
      </h2>
      <div className="grid grid-cols-1 gap-x-8 gap-y-6 lg:grid-cols-3">
        {NAMES.map((name) => (
          <Panel key={name} env={env} name={name} scope={WHOLE} span={span} markers={markers} {...handlers} />
        ))}
      </div>
      {opened !== null && (
        <Suspense>
          <MarkerSheet
            key={opened}
            env={env}
            name={opened}
            markers={markers}
            onClose={() => go({ marker: null })}
          />
        </Suspense>
      )}
    </section>
  );
}
