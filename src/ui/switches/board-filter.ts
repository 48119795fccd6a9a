import { LEVELS, type Level } from "@leverframe/agent/protocol";
import { deviation } from "./board-order.ts";
import type { SwitchRow } from "./switch-row.ts";

export const STATES = ["not-normal", "degraded", "ends", "normal"] as const;
export type State = (typeof STATES)[number];

/** Which switches the board shows; each part narrows further. */
export interface BoardFilter {
  readonly state?: State | undefined;
  readonly level?: Level | undefined;
  readonly service?: string | undefined;
  /** "" asks for those without one. */
  readonly owner?: string | undefined;
  readonly tag?: string | undefined;
}

/** Under which names the parts stand in the address. */
export const FILTER_PARTS = ["state", "level", "service", "owner", "tag"] as const;
export type FilterPart = (typeof FILTER_PARTS)[number];

/** In the address: an owner or tag that is not given. */
export const NONE = "-";

/** What an address asks for; what it can't mean is left out. Pure. */
export function readFilter(address: Pick<URLSearchParams, "get">): BoardFilter {
  const text = (part: FilterPart) => address.get(part) || undefined;
  return {
    state: STATES.find((known) => known === text("state")),
    level: LEVELS.find((known) => known === text("level")),
    service: text("service"),
    owner: text("owner"),
    tag: text("tag"),
  };
}

export const isFiltered = (filter: BoardFilter): boolean =>
  FILTER_PARTS.some((part) => filter[part] !== undefined);

/** The rows that a filter lets through. Pure. */
export function narrow(rows: readonly SwitchRow[], filter: BoardFilter): readonly SwitchRow[] {
  if (!isFiltered(filter)) return rows;
  const { state, level, service, owner, tag } = filter;
  return rows.filter(
    (row) =>
      (state === undefined || isIn(row, state)) &&
      (level === undefined || row.level === level) &&
      (service === undefined || row.service === service) &&
      (owner === undefined || (row.owner ?? NONE) === owner) &&
      (tag === undefined || (tag === NONE ? row.tags.length === 0 : row.tags.includes(tag))),
  );
}

function isIn(row: SwitchRow, state: State): boolean {
  switch (state) {
    case "not-normal":
      return deviation(row) > 0;
    case "normal":
      return deviation(row) === 0;
    case "degraded":
      return row.fault === undefined && row.spec.position === "DEGRADED";
    case "ends":
      return row.expiry !== undefined;
  }
}

/** What there is to choose from, in order. */
export interface FilterChoices {
  readonly services: readonly string[];
  readonly owners: readonly string[];
  readonly tags: readonly string[];
}

const sorted = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort();

export const choicesIn = (rows: readonly SwitchRow[]): FilterChoices => ({
  services: sorted(rows.map((row) => row.service)),
  owners: sorted(rows.flatMap((row) => (row.owner === undefined ? [] : [row.owner]))),
  tags: sorted(rows.flatMap((row) => row.tags)),
});
