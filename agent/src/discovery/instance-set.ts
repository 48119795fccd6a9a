import { type Instance, instanceSchema } from "../protocol/index.ts";
import type { Acquired, AcquireOptions } from "./acquired.ts";
import type { ServiceInstance } from "./service-instance.ts";
import { USUAL_WEIGHT } from "./traffic-stance.ts";
import { inTurn, type Turns, turnsOf } from "./turns.ts";

/** A loss of more than half within this long is not believed. */
const MASS_LOSS_WITHIN_MS = 10_000;
/** For so long, at most. */
const MASS_LOSS_HOLD_MS = 300_000;

interface Lost {
  readonly record: Instance;
  readonly atMs: number;
}

/** What a registry's mirror hands over, as far as it matters here. */
export interface RegistryEntry {
  readonly key: string;
  readonly value: Buffer;
}

/**
 * The instances of one service, from its registry. Without I/O; times are monotonic milliseconds that come in. A put
 * that says `leaving` ends an instance without suspicion; any other deletion keeps it suspect for one more TTL; losing
 * more than half within 10 s holds the last set until it is back, confirmed, or 5 minutes are over.
 */
export class InstanceSet {
  readonly #ttlMs: () => number;
  readonly #raw = new Map<string, string>();
  readonly #live = new Map<string, Instance>();
  readonly #lost = new Map<string, Lost>();
  #hold: { readonly untilMs: number; readonly size: number } | undefined;
  #listed = false;
  #view: readonly ServiceInstance[] = [];
  #turns: Turns = inTurn([]);
  /** When the view changes by itself. */
  #staleAtMs = Number.NEGATIVE_INFINITY;

  constructor(ttlMs: () => number) {
    this.#ttlMs = ttlMs;
  }

  /** Begins with a snapshot's registrations, until the registry itself is seen. */
  restore(bodies: Readonly<Record<string, string>>): void {
    if (this.#listed) return;
    for (const [instance, body] of Object.entries(bodies)) this.#put(instance, body);
    this.#expire();
  }

  /** Everything that stands in the registry now. */
  list(entries: Iterable<RegistryEntry>, nowMs: number): void {
    const standing = new Map<string, string>();
    for (const { key, value } of entries) standing.set(instanceOf(key), value.toString("utf8"));
    for (const instance of this.#raw.keys()) {
      if (standing.has(instance)) continue;
      // What a snapshot remembers may be long gone: the first list is believed as it is.
      if (this.#listed) this.#delete(instance, nowMs);
      else this.#forget(instance);
    }
    for (const [instance, body] of standing) this.#put(instance, body);
    this.#listed = true;
    this.#expire();
  }

  put(key: string, value: Buffer): void {
    this.#put(instanceOf(key), value.toString("utf8"));
    this.#expire();
  }

  delete(key: string, nowMs: number): void {
    this.#delete(instanceOf(key), nowMs);
    this.#expire();
  }

  /** Believes a mass loss: those that are gone are gone. */
  confirmLoss(): void {
    this.#hold = undefined;
    this.#lost.clear();
    this.#expire();
  }

  /** Everybody that a caller may still meet. */
  instances(nowMs: number): readonly ServiceInstance[] {
    this.#look(nowMs);
    return this.#view;
  }

  /** The next in turn, by weight; undefined when there is nobody with an address who takes calls. */
  pick(nowMs: number): ServiceInstance | undefined {
    this.#look(nowMs);
    return this.#turns();
  }

  /** The next in turn that is not among those tried, with a call to it begun. */
  acquire(nowMs: number, { except }: AcquireOptions = {}): Acquired | undefined {
    this.#look(nowMs);
    for (let tries = this.#view.length; tries > 0; tries--) {
      const instance = this.#turns();
      if (instance === undefined) return undefined;
      if (except?.has(instance.instance) !== true) return { instance, done: () => undefined };
    }
    return undefined;
  }

  /** For the snapshot: instance → body, of those registered or held. */
  bodies(): Record<string, string> {
    const bodies: Record<string, string> = {};
    for (const [instance, body] of this.#raw) if (this.#live.has(instance)) bodies[instance] = body;
    if (this.#hold === undefined) return bodies;
    for (const [instance, { record }] of this.#lost) bodies[instance] = JSON.stringify(record);
    return bodies;
  }

  #put(instance: string, body: string): void {
    this.#raw.set(instance, body);
    const record = readInstance(body);
    if (record === undefined || record.leaving === true) {
      this.#live.delete(instance);
      this.#lost.delete(instance);
      return;
    }
    this.#lost.delete(instance);
    this.#live.set(instance, record);
    if (this.#hold !== undefined && this.#live.size >= this.#hold.size) this.#hold = undefined;
    if (this.#lost.size === 0) this.#hold = undefined;
  }

  #delete(instance: string, nowMs: number): void {
    this.#dropOverdue(nowMs);
    const record = this.#live.get(instance);
    this.#forget(instance);
    if (record === undefined) return;
    this.#lost.set(instance, { record, atMs: nowMs });
    if (this.#hold !== undefined) return;
    let recent = 0;
    for (const { atMs } of this.#lost.values()) if (nowMs - atMs < MASS_LOSS_WITHIN_MS) recent++;
    const size = this.#live.size + recent;
    if (recent * 2 > size) this.#hold = { untilMs: nowMs + MASS_LOSS_HOLD_MS, size };
  }

  #forget(instance: string): void {
    this.#raw.delete(instance);
    this.#live.delete(instance);
  }

  #expire(): void {
    this.#staleAtMs = Number.NEGATIVE_INFINITY;
  }

  #look(nowMs: number): void {
    if (nowMs < this.#staleAtMs) return;
    this.#dropOverdue(nowMs);
    const live = [...this.#live.values()].map((record) => toServiceInstance(record, "live"));
    const state = this.#hold === undefined ? "suspect" : "held";
    const lost = [...this.#lost.values()]
      .filter(({ atMs }) => state === "held" || nowMs < atMs + this.#ttlMs())
      .map(({ record }) => toServiceInstance(record, state));
    this.#view = [...live, ...lost].sort(byInstance);
    this.#turns = turnsOf(this.#view);
    this.#staleAtMs = this.#nextEnd(nowMs);
  }

  #dropOverdue(nowMs: number): void {
    if (this.#hold !== undefined && nowMs < this.#hold.untilMs) return;
    this.#hold = undefined;
    // Longer than as a suspect, where that is less: to see that more than half went.
    const keptMs = Math.max(this.#ttlMs(), MASS_LOSS_WITHIN_MS);
    for (const [instance, { atMs }] of this.#lost) {
      if (nowMs >= atMs + keptMs) this.#lost.delete(instance);
    }
  }

  #nextEnd(nowMs: number): number {
    if (this.#hold !== undefined) return this.#hold.untilMs;
    let end = Number.POSITIVE_INFINITY;
    for (const { atMs } of this.#lost.values()) {
      const suspectUntil = atMs + this.#ttlMs();
      if (suspectUntil > nowMs) end = Math.min(end, suspectUntil);
    }
    return end;
  }
}

const instanceOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

function readInstance(body: string): Instance | undefined {
  try {
    return instanceSchema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

const toServiceInstance = (record: Instance, state: ServiceInstance["state"]): ServiceInstance =>
  Object.freeze({
    service: record.service,
    instance: record.instance,
    incarnation: record.incarnation,
    address: record.address,
    version: record.version,
    zone: record.zone,
    state,
    weight: record.weight ?? USUAL_WEIGHT,
    drained: record.drained ?? false,
    isolated: record.isolated ?? false,
  });

const byInstance = (left: ServiceInstance, right: ServiceInstance): number =>
  left.instance < right.instance ? -1 : left.instance > right.instance ? 1 : 0;
