import { type Balancing, toldBy } from "./balancing.ts";
import { type InstanceRecord, kindOf, type ReadRecord, type RegistrationKind } from "./read-record.ts";
import type { ServiceInstance } from "./service-instance.ts";
import { USUAL_WEIGHT } from "./traffic-stance.ts";

/** A loss of more than half within this long is not believed. */
const MASS_LOSS_WITHIN_MS = 10_000;
/** For so long, at most. */
const MASS_LOSS_HOLD_MS = 300_000;

interface Lost {
  readonly record: InstanceRecord;
  readonly atMs: number;
}

/** What a registry's mirror hands over, as far as it matters here. */
export interface RegistryEntry {
  readonly key: string;
  readonly value: Buffer;
}

/**
 * The instances of one service, from its registry, and from that of foreign clients. Without I/O; times are monotonic milliseconds that come in. A put
 * that says `leaving` ends an instance without suspicion; any other deletion keeps it suspect for one more TTL; losing
 * more than half within 10 s holds the last set until it is back, confirmed, or 5 minutes are over.
 */
export class InstanceSet {
  readonly #ttlMs: () => number;
  readonly #read: ReadRecord;
  readonly #raw = new Map<string, string>();
  readonly #live = new Map<string, InstanceRecord>();
  readonly #lost = new Map<string, Lost>();
  #hold: { readonly untilMs: number; readonly size: number } | undefined;
  readonly #listed = new Set<RegistrationKind>();
  #view: readonly ServiceInstance[] = [];
  /** When the view changes by itself. */
  #staleAtMs = Number.NEGATIVE_INFINITY;

  /** `ttlMs`: how long a registration outlives its instance. `read`: what is made of one. */
  constructor(ttlMs: () => number, read: ReadRecord) {
    this.#ttlMs = ttlMs;
    this.#read = read;
  }

  /** Begins with a snapshot's registrations, until the registry itself is seen. */
  restore(bodies: Readonly<Record<string, string>>): void {
    for (const [instance, body] of Object.entries(bodies)) {
      if (!this.#listed.has(kindOf(instance))) this.#put(instance, body);
    }
    this.#expire();
  }

  /** Everything that stands in the registry of that kind now. */
  list(entries: Iterable<RegistryEntry>, nowMs: number, kind: RegistrationKind = "own"): void {
    const standing = new Map<string, string>();
    for (const { key, value } of entries) standing.set(instanceOf(key), value.toString("utf8"));
    for (const instance of this.#raw.keys()) {
      if (standing.has(instance) || kindOf(instance) !== kind) continue;
      // What a snapshot remembers may be long gone: the first list is believed as it is.
      if (this.#listed.has(kind)) this.#delete(instance, nowMs);
      else this.#forget(instance);
    }
    for (const [instance, body] of standing) this.#put(instance, body);
    this.#listed.add(kind);
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

  /** When the set changes by itself: a suspect or a hold ends. Of the state that `instances` gave last. */
  get dueMs(): number {
    return this.#staleAtMs;
  }

  /** How those that are registered ask to be balanced; undefined where none says it. */
  told(): Balancing | undefined {
    return toldBy(this.#live.values());
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
    const record = this.#read(instance, body);
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

const toServiceInstance = (record: InstanceRecord, state: ServiceInstance["state"]): ServiceInstance =>
  Object.freeze({
    service: record.service,
    instance: record.instance,
    incarnation: record.incarnation,
    address: record.address,
    version: record.version,
    zone: record.zone,
    startedAt: record.startedAt,
    state,
    weight: record.weight ?? USUAL_WEIGHT,
    drained: record.drained ?? false,
    isolated: record.isolated ?? false,
  });

const byInstance = (left: ServiceInstance, right: ServiceInstance): number =>
  left.instance < right.instance ? -1 : left.instance > right.instance ? 1 : 0;
