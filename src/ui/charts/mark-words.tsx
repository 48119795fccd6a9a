"use client";

import { PackageCheck, RotateCw, Scaling, ToggleRight } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useCallback } from "react";
import type { Marker } from "../api/contract.ts";

const GLYPHS = { change: ToggleRight, deploy: PackageCheck, restart: RotateCw, scaling: Scaling } as const;

/** A change set, a deploy, a restart and a scaling each have a shape. */
export function MarkGlyph({ kind, size = 14 }: { kind: Marker["kind"]; size?: number }) {
  const Glyph = GLYPHS[kind];
  return <Glyph size={size} aria-hidden className="shrink-0" />;
}

/** What happened, in a line. */
export function useMarkTitle(): (marker: Marker) => string {
  const t = useTranslations("charts.mark");
  return useCallback(
    (marker: Marker): string => {
      switch (marker.kind) {
        case "change":
          return t("change", { revision: marker.revision, reason: marker.reason || t("noReason") });
        case "deploy":
          return marker.from === ""
            ? t("firstDeploy", { service: marker.service, to: marker.to })
            : t("deploy", { service: marker.service, from: marker.from, to: marker.to });
        case "restart":
          return t("restart", { service: marker.service, count: marker.instances.length });
        case "scaling":
          return t("scaling", { service: marker.service, from: marker.from, to: marker.to });
      }
    },
    [t],
  );
}

/** The same with its moment. */
export function useMarkWords(): (marker: Marker) => string {
  const title = useMarkTitle();
  const format = useFormatter();
  return useCallback(
    (marker: Marker): string =>
      `${format.dateTime(new Date(marker.atMs), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" })} ${title(marker)}`,
    [format, title],
  );
}
