import type { HistoryStore, Position } from "./history-store.ts";
import type { JournalKey, JournalListing, JournalSource } from "./journal-source.ts";

const CHUNK = 500;
/** A journal younger than this is not deleted from etcd yet by us: where it is missing, the data is of another life. */
const SURELY_THERE_MS = 6 * 24 * 3_600_000;

/**
 * Whether etcd holds the life that SQL knows last: the same epoch, no earlier revision, and the newest change set. A
 * restored backup may bear the epoch of before, and soon a later revision too; what it has lost tells.
 */
export async function isSameLife(
  env: string,
  stored: Position,
  ports: { readonly journals: JournalSource; readonly store: HistoryStore; readonly today: () => Date },
): Promise<boolean> {
  const newest = await ports.store.newest(env, stored);
  const age = newest === undefined ? Number.POSITIVE_INFINITY : ports.today().getTime() - newest.at.getTime();
  const sought = newest !== undefined && age < SURELY_THERE_MS ? [newest.id] : [];
  const found = await ports.journals.read(env, sought);
  return (
    found.epoch === stored.epoch &&
    found.revision >= stored.revision &&
    sought.every((id) => found.bodies.has(id))
  );
}

/**
 * Up to which revision the life that SQL knows goes on in the data that etcd holds now: the newest change set that both
 * know. A confirmed or restored etcd goes on up to there; a wiped one holds none, which is 0.
 */
export async function findBase(
  env: string,
  listing: JournalListing,
  stored: Position,
  ports: { readonly journals: JournalSource; readonly store: HistoryStore },
): Promise<number> {
  const newestFirst = listing.keys.toReversed();
  const known = await newestKnown(env, newestFirst, stored, ports.store);
  if (known > 0) return known;
  // Journals are deleted after a while; what the levers were last changed by stays.
  const standing = [...(await ports.journals.standing(env))].sort((a, b) => b.revision - a.revision);
  return newestKnown(env, standing, stored, ports.store);
}

async function newestKnown(
  env: string,
  newestFirst: readonly JournalKey[],
  stored: Position,
  store: HistoryStore,
): Promise<number> {
  for (let start = 0; start < newestFirst.length; start += CHUNK) {
    const chunk = newestFirst.slice(start, start + CHUNK);
    const found = await store.known(
      env,
      chunk.map((key) => key.id),
    );
    const revisions = found.filter((one) => one.life <= stored.life).map((one) => one.revision);
    if (revisions.length > 0) return Math.max(...revisions);
  }
  return 0;
}
