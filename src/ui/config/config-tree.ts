import type { ConfigRow, Format } from "./config-row.ts";

export const SHOWN = ["secret", "rollout", "unproved"] as const;
export type Shown = (typeof SHOWN)[number];

/** What a list is narrowed to; what is left out lets everything through. */
export interface ConfigFilter {
  readonly query: string;
  readonly format: Format | undefined;
  readonly only: Shown | undefined;
}

/** The configs of one service. */
export interface Branch {
  readonly service: string;
  readonly rows: readonly ConfigRow[];
}

export const isUnproved = ({ convergence, fault }: ConfigRow): boolean =>
  fault !== undefined || convergence.waiting + convergence.held + convergence.unproved > 0;

const TESTS: Readonly<Record<Shown, (row: ConfigRow) => boolean>> = {
  secret: (row) => row.secret,
  rollout: (row) => row.rollout !== undefined,
  unproved: isUnproved,
};

/** Rows that hold every word of the search, in name, value, service, reason, author, owner or description. Pure. */
export function narrow(
  rows: readonly ConfigRow[],
  { query, format, only }: ConfigFilter,
): readonly ConfigRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(
    (row) =>
      (format === undefined || row.format === format) &&
      (only === undefined || TESTS[only](row)) &&
      words.every((word) => row.searched.includes(word)),
  );
}

/** `limit-2` before `limit-10`. */
const { compare } = new Intl.Collator("en", { numeric: true });

/** By service and name, what belongs to every service first: an order that never depends on time. Pure. */
export function branchesOf(rows: readonly ConfigRow[]): readonly Branch[] {
  const branches = new Map<string, ConfigRow[]>();
  for (const row of rows) {
    const members = branches.get(row.service);
    if (members) members.push(row);
    else branches.set(row.service, [row]);
  }
  return [...branches]
    .sort(([a], [b]) => compare(a, b))
    .map(([service, members]) => ({ service, rows: members.sort((a, b) => compare(a.name, b.name)) }));
}
