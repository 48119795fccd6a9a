import type { AuditFilter } from "./api.ts";

export const OUTCOMES = ["done", "refused", "failed"] as const;

/** Parts of the address that filter the log; `in` names the environment, since `env` is the console's own. */
export const FILTER_PARTS = ["actor", "action", "in", "outcome", "from", "to"] as const;
export type FilterPart = (typeof FILTER_PARTS)[number];

const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));

/** Reads the filter of an address; what can't be one is left out. Pure. */
export function filterOf(search: URLSearchParams): AuditFilter {
  const text = (part: FilterPart) => search.get(part)?.trim() || undefined;
  const time = (part: FilterPart) => {
    const value = text(part);
    return value !== undefined && isTime(value) ? new Date(value).toISOString() : undefined;
  };
  const parts = {
    actor: text("actor"),
    action: text("action"),
    env: text("in"),
    outcome: OUTCOMES.find((one) => one === search.get("outcome")),
    from: time("from"),
    to: time("to"),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

/** Where the same entries are read as a file. Pure. */
export function exportAddress(format: "csv" | "json", filter: AuditFilter): string {
  const query = new URLSearchParams(
    Object.entries(filter).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  ).toString();
  return `/api/audit.${format}${query === "" ? "" : `?${query}`}`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** A moment as the browser's own field for one takes it, in the reader's time zone; empty for none. */
export function localTime(iso: string | undefined): string {
  if (iso === undefined || !isTime(iso)) return "";
  const at = new Date(iso);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What such a field holds, as a moment; undefined while it is none. */
export function momentOf(local: string): string | undefined {
  return local !== "" && isTime(local) ? new Date(local).toISOString() : undefined;
}
