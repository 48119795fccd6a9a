import type { AttributeMatch, TraceSearchInput } from "../api/contract.ts";
import { spanOf } from "../charts/span.ts";
import type { AddressChange } from "../frame/address.ts";

/** What is searched, as the address has it: text as it was typed. */
export interface SearchWords {
  readonly service: string;
  readonly operation: string;
  readonly minMs: string;
  readonly maxMs: string;
  readonly status: "" | "error" | "ok";
  readonly tags: string;
  readonly lever: string;
  readonly revision: string;
  readonly order: "slowest" | "newest";
}

/** Attributes beyond these are not asked for. */
const MOST_TAGS = 10;

/** The search that an address names. Pure. */
export function wordsOf(search: Pick<URLSearchParams, "get">): SearchWords {
  const status = search.get("status");
  return {
    service: search.get("service") ?? "",
    operation: search.get("operation") ?? "",
    minMs: search.get("minMs") ?? "",
    maxMs: search.get("maxMs") ?? "",
    status: status === "error" || status === "ok" ? status : "",
    tags: search.get("tags") ?? "",
    lever: search.get("lever") ?? "",
    revision: search.get("revision") ?? "",
    order: search.get("order") === "newest" ? "newest" : "slowest",
  };
}

/** Whether anything but the time and the order narrows it. Pure. */
export const isNarrowed = ({ order: _, ...words }: SearchWords): boolean =>
  Object.values(words).some((word) => word !== "");

/** The address without what narrows the search. */
export const WIDE: AddressChange = {
  service: null,
  operation: null,
  minMs: null,
  maxMs: null,
  status: null,
  tags: null,
  lever: null,
  revision: null,
};

/**
 * Attributes as they are typed: `http.route=/orders/:id error.type="a b" db.system`; a name alone asks for any value.
 * Ten at most. Pure.
 */
export function tagsOf(text: string): readonly AttributeMatch[] {
  return [...text.matchAll(/([^\s=]+)(?:=(?:"([^"]*)"|(\S*)))?/g)]
    .slice(0, MOST_TAGS)
    .flatMap(([, key, quoted, plain]) => {
      const value = quoted ?? plain;
      return key === undefined ? [] : [value === undefined ? { key } : { key, value }];
    });
}

/** A duration in ms as somebody types it: `250`, `250ms`, `1.5s`, `2m`; undefined where it is none. Pure. */
export function durationOf(text: string): number | undefined {
  const [, number, unit = "ms"] = /^\s*(\d+(?:\.\d+)?)\s*(µs|us|ms|s|m)?\s*$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const ms = Number(number) * ({ µs: 0.001, us: 0.001, ms: 1, s: 1_000, m: 60_000 }[unit] ?? 1);
  return ms <= 86_400_000 ? ms : undefined;
}

/** What is asked of the store; what can't be read is left out. Pure. */
export function askedOf(
  env: string,
  words: SearchWords,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): TraceSearchInput {
  const tags = tagsOf(words.tags);
  const leastMs = durationOf(words.minMs);
  const mostMs = durationOf(words.maxMs);
  return {
    env,
    fromMs: Math.floor(fromMs),
    toMs: Math.ceil(toMs),
    order: words.order,
    ...(words.service === "" ? {} : { service: words.service }),
    ...(words.operation === "" ? {} : { operation: words.operation }),
    ...(leastMs === undefined ? {} : { leastMs }),
    ...(mostMs === undefined ? {} : { mostMs }),
    ...(words.status === "" ? {} : { status: words.status }),
    ...(tags.length === 0 ? {} : { attributes: [...tags] }),
    ...(words.lever === "" ? {} : { lever: words.lever }),
    ...(/^\d{1,15}$/.test(words.revision) ? { revision: Number(words.revision) } : {}),
  };
}

/** A trace id in what somebody pasted: alone, or within an address or a `traceparent`; undefined where there is none. Pure. */
export function traceIdIn(text: string): string | undefined {
  const found = /(?:^|[^0-9a-f])([0-9a-f]{32})(?:[^0-9a-f]|$)/.exec(text.trim().toLowerCase())?.[1];
  return found === undefined || /^0+$/.test(found) ? undefined : found;
}

/** A little around a trace, for what else happened at the time. Pure. */
export function aroundAddress(fromMs: number, toMs: number): AddressChange {
  const margin = Math.max(120_000, (toMs - fromMs) * 2);
  return { from: `${Math.floor(fromMs - margin)}`, to: `${Math.ceil(toMs + margin)}`, range: null };
}

/** The stretch that is searched: the picture ends where it does. */
export const searchedSpan = (search: Pick<URLSearchParams, "get">, nowMs: number) => {
  const span = spanOf(search, nowMs);
  return { ...span, toMs: span.untilMs };
};
