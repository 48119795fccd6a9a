import type { Author } from "@leverframe/agent/protocol";
import type { ChangeEntry, LeverRow } from "../api/contract.ts";
import type { LeverRef } from "../api/ref.ts";

/** One change set as the timeline shows it. */
export interface ChangeRow {
  readonly id: string;
  readonly revision: number;
  /** ISO time; empty where nobody noted it. */
  readonly at: string;
  readonly author: Author | undefined;
  readonly reason: string;
  readonly refs: readonly LeverRef[];
  readonly groupId?: string | undefined;
  /** The change set that this one takes back. */
  readonly undoes?: string | undefined;
  readonly overridden: boolean;
}

/** A change set of the history, as a row. Pure. */
export function rowOfEntry({ revision, journal }: ChangeEntry): ChangeRow {
  return {
    id: journal.id,
    revision,
    at: journal.at,
    author: journal.author,
    reason: journal.reason,
    refs: journal.edits.map(({ service, kind, name }) => ({ service, kind, name })),
    groupId: journal.groupId,
    undoes: journal.undoes,
    overridden: journal.override !== undefined,
  };
}

/** What can be told without the history: the last change of each lever that stands, newest first. Pure. */
export function rowsOfLevers(levers: readonly LeverRow[]): readonly ChangeRow[] {
  const rows = new Map<string, ChangeRow>();
  for (const lever of levers) {
    if (lever.changeSetId === "" || lever.unattributed) continue;
    const { service, kind, name } = lever;
    const before = rows.get(lever.changeSetId);
    rows.set(lever.changeSetId, {
      id: lever.changeSetId,
      revision: lever.revision,
      at: lever.updatedAt,
      author: lever.author,
      reason: lever.reason,
      refs: [...(before?.refs ?? []), { service, kind, name }],
      overridden: false,
    });
  }
  return [...rows.values()].sort((a, b) => b.revision - a.revision);
}

/**
 * The newest page before what was loaded of older ones, each change once. Where the two don't touch any more, as much
 * has happened since, the older ones are left out: a gap would look like peace. Pure.
 */
export function mergePages(head: readonly ChangeRow[], older: readonly ChangeRow[]): readonly ChangeRow[] {
  const fresh = new Set(head.map(({ id }) => id));
  if (!older.some(({ id }) => fresh.has(id))) return head;
  return [...head, ...older.filter(({ id }) => !fresh.has(id))];
}

/** Which change took which back, among those at hand. Pure. */
export const undoneBy = (rows: readonly ChangeRow[]): ReadonlyMap<string, ChangeRow> =>
  new Map(rows.flatMap((row) => (row.undoes === undefined ? [] : [[row.undoes, row] as const])));
