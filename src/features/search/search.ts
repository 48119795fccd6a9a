import { EVERY_SERVICE, formatRef, type Kind, parseForeignKey, parseKey } from "@leverframe/agent/protocol";
import { type EnvironmentState, readInstance, readResource } from "../../domain/environment-state.ts";
import { bodyOf } from "../../domain/stored-body.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";
import { linesOf } from "./lever-lines.ts";
import { fold, rankOf, type Snippet, snippetOf } from "./match.ts";

/** What was found. `name` is marked where the query is in it; `place` where it is in what the thing holds. */
export type Hit = {
  readonly name: Snippet;
  readonly place?: { readonly key: string; readonly snippet: Snippet };
} & (
  | { readonly type: "lever"; readonly service: string; readonly kind: Kind; readonly lever: string }
  | { readonly type: "service"; readonly service: string; readonly instances: number }
  | { readonly type: "instance"; readonly service: string; readonly instance: string }
);

/** Groups in the order in which they are shown. */
export const GROUPS = ["services", "levers", "configs", "instances"] as const;
export type Group = (typeof GROUPS)[number];

export interface Found {
  readonly group: Group;
  /** The best first, at most `HITS`. */
  readonly hits: readonly Hit[];
  /** How many more there are; counted as far as the look went. */
  readonly more: number;
}

/** Of one group. */
export const HITS = 8;
/** A name counts before what is held; of two names, the one that was asked for more exactly. */
const HELD_RANK = 3;

interface Ranked {
  readonly rank: number;
  readonly order: string;
  readonly hit: () => Hit;
}

/** The best of a group, whatever is offered. */
class Best {
  #kept: Ranked[] = [];
  #offered = 0;

  offer(one: Ranked): void {
    this.#offered += 1;
    this.#kept.push(one);
    if (this.#kept.length > 8 * HITS) this.#cut();
  }

  found(group: Group): Found {
    this.#cut();
    const hits = this.#kept.map(({ hit }) => hit());
    return { group, hits, more: this.#offered - hits.length };
  }

  #cut(): void {
    this.#kept.sort((a, b) => a.rank - b.rank || (a.order < b.order ? -1 : 1));
    this.#kept.length = Math.min(this.#kept.length, HITS);
  }
}

/**
 * Looks through an environment for what holds every one of the terms: names of services, instances and levers, and the
 * keys and values of levers. Yields after each entry, so that its caller may pause or end it; `found` is right at any
 * moment for what was seen. No terms find nothing.
 */
export class Search {
  readonly #state: EnvironmentState;
  readonly #terms: readonly string[];
  readonly #best: Record<Group, Best> = {
    services: new Best(),
    levers: new Best(),
    configs: new Best(),
    instances: new Best(),
  };
  readonly #services = new Map<string, Set<string>>();

  constructor(state: EnvironmentState, terms: readonly string[]) {
    this.#state = state;
    this.#terms = terms;
  }

  *steps(): Generator<undefined, void> {
    if (this.#terms.length === 0) return;
    for (const entry of this.#state.registry.values()) yield this.#instance(entry);
    // Who lost its registration is still to be found by its receipt.
    for (const entry of this.#state.receipts.values()) yield this.#instance(entry);
    for (const entry of this.#state.foreign.values()) yield this.#foreign(entry);
    for (const entry of this.#state.live.values()) yield this.#lever(entry);
    for (const [service, instances] of this.#services) yield this.#service(service, instances.size);
  }

  /** Groups that hold something. */
  found(): readonly Found[] {
    return GROUPS.map((group) => this.#best[group].found(group)).filter(({ hits }) => hits.length > 0);
  }

  #instance(entry: StoredEntry): undefined {
    const place = parseKey(entry.key);
    if (place.at !== "registry" && place.at !== "receipt") return;
    if (!this.#isNew(place.service, place.instance)) return;
    const read = place.at === "registry" ? readInstance(entry) : undefined;
    const known = read?.ok === true ? read.value : undefined;
    const held = [known?.address ?? "", known?.version ?? "", known?.zone ?? ""].filter(Boolean).join(" · ");
    this.#offerInstance(place.service, place.instance, held);
  }

  #foreign(entry: StoredEntry): undefined {
    const place = parseForeignKey(entry.key);
    if (place !== undefined && this.#isNew(place.service, place.address)) {
      this.#offerInstance(place.service, place.address, "");
    }
  }

  #isNew(service: string, instance: string): boolean {
    const instances = this.#services.get(service) ?? new Set();
    this.#services.set(service, instances);
    if (instances.has(instance)) return false;
    instances.add(instance);
    return true;
  }

  #offerInstance(service: string, instance: string, held: string): void {
    const rank = rankOf(instance, this.#terms);
    const inAll = rank !== undefined || rankOf(`${service} ${instance} ${held}`, this.#terms) !== undefined;
    // Every instance bears its service's name in its own place: that alone finds the service, once.
    if (!inAll || (rank === undefined && rankOf(service, this.#terms) !== undefined)) return;
    this.#best.instances.offer({
      rank: rank ?? HELD_RANK,
      order: `${service}/${instance}`,
      hit: () => ({
        type: "instance",
        service,
        instance,
        name: snippetOf(instance, this.#terms),
        ...(held === "" ? {} : { place: { key: service, snippet: snippetOf(held, this.#terms) } }),
      }),
    });
  }

  #lever(entry: StoredEntry): undefined {
    const ref = parseKey(entry.key);
    if (ref.at !== "live") return;
    if (ref.service !== EVERY_SERVICE && !this.#services.has(ref.service)) {
      this.#services.set(ref.service, new Set());
    }
    const { service, kind, name: lever } = ref;
    const title = formatRef(ref);
    const names = rankOf(title, this.#terms);
    const line = names === undefined ? this.#lineOf(kind, entry, title) : undefined;
    if (names === undefined && line === undefined) return;
    this.#best[kind === "config" ? "configs" : "levers"].offer({
      rank: names ?? HELD_RANK,
      order: title,
      hit: () => ({
        type: "lever",
        service,
        kind,
        lever,
        name: snippetOf(title, this.#terms),
        ...(line === undefined
          ? {}
          : { place: { key: line.key, snippet: snippetOf(line.text, this.#terms) } }),
      }),
    });
  }

  /** The first line that holds what the lever's name does not; each of the terms must be in some line. */
  #lineOf(kind: Kind, entry: StoredEntry, title: string): { key: string; text: string } | undefined {
    const missing = new Set(this.#terms.filter((term) => !fold(title).includes(term)));
    const parsed = readResource(kind, entry);
    const body = parsed.ok ? (parsed.value as unknown as Record<string, unknown>) : bodyOf(entry);
    if (body === undefined) return undefined;
    let first: { key: string; text: string } | undefined;
    for (const line of linesOf(body)) {
      const folded = fold(line.text);
      for (const term of missing) {
        if (!folded.includes(term)) continue;
        missing.delete(term);
        first ??= line;
      }
      if (missing.size === 0) return first;
    }
    return undefined;
  }

  #service(service: string, instances: number): undefined {
    const rank = rankOf(service, this.#terms);
    if (rank === undefined) return;
    this.#best.services.offer({
      rank,
      order: service,
      hit: () => ({ type: "service", service, instances, name: snippetOf(service, this.#terms) }),
    });
  }
}
