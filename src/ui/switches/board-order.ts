import type { Level } from "@leverframe/agent/protocol";
import type { SwitchRow } from "./switch-row.ts";

export const GROUPINGS = ["service", "level", "owner", "tag"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const LEVEL_ORDER: Readonly<Record<Level, number>> = { core: 0, secondary: 1, "non-core": 2 };

/** How far a lever is from normal; 0 is normal. Degraded before held, before unproved, before still waiting. */
export function deviation(row: SwitchRow): number {
  const { held, unproved, waiting } = row.convergence;
  if (row.fault !== undefined) return 5;
  if (row.spec.position === "DEGRADED") return 4;
  if (row.rollout) return 3;
  if (held > 0) return 3;
  if (unproved > 0) return 2;
  return waiting > 0 ? 1 : 0;
}

/** What a board's rows add up to, each row once: by the first of these that is true of it. */
export interface Tally {
  readonly total: number;
  readonly invalid: number;
  readonly degraded: number;
  readonly unproved: number;
}

export function tally(rows: readonly SwitchRow[]): Tally {
  const of = (test: (row: SwitchRow) => boolean) => rows.filter(test).length;
  const degraded = (row: SwitchRow) => row.fault === undefined && row.spec.position === "DEGRADED";
  return {
    total: rows.length,
    invalid: of((row) => row.fault !== undefined),
    degraded: of(degraded),
    unproved: of((row) => row.fault === undefined && !degraded(row) && deviation(row) > 0),
  };
}

/** A group of rows under one heading. `deviating` is the first: what is not normal, wherever it belongs. */
export interface Group {
  readonly key: string;
  readonly deviating: boolean;
  readonly rows: readonly SwitchRow[];
}

const compareNames = (a: SwitchRow, b: SwitchRow) =>
  a.service.localeCompare(b.service) || a.name.localeCompare(b.name);
const compareDeviation = (a: SwitchRow, b: SwitchRow) =>
  deviation(b) - deviation(a) || LEVEL_ORDER[a.level] - LEVEL_ORDER[b.level] || compareNames(a, b);

function groupKey(row: SwitchRow, grouping: Grouping): string {
  switch (grouping) {
    case "service":
      return row.service;
    case "level":
      return row.level;
    case "owner":
      return row.owner ?? "";
    case "tag":
      // A row stands once: under all its tags together.
      return row.tags.toSorted().join(", ");
  }
}

const compareKeys = (grouping: Grouping) => (a: string, b: string) =>
  grouping === "level"
    ? (LEVEL_ORDER[a as Level] ?? 9) - (LEVEL_ORDER[b as Level] ?? 9)
    : a === b
      ? 0
      : a === "" || b === ""
        ? a === ""
          ? 1
          : -1
        : a.localeCompare(b);

const matches = (row: SwitchRow, words: readonly string[]) => {
  const text = [
    row.name,
    row.service,
    row.level,
    row.owner,
    row.reason,
    row.author?.id,
    row.description,
    ...row.tags,
  ]
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
};

/** Rows that hold every word of the search, in name, service, level, owner, reason, author or description. */
export function search(rows: readonly SwitchRow[], query: string): readonly SwitchRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? rows : rows.filter((row) => matches(row, words));
}

/** The board: what is not normal first, the rest by `grouping`, in an order that does not depend on time. */
export function groupRows(rows: readonly SwitchRow[], grouping: Grouping): readonly Group[] {
  const deviating: SwitchRow[] = [];
  const groups = new Map<string, SwitchRow[]>();
  for (const row of rows) {
    if (deviation(row) > 0) {
      deviating.push(row);
      continue;
    }
    const key = groupKey(row, grouping);
    const members = groups.get(key);
    if (members) members.push(row);
    else groups.set(key, [row]);
  }
  const rest = [...groups]
    .sort(([a], [b]) => compareKeys(grouping)(a, b))
    .map(([key, members]) => ({ key, deviating: false, rows: members.sort(compareNames) }));
  return deviating.length === 0
    ? rest
    : [{ key: "not-normal", deviating: true, rows: deviating.sort(compareDeviation) }, ...rest];
}
