import type { JournalKey, JournalNews } from "./journal-source.ts";

export interface BacklogEntry extends JournalKey {
  /** Monotonic milliseconds at which it was first seen here. */
  readonly seenMs: number;
  /** Undefined where it is to be read from etcd. */
  readonly body: Buffer | undefined;
}

/** Bodies kept in memory; further ones are read again from etcd when their turn comes. */
const BODY_BYTES = 8 * 1_048_576;

/**
 * Journals that are not in SQL yet, by revision. Of each only its place is kept, and its body as long as all of them
 * are at most 8 MiB. Pure.
 */
export class Backlog {
  #entries: BacklogEntry[] = [];
  #bytes = 0;
  #after = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** When the one that has waited longest was seen. */
  get oldestMs(): number | undefined {
    return this.#entries[0]?.seenMs;
  }

  /** Adds what is later than all before; anything else is known already. */
  add(news: readonly JournalNews[], nowMs: number): void {
    for (const { id, revision, body } of news) {
      if (revision <= (this.#entries.at(-1)?.revision ?? this.#after)) continue;
      const fits = this.#bytes + body.byteLength <= BODY_BYTES;
      if (fits) this.#bytes += body.byteLength;
      this.#entries.push({ id, revision, seenMs: nowMs, body: fits ? body : undefined });
    }
  }

  /**
   * Begins anew with what a list told, `keys` by revision, of which those after `after` are wanted. What came later than
   * the list (`listed`) stays; what is known keeps its body and since when it waits.
   */
  reset(keys: readonly JournalKey[], listed: number, after: number, nowMs: number): void {
    const known = new Map(this.#entries.map((entry) => [`${entry.id} ${entry.revision}`, entry]));
    const later = this.#entries.filter((entry) => entry.revision > listed && entry.revision > after);
    const wanted = keys.filter((key) => key.revision > after);
    this.#entries = [
      ...wanted.map(
        (key) =>
          known.get(`${key.id} ${key.revision}`) ?? {
            id: key.id,
            revision: key.revision,
            seenMs: nowMs,
            body: undefined,
          },
      ),
      ...later,
    ];
    this.#after = Math.max(after, listed);
    this.#bytes = this.#entries.reduce((sum, entry) => sum + (entry.body?.byteLength ?? 0), 0);
  }

  /** Another life of the data: revisions seen before mean nothing. */
  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#after = 0;
  }

  /** The first entries: at most `count`, and bodies of at most `bytes` unless the first alone is larger. */
  first(count: number, bytes: number): readonly BacklogEntry[] {
    let sum = 0;
    const found: BacklogEntry[] = [];
    for (const entry of this.#entries) {
      sum += entry.body?.byteLength ?? 0;
      if (found.length >= count || (found.length > 0 && sum > bytes)) break;
      found.push(entry);
    }
    return found;
  }

  /** Drops everything up to a revision. */
  drop(upTo: number): void {
    let count = 0;
    for (const entry of this.#entries) {
      if (entry.revision > upTo) break;
      this.#bytes -= entry.body?.byteLength ?? 0;
      count += 1;
    }
    this.#entries.splice(0, count);
    this.#after = Math.max(this.#after, upTo);
  }
}
