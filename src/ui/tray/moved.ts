import type { Board, LeverRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import type { Theirs } from "./rebase.ts";
import { bodyOf, keyOf, type TrayEdit } from "./tray-edit.ts";

/** A lever as it stands, with who left it so and why where that is known. */
export interface Moved extends Theirs {
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
}

/**
 * The levers that somebody else changed since their edits were collected, by name: as the board has them, or as a refused
 * publish told (`told`) where that is newer. Pure.
 */
export function movedLevers(
  edits: readonly TrayEdit[],
  board: Pick<Board, "revision" | "levers"> | undefined,
  told: ReadonlyMap<string, Theirs>,
): ReadonlyMap<string, Moved> {
  const rows = new Map((board?.levers ?? []).map((row) => [formatRef(row), row]));
  const moved = new Map<string, Moved>();
  for (const entry of edits) {
    const key = keyOf(entry);
    const { baseRevision } = entry.edit;
    const standing = board && standsAt(rows.get(key), baseRevision, board.revision);
    const newer = told.get(key);
    if (
      newer !== undefined &&
      newer.revision !== baseRevision &&
      newer.revision >= (standing?.revision ?? 0)
    ) {
      moved.set(key, { ...newer, ...wordsOf(newer.body) });
    } else if (standing !== undefined) {
      moved.set(key, standing);
    }
  }
  return moved;
}

/** Undefined where it stands as it was seen, or where this list is older than what was seen. */
function standsAt(row: LeverRow | undefined, seen: number, listed: number): Moved | undefined {
  if (row === undefined) return seen === 0 || listed < seen ? undefined : { revision: 0, body: undefined };
  if (row.revision <= seen) return undefined;
  return { revision: row.revision, body: bodyOf(row), reason: row.reason, author: row.author?.id };
}

/** What a stored body says of its last change; bodies of before may say less. */
function wordsOf(body: Theirs["body"]): Pick<Moved, "reason" | "author"> {
  const meta = body?.["meta"] as { reason?: string; author?: { id: string } } | undefined;
  return { reason: meta?.reason, author: meta?.author?.id };
}
