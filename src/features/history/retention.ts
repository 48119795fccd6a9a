import { decodeTime, isValid } from "ulid";
import type { HistoryStore } from "./history-store.ts";
import type { JournalSource } from "./journal-source.ts";

const DAY_MS = 24 * 3_600_000;
/** A restored SQL database is filled again from what etcd still holds. */
export const JOURNAL_DAYS = 7;
export const HISTORY_DAYS = 30;
/** Of each resource these stay, however old. */
export const VERSIONS_KEPT = 100;

/** Of one look into SQL, and of one transaction of etcd. */
const KNOWN = 500;
const REMOVED = 50;

/**
 * Deletes journals from etcd that were published more than 7 days ago and stand in SQL, in small transactions that
 * compare the leader key. Gives how many went.
 */
export async function pruneJournals(
  ports: { readonly journals: JournalSource; readonly store: HistoryStore },
  env: string,
  fence: number,
  today: Date,
  signal: AbortSignal,
): Promise<number> {
  const before = today.getTime() - JOURNAL_DAYS * DAY_MS;
  const { keys } = await ports.journals.list(env);
  const old = keys.filter(({ id }) => isValid(id) && decodeTime(id) < before);
  let gone = 0;
  for (let start = 0; start < old.length; start += KNOWN) {
    const chunk = old.slice(start, start + KNOWN);
    const known = await ports.store.known(
      env,
      chunk.map((key) => key.id),
    );
    // An id may be older than its change set: that of a scheduled one is made when it is planned.
    const projected = new Set(known.filter((one) => one.at.getTime() < before).map((one) => one.id));
    const removable = chunk.filter((key) => projected.has(key.id));
    for (let first = 0; first < removable.length; first += REMOVED) {
      if (signal.aborted) return gone;
      const some = removable.slice(first, first + REMOVED);
      if (!(await ports.journals.remove(env, some, fence))) return gone;
      gone += some.length;
    }
  }
  return gone;
}

/** Drops from SQL what is older than 30 days and not among the newest 100 versions of its resource. */
export const forgetOld = (
  ports: { readonly store: HistoryStore },
  env: string,
  today: Date,
  signal: AbortSignal,
): Promise<number> =>
  ports.store.forget(env, new Date(today.getTime() - HISTORY_DAYS * DAY_MS), VERSIONS_KEPT, signal);
