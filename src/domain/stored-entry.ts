/** A key as etcd holds it, seen from the domain: a mirror's entry and a listed one look the same. */
export interface StoredEntry {
  readonly key: string;
  readonly value: { toString(): string };
  readonly createRevision: number;
  readonly modRevision: number;
  readonly lease: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: string };

/** Remembers what an entry was parsed to for as long as the entry itself lives. */
export function parseOnce<T>(parse: (entry: StoredEntry) => T): (entry: StoredEntry) => Parsed<T> {
  const known = new WeakMap<StoredEntry, Parsed<T>>();
  return (entry) => {
    const found = known.get(entry);
    if (found !== undefined) return found;
    const parsed = attempt(parse, entry);
    known.set(entry, parsed);
    return parsed;
  };
}

function attempt<T>(parse: (entry: StoredEntry) => T, entry: StoredEntry): Parsed<T> {
  try {
    return { ok: true, value: parse(entry) };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : String(error) };
  }
}
