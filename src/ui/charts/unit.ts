"use client";

import { useFormatter } from "next-intl";
import { useCallback } from "react";

/** What a figure is counted in. `share` is a part of one, shown in percent; `percent` is percent as it comes. */
export type Unit = "perSecond" | "share" | "percent" | "seconds" | "bytes" | "count";

const BYTES = ["B", "kB", "MB", "GB", "TB"] as const;

/** Writes figures of a unit, in three digits. */
export function useUnitWords(): (value: number, unit: Unit) => string {
  const format = useFormatter();
  return useCallback(
    (value: number, unit: Unit): string => {
      const number = (of: number): string => format.number(of, { maximumSignificantDigits: 3 });
      switch (unit) {
        case "perSecond":
          return `${number(value)}/s`;
        case "share":
          return `${number(value * 100)} %`;
        case "percent":
          return `${number(value)} %`;
        case "seconds":
          return Math.abs(value) < 1 ? `${number(value * 1_000)} ms` : `${number(value)} s`;
        case "bytes": {
          const power = Math.min(
            Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3)),
            BYTES.length - 1,
          );
          return `${number(value / 1_000 ** power)} ${BYTES[power] ?? "B"}`;
        }
        case "count":
          return number(value);
      }
    },
    [format],
  );
}
