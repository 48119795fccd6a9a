"use client";

import { useFormatter } from "next-intl";
import { useCallback } from "react";

const STEPS = [
  [1e9 * 60, "min"],
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [0, "ns"],
] as const;

/** Writes a duration in ns in three digits: `1.23 ms`. */
export function useDurationWords(): (ns: number) => string {
  const format = useFormatter();
  return useCallback(
    (ns: number): string => {
      if (ns === 0) return "0";
      const size = Math.abs(ns);
      const [by, unit] = STEPS.find(([least]) => size >= least) ?? [1, "ns"];
      return `${format.number(ns / (by || 1), { maximumSignificantDigits: 3 })} ${unit}`;
    },
    [format],
  );
}

/** Writes a moment to the millisecond. */
export function useMomentWords(): (atMs: number) => string {
  const format = useFormatter();
  return useCallback(
    (atMs: number): string =>
      format.dateTime(new Date(atMs), {
        month: "short",
        day: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        fractionalSecondDigits: 3,
        hourCycle: "h23",
      }),
    [format],
  );
}
