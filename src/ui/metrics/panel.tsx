"use client";

import { useTranslations } from "next-intl";
import { type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { Marker } from "../api/contract.ts";
import { Chart } from "../charts/chart.tsx";
import type { Line } from "../charts/series.ts";
import type { Span } from "../charts/span.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { type PanelName, panelOf, type Scope } from "./panels.ts";
import { useLines } from "./use-metrics.ts";

interface PanelProps {
  readonly env: string;
  readonly name: PanelName;
  readonly scope: Scope;
  readonly span: Span;
  readonly markers: readonly Marker[];
  readonly onMarker: (marker: Marker) => void;
  readonly onStretch: (aMs: number, bMs: number) => void;
  readonly onLine?: ((line: Line) => void) | undefined;
}

/** One figure of a scope. It asks only while it is in sight, or nearly. */
export function Panel({ env, name, scope, span, onLine, ...rest }: PanelProps) {
  const t = useTranslations("charts");
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  const panel = useMemo(() => panelOf(name, scope, t("whole")), [name, scope, t]);
  const { lines, pending, error } = useLines(env, panel.asked, span, seen);
  const instead =
    error !== undefined && lines.length === 0 ? (
      <div role="alert" className="flex h-full flex-col justify-center gap-1 ps-14 text-ink-2">
        <p className="font-medium text-failed">{t("failed")}</p>
        <FailureWords error={error} />
      </div>
    ) : pending ? (
      // What is out of sight is not asked for, and waits for nothing.
      <div role="status" className={seen ? "skeleton h-full" : "h-full"} aria-label={t("loading")} />
    ) : lines.length === 0 ? (
      <p className="flex h-full items-center justify-center text-ink-3">{t("nothing")}</p>
    ) : undefined;
  return (
    <div ref={place}>
      <Chart
        {...rest}
        title={t(`panel.${name}`)}
        lines={lines}
        span={span}
        unit={panel.unit}
        instead={instead}
        {...(name === "requests" || name === "errors" || name === "durations" ? { onLine } : {})}
      />
    </div>
  );
}

/** Whether an element is in sight, or within a screen of it. */
function useSeen(element: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => setSeen(entries.some(({ isIntersecting }) => isIntersecting)),
      { rootMargin: "50% 0px" },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return seen;
}
