/** Something that happened to a service's instances, as a chart marks it. */
export interface FleetEvent {
  readonly kind: "deploy" | "restart" | "scaling";
  readonly service: string;
  /** When it began: wall time, ms since 1970. */
  readonly atMs: number;
  /** Versions of a deploy, numbers of instances of a scaling; empty for a restart, and before a first deploy. */
  readonly from: string;
  readonly to: string;
  /** Who was restarted, at most 20 of them. */
  readonly instances: readonly string[];
}

/** A registered instance at a moment. */
export interface Present {
  readonly service: string;
  readonly instance: string;
  readonly version: string;
  /** Differs after a restart. */
  readonly incarnation: string;
}

type Instances = ReadonlyMap<string, { readonly version: string; readonly incarnation: string }>;

interface Memory {
  /** As it stood when it was last quiet. */
  settled: Instances;
  now: Instances;
  /** Undefined while it is quiet. */
  change: { readonly beganMs: number; readonly lastMs: number } | undefined;
}

/** So long must nothing change until a change is told, as one: what comes back meanwhile has not been away. */
export const QUIET_MS = 8_000;
/** A change that never comes to rest is told at last. */
const LONGEST_MS = 60_000;
const MOST_NAMED = 20;
const NOBODY: Instances = new Map();

/**
 * Sees deploys, restarts and scalings in successive looks at the registry. Of what the first look finds nothing is told:
 * it may have stood for long. Keeps one entry an instance.
 */
export class FleetEvents {
  readonly #services = new Map<string, Memory>();
  #looked = false;

  /** Takes everything that is registered at a moment, and gives what has become certain since the look before. */
  look(present: Iterable<Present>, atMs: number): readonly FleetEvent[] {
    const found = byService(present);
    const events: FleetEvent[] = [];
    for (const service of new Set([...found.keys(), ...this.#services.keys()])) {
      const now = found.get(service) ?? NOBODY;
      const memory = this.#services.get(service) ?? this.#begin(service, now);
      if (!isSame(memory.now, now)) {
        memory.now = now;
        memory.change = { beganMs: memory.change?.beganMs ?? atMs, lastMs: atMs };
      }
      const { change } = memory;
      if (change === undefined) continue;
      if (atMs - change.lastMs < QUIET_MS && atMs - change.beganMs < LONGEST_MS) continue;
      events.push(...eventsOf(service, memory.settled, now, change.beganMs));
      memory.settled = now;
      memory.change = undefined;
      if (now.size === 0) this.#services.delete(service);
    }
    this.#looked = true;
    return events;
  }

  #begin(service: string, now: Instances): Memory {
    const before = this.#looked ? NOBODY : now;
    const memory: Memory = { settled: before, now: before, change: undefined };
    this.#services.set(service, memory);
    return memory;
  }
}

function byService(present: Iterable<Present>): ReadonlyMap<string, Instances> {
  const found = new Map<string, Map<string, { version: string; incarnation: string }>>();
  for (const { service, instance, version, incarnation } of present) {
    const instances = found.get(service) ?? new Map<string, { version: string; incarnation: string }>();
    found.set(service, instances.set(instance, { version, incarnation }));
  }
  return found;
}

function isSame(a: Instances, b: Instances): boolean {
  if (a.size !== b.size) return false;
  for (const [instance, { version, incarnation }] of a) {
    const other = b.get(instance);
    if (other === undefined || other.version !== version || other.incarnation !== incarnation) return false;
  }
  return true;
}

function eventsOf(service: string, before: Instances, now: Instances, atMs: number): FleetEvent[] {
  const events: FleetEvent[] = [];
  const add = (
    kind: FleetEvent["kind"],
    from: string,
    to: string,
    instances: readonly string[] = [],
  ): void => {
    events.push({ kind, service, atMs, from, to, instances });
  };
  const [old, fresh] = [versionsOf(before), versionsOf(now)];
  const deployed = fresh.filter((version) => !old.includes(version));
  if (deployed.length > 0) add("deploy", old.join(", "), deployed.join(", "));
  const restarted = [...now].flatMap(([instance, { version, incarnation }]) => {
    const earlier = before.get(instance);
    return earlier?.version === version && earlier.incarnation !== incarnation ? [instance] : [];
  });
  if (restarted.length > 0) add("restart", "", "", restarted.sort().slice(0, MOST_NAMED));
  // Where nobody was before, the deploy says it.
  if (before.size !== now.size && (before.size > 0 || deployed.length === 0))
    add("scaling", String(before.size), String(now.size));
  return events;
}

const versionsOf = (instances: Instances): string[] =>
  [...new Set([...instances.values()].map(({ version }) => version))].filter((one) => one !== "").sort();
