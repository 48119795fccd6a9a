"use client";

import { useFormatter, useTranslations } from "next-intl";
import { RANGES, type Range, rangeAddress, type Span } from "../charts/span.ts";
import type { AddressChange } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Segmented } from "../kit/segmented.tsx";

/** How far back is searched; a stretch that was dragged, or that a chart led to, is named and left again. */
export function SpanChoice({ span, onChange }: { span: Span; onChange: (change: AddressChange) => void }) {
  const t = useTranslations("traces");
  const format = useFormatter();
  const clock = (at: number) =>
    format.dateTime(new Date(at), {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
  return (
    <div className="flex flex-wrap items-center gap-2">
      {span.range === undefined && (
        <>
          <span className="font-mono text-12 text-ink-2" data-testid="stretch">
            {format.dateTime(new Date(span.fromMs), { month: "short", day: "numeric" })} {clock(span.fromMs)}{" "}
            – {clock(span.toMs)}
          </span>
          <Button onClick={() => onChange(rangeAddress("15m"))}>{t("toNow")}</Button>
        </>
      )}
      <Segmented<Range | "stretch">
        label={t("range")}
        value={span.range ?? "stretch"}
        options={(Object.keys(RANGES) as Range[]).map((range) => ({
          value: range,
          label: t(`ranges.${range}`),
        }))}
        onChange={(range) => range !== "stretch" && onChange(rangeAddress(range))}
      />
    </div>
  );
}
