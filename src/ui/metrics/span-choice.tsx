"use client";

import { useFormatter, useTranslations } from "next-intl";
import { RANGES, type Range, rangeAddress, type Span } from "../charts/span.ts";
import type { AddressChange } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Segmented } from "../kit/segmented.tsx";

interface SpanChoiceProps {
  readonly span: Span;
  readonly onChange: (change: AddressChange) => void;
}

/** How far back; a stretch that was dragged is named, and left again. */
export function SpanChoice({ span, onChange }: SpanChoiceProps) {
  const t = useTranslations("charts");
  const format = useFormatter();
  const shown = (at: number) =>
    format.dateTime(new Date(at), {
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Segmented<Range | "stretch">
        label={t("range")}
        value={span.range ?? "stretch"}
        options={(Object.keys(RANGES) as Range[]).map((range) => ({
          value: range,
          label: t(`ranges.${range}`),
        }))}
        onChange={(range) => range !== "stretch" && onChange(rangeAddress(range))}
      />
      {span.range === undefined && (
        <>
          <span className="font-mono text-12 text-ink-2" data-testid="stretch">
            {shown(span.fromMs)} – {shown(span.toMs)}
          </span>
          <Button onClick={() => onChange(rangeAddress("15m"))}>{t("back")}</Button>
        </>
      )}
    </div>
  );
}
