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

/** One line of the tree as it is drawn. */
export type TreeItem =
  | { readonly type: "branch"; readonly key: string; readonly branch: Branch }
  | { readonly type: "group"; readonly key: string; readonly name: string; readonly count: number }
  | { readonly type: "row"; readonly key: string; readonly row: ConfigRow; readonly grouped: boolean };

/** What a config belongs to within its service: its name up to the first dot; undefined without one. Pure. */
export const groupOf = (name: string): string | undefined => /^([^.]+)\../.exec(name)?.[1];

/**
 * The lines of a tree: service, then group, then config. A group stands where two configs or more share it, before the
 * place of its first one; what is shut is left out. Pure.
 */
export const itemsOf = (branches: readonly Branch[], shut: ReadonlySet<string>): readonly TreeItem[] =>
  branches.flatMap((branch): TreeItem[] => [
    { type: "branch", key: `branch ${branch.service}`, branch },
    ...(shut.has(branch.service) ? [] : linesOf(branch, shut)),
  ]);

function linesOf({ service, rows }: Branch, shut: ReadonlySet<string>): TreeItem[] {
  const groups = new Map<string, ConfigRow[]>();
  for (const row of rows) {
    const group = groupOf(row.name);
    if (group === undefined) continue;
    const members = groups.get(group);
    if (members) members.push(row);
    else groups.set(group, [row]);
  }
  const begun = new Set<string>();
  return rows.flatMap((row): TreeItem[] => {
    const line = (one: ConfigRow, grouped: boolean): TreeItem => ({
      type: "row",
      key: `${one.service}/${one.name}`,
      row: one,
      grouped,
    });
    const group = groupOf(row.name);
    const members = group === undefined ? [] : (groups.get(group) ?? []);
    if (group === undefined || members.length < 2) return [line(row, false)];
    if (begun.has(group)) return [];
    begun.add(group);
    const key = `${service}/${group}`;
    return [
      { type: "group", key, name: group, count: members.length },
      ...(shut.has(key) ? [] : members.map((member) => line(member, true))),
    ];
  });
}
