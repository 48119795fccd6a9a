import type { MirrorBatch } from "@leverframe/agent/etcd";
import { HEAD, liveRoot, parseForeignKey, parseKey } from "@leverframe/agent/protocol";

export type Room = "live" | "registry" | "receipts" | "foreign";

const NO_KEYS: ReadonlySet<string> = new Set();

/** A body that names other levers bears one of these words; one that only speaks of them costs a look. */
const LINK_WORDS = ['"requires"', '"conflicts"'] as const;

interface Linkable {
  readonly key: string;
  readonly value: Buffer;
}

/** Keys by room and service, kept as batches go by: publishing asks for them each time, and must not walk maps. */
export class ScopeKeys {
  readonly #env: string;
  readonly #keys = new Map<Room, Map<string, Set<string>>>();
  readonly #linked = new Set<string>();

  constructor(env: string) {
    this.#env = env;
  }

  apply(room: Room, batch: MirrorBatch): void {
    if (batch.kind === "list") {
      this.list(room, batch.entries);
      return;
    }
    for (const change of batch.changes) {
      if (change.type === "put") {
        this.#set(room, change.entry.key, true);
        this.#link(room, change.entry);
      } else {
        this.#set(room, change.key, false);
        if (room === "live") this.#linked.delete(change.key);
      }
    }
  }

  /** Replaces what a room holds. */
  list(room: Room, entries: ReadonlyMap<string, Linkable>): void {
    this.#keys.set(room, new Map());
    if (room === "live") this.#linked.clear();
    for (const entry of entries.values()) {
      this.#set(room, entry.key, true);
      this.#link(room, entry);
    }
  }

  /** Keys of a room for one service. Live: see them as they stand; don't keep them. */
  keys(room: Room, scope: string): ReadonlySet<string> {
    return this.#keys.get(room)?.get(scope) ?? NO_KEYS;
  }

  scopes(room: Room): readonly string[] {
    return [...(this.#keys.get(room)?.keys() ?? [])];
  }

  /** Keys of levers whose body may name others. */
  get linked(): ReadonlySet<string> {
    return this.#linked;
  }

  of(room: Room, scope: string): number {
    return this.#keys.get(room)?.get(scope)?.size ?? 0;
  }

  total(room: Room): number {
    let sum = 0;
    for (const keys of this.#keys.get(room)?.values() ?? []) sum += keys.size;
    return sum;
  }

  #link(room: Room, { key, value }: Linkable): void {
    if (room !== "live") return;
    if (LINK_WORDS.some((word) => value.includes(word))) this.#linked.add(key);
    else this.#linked.delete(key);
  }

  #set(room: Room, key: string, present: boolean): void {
    const scope = scopeOf(room, key, this.#env);
    if (scope === undefined) return;
    const scopes = this.#keys.get(room) ?? new Map<string, Set<string>>();
    this.#keys.set(room, scopes);
    const keys = scopes.get(scope) ?? new Set<string>();
    scopes.set(scope, keys);
    if (present) keys.add(key);
    else keys.delete(key);
    if (keys.size === 0) scopes.delete(scope);
  }
}

/** The service that a key counts for; undefined for heads and strangers. */
function scopeOf(room: Room, key: string, env: string): string | undefined {
  if (room === "foreign") return parseForeignKey(key)?.service;
  const parsed = parseKey(key);
  if (parsed.at === "other" || parsed.at === "head" || parsed.at === "journal" || parsed.env !== env) {
    return parsed.at === "other" && key.startsWith(liveRoot(env)) && !key.endsWith(HEAD)
      ? key.slice(liveRoot(env).length).split("/")[0]
      : undefined;
  }
  return parsed.service;
}
