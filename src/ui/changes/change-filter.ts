/** What the timeline shows, as the address says it. */
export interface ChangeFilter {
  readonly service?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly author?: string;
  readonly group?: string;
}

/** In the order in which the page offers them. */
export const FILTER_KEYS = ["service", "kind", "name", "author", "group"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export const KINDS = [
  "switch",
  "config",
  "breaker",
  "retry",
  "timeout",
  "limit",
  "traffic",
  "sampling",
  "degrade",
] as const;

/** Reads the filter from a query string; what is empty is not there. Pure. */
export function filterOf(search: { get(name: string): string | null }): ChangeFilter {
  return Object.fromEntries(
    FILTER_KEYS.flatMap((key) => {
      const value = search.get(key)?.trim();
      return value ? [[key, value]] : [];
    }),
  );
}

/** Takes every filter out of an address. */
export const NO_FILTER: Readonly<Record<FilterKey, null>> = {
  service: null,
  kind: null,
  name: null,
  author: null,
  group: null,
};
