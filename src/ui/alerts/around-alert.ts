const BEFORE_MS = 10 * 60_000;
const AFTER_MS = 5 * 60_000;

/** Labels of an alert that pages of charts and traces understand as they are. */
const SHARED = ["service", "instance", "route"] as const;

/**
 * The part of an address that says where and when an alert was: its labels, and from ten minutes before it began until five
 * after it ended. What began within these ten minutes and goes on is left to the page's moving range. Pure.
 */
export function aroundAlert(
  labels: Readonly<Record<string, string>>,
  { since, until }: { readonly since: string; readonly until?: string | undefined },
  nowMs: number,
): URLSearchParams {
  const place = new URLSearchParams();
  for (const name of SHARED) {
    const value = labels[name];
    if (value !== undefined && value !== "") place.set(name, value);
  }
  const fromMs = Date.parse(since) - BEFORE_MS;
  const toMs = until === undefined ? nowMs : Date.parse(until) + AFTER_MS;
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return place;
  if (until === undefined && nowMs - fromMs < 2 * BEFORE_MS) return place;
  place.set("from", String(Math.floor(fromMs)));
  place.set("to", String(Math.ceil(Math.min(toMs, nowMs))));
  return place;
}
