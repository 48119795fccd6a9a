"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useState } from "react";
import type { Segment } from "../../domain/traces/critical-path.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { IconButton } from "../kit/button.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { SpanDetails } from "./span-details.tsx";

interface SpanPaneProps {
  readonly env: string;
  readonly trace: Trace;
  readonly path: readonly Segment[];
  readonly row: number;
  readonly fromFile: boolean;
  readonly onSelect: (row: number | undefined) => void;
}

const WIDE = "(min-width: 1024px)";

/** A span's details: beside the picture where there is room, else in a sheet. */
export function SpanPane(props: SpanPaneProps) {
  const { trace, row, onSelect } = props;
  const t = useTranslations("traces");
  const [isWide, setWide] = useState<boolean>();
  useEffect(() => {
    const media = window.matchMedia(WIDE);
    const look = () => setWide(media.matches);
    look();
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  const span = trace.rows[row]?.span;
  const details = useMemo(() => <SpanDetails {...props} />, [props]);
  if (span === undefined || isWide === undefined) return null;
  if (!isWide) {
    return (
      <Sheet title={span.name} description={span.service} onClose={() => onSelect(undefined)}>
        {details}
      </Sheet>
    );
  }
  return (
    <aside
      aria-label={t("span.title")}
      className="sticky top-0 max-h-dvh w-[400px] shrink-0 overflow-y-auto border-line border-l px-4 py-3"
    >
      <div className="flex items-start gap-2 pb-3">
        <div className="min-w-0 flex-1">
          <h2 className="wrap-anywhere font-semibold text-16">{span.name}</h2>
          <p className="text-12 text-ink-2">{span.service}</p>
        </div>
        <IconButton label={t("span.close")} onClick={() => onSelect(undefined)}>
          <X size={16} />
        </IconButton>
      </div>
      {details}
    </aside>
  );
}
