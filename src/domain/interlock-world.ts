import {
  EVERY_SERVICE,
  formatRef,
  type Kind,
  type Resource,
  type ResourceRef,
} from "@leverframe/agent/protocol";
import { readResource } from "./environment-state.ts";
import type { InterlockView } from "./interlock-view.ts";

export interface Lever<K extends Kind = Kind> {
  readonly ref: ResourceRef;
  readonly resource: Resource<K>;
}

/** One edit of a change set: what stood, and what will. Undefined where there is no (valid) lever. */
export interface Touched {
  readonly ref: ResourceRef;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
}

/** One broken rule. `id` names what is broken with what, `weight` how badly: only what is new or heavier counts. */
export interface Breach {
  readonly id: string;
  readonly weight: number;
  readonly ref: ResourceRef;
  readonly sentence: string;
}

/** An environment with the edited levers laid over it, as they stood or as they will stand. */
export class World {
  readonly view: InterlockView;
  /** Scopes on whose levers a verdict rests: they must not change until the commit. */
  readonly consulted = new Set<string>();
  #linked: readonly Lever[] | undefined;
  readonly #laid: ReadonlyMap<string, Lever | undefined>;

  constructor(view: InterlockView, touched: readonly Touched[], side: "before" | "after") {
    this.view = view;
    this.#laid = new Map(
      touched.map((one) => {
        const resource = one[side];
        return [formatRef(one.ref), resource === undefined ? undefined : { ref: one.ref, resource }];
      }),
    );
  }

  lever(ref: ResourceRef): Lever | undefined {
    const name = formatRef(ref);
    if (this.#laid.has(name)) return this.#laid.get(name);
    const entry = this.view.current(ref);
    const read = entry && readResource(ref.kind, entry);
    return read?.ok === true ? { ref, resource: read.value } : undefined;
  }

  /** Levers of a kind, of one scope or of all; what agents would hold is left out. */
  levers<K extends Kind>(kind: K, scope?: string): Lever<K>[] {
    const found: Lever[] = [];
    for (const { ref, entry } of this.view.levers(kind, scope)) {
      if (this.#laid.has(formatRef(ref))) continue;
      const read = readResource(kind, entry);
      if (read.ok) found.push({ ref, resource: read.value });
    }
    for (const lever of this.#laid.values()) {
      if (lever?.ref.kind === kind && (scope === undefined || lever.ref.service === scope)) found.push(lever);
    }
    return found;
  }

  /** What a service obeys: its own levers, and those of every service that it has none of its own for. */
  inForce<K extends Kind>(kind: K, service: string): Lever<K>[] {
    const own = this.levers(kind, service);
    if (service === EVERY_SERVICE) return own;
    const names = new Set(own.map(({ ref }) => ref.name));
    return [...own, ...this.levers(kind, EVERY_SERVICE).filter(({ ref }) => !names.has(ref.name))];
  }

  /** Levers that name others, with the edited ones among them; looked for once. */
  linked(): readonly Lever[] {
    this.#linked ??= this.#findLinked();
    return this.#linked;
  }

  #findLinked(): Lever[] {
    const found: Lever[] = [];
    for (const { ref } of this.view.linked()) {
      const lever = this.#laid.has(formatRef(ref)) ? undefined : this.lever(ref);
      if (lever !== undefined) found.push(lever);
    }
    for (const lever of this.#laid.values()) if (lever !== undefined) found.push(lever);
    return found;
  }

  /** Whether a lever of every service matters to one: nobody there says that no code reads it. */
  concerns(service: string, ref: ResourceRef): boolean {
    return ref.service === service || this.view.declares(service, ref.kind, ref.name) !== false;
  }
}
