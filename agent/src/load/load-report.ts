import type { Load } from "../discovery/index.ts";

/** The header (HTTP) and trailer (gRPC) in which an instance says its load, as ORCA names it. */
export const LOAD_HEADER = "endpoint-load-metrics";

const MOST_LENGTH = 1_000;

/** ORCA's text form, `TEXT cpu_utilization=0.41`. */
export const writeLoad = (cpuUtilization: number): string =>
  `TEXT cpu_utilization=${Math.max(0, cpuUtilization).toFixed(3)}`;

/** Reads ORCA's text form; undefined where it says nothing that is understood. Never throws. */
export function readLoad(text: string | undefined): Load | undefined {
  if (text === undefined || text.length > MOST_LENGTH) return undefined;
  const found = /^TEXT\s(?:[^=]*=[^,]*,)*\s*cpu_utilization\s*[=:]\s*(\d{1,6}(?:\.\d{1,20})?)\s*(?:,|$)/.exec(
    text,
  );
  return found?.[1] === undefined ? undefined : { cpuUtilization: Number(found[1]) };
}
