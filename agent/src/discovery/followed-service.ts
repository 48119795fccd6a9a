import { isDeepStrictEqual } from "node:util";
import type { Clock, StopTimer } from "../clock.ts";
import { type Etcd, Mirror, type MirrorBatch, type MirrorStatus, type MirrorTimings } from "../etcd/index.ts";
import { type Logger, reasonOf } from "../logger.ts";
import { foreignRoot, registryPrefix } from "../protocol/index.ts";
import type { Acquired, AcquireOptions } from "./acquired.ts";
import { type Balancing, USUAL_BALANCING } from "./balancing.ts";
import { InstanceSet } from "./instance-set.ts";
import { Pool } from "./pool.ts";
import { bitsFrom } from "./random.ts";
import { type RegistrationKind, recordReader } from "./read-record.ts";
import type { ServiceInstance } from "./service-instance.ts";

/** A service that this one calls. */
export interface ServiceHandle {
  readonly name: string;
  /**
   * The next instance, by the balancer in force; undefined when none is known that takes calls. Calls that go by `pick`
   * alone are not seen: balancers that look at calls under way, latency or load need `acquire`.
   */
  pick(): ServiceInstance | undefined;
  /** The next one with a call to it begun, which `done` ends: what is under way is counted, and how it ended is learned. */
  acquire(options?: AcquireOptions): Acquired | undefined;
  instances(): readonly ServiceInstance[];
  /** Those that get no calls for a while, since they failed. */
  ejected(): readonly ServiceInstance[];
  /** How calls are spread now. */
  readonly balancing: Balancing;
  /** Whether its registrations are known: of a service that was first asked for a moment ago they are not yet. */
  readonly listed: boolean;
  /** Resolves once they are known, or after so many ms. Never rejects. */
  ready(deadlineMs: number): Promise<void>;
  /** Told after each change of whom calls go to; returns what ends it. */
  onChange(listener: () => void): () => void;
  /** Believes the loss of more than half of the service, which is held otherwise. */
  confirmLoss(): void;
}

export interface FollowOptions {
  readonly env: string;
  readonly zone: string;
  /** Whether plain registrations under `/services/` belong to this environment. */
  readonly foreign: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings: Partial<MirrorTimings>;
  /** How long a registration outlives its instance. */
  readonly ttlMs: () => number;
  readonly onChange: () => void;
}

/** The registrations of one kind, and the mirror that follows them. */
interface Source {
  readonly kind: RegistrationKind;
  readonly name: string;
  readonly prefix: string;
  mirror?: Mirror;
}

/** A timer fires by the wall a little early at times. */
const TIMER_SLACK_MS = 1;
const LONGEST_TIMER_MS = 600_000;

/** One service that is called: its registrations, and whom the next call goes to. */
export class FollowedService implements ServiceHandle {
  readonly name: string;
  readonly #options: FollowOptions;
  readonly #sources: readonly Source[];
  readonly #set: InstanceSet;
  readonly #pool: Pool;
  readonly #known = new Set<Source>();
  readonly #listeners = new Set<() => void>();
  #own: Balancing | undefined;
  /** Calls begun since the caller's own lever changed. */
  #calls = 0;
  /** Whether plain registrations were seen before: those that come later have just begun. */
  #foreignSeen = false;
  #closed = false;
  #stopTimer: StopTimer = () => undefined;

  constructor(name: string, options: FollowOptions) {
    this.name = name;
    this.#options = options;
    const { env, zone, clock, ttlMs } = options;
    this.#sources = [
      { kind: "own", name: `registry/${name}`, prefix: registryPrefix(env, name) },
      ...(options.foreign
        ? [{ kind: "foreign" as const, name: `services/${name}`, prefix: `${foreignRoot}${name}/` }]
        : []),
    ];
    this.#set = new InstanceSet(ttlMs, recordReader(name));
    this.#pool = new Pool({
      zone,
      bits: bitsFrom(Math.random() * 2 ** 32),
      now: () => clock.now(),
      onEjection: () => this.#moved(clock.now()),
    });
  }

  get balancing(): Balancing {
    return this.#pool.balancing;
  }

  get listed(): boolean {
    return this.#known.size === this.#sources.length;
  }

  pick(): ServiceInstance | undefined {
    return this.#pool.pick();
  }

  acquire(options?: AcquireOptions): Acquired | undefined {
    this.#calls++;
    return this.#pool.acquire(options);
  }

  instances(): readonly ServiceInstance[] {
    const all = this.#set.instances(this.#options.clock.now());
    const known = new Set(all.flatMap(({ instance, address }) => (instance === address ? [] : [address])));
    if (known.size === all.length) return all;
    return all.filter(({ instance, address }) => instance !== address || !known.has(address));
  }

  ejected(): readonly ServiceInstance[] {
    return this.#pool.ejected;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  confirmLoss(): void {
    this.#set.confirmLoss();
    this.refresh();
  }

  /** The caller's own lever of the dependency's name, which goes before what the instances tell. */
  obey(own: Balancing | undefined): void {
    if (isDeepStrictEqual(own, this.#own)) return;
    this.#own = own;
    this.#calls = 0;
    this.refresh();
  }

  /** Calls that went by what stands in `obey`, since it last changed. */
  get callsObeying(): number {
    return this.#own === undefined ? 0 : this.#calls;
  }

  restore(registries: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
    this.#set.restore(registries[this.name] ?? {});
    this.refresh();
  }

  start(etcd: Etcd): void {
    for (const source of this.#sources) this.#follow(source, etcd);
  }

  async ready(deadlineMs: number): Promise<void> {
    await Promise.all(
      this.#sources.map(
        ({ mirror }) => mirror?.ready(deadlineMs).catch(() => undefined) ?? Promise.resolve(),
      ),
    );
  }

  /** For the snapshot: instance → body. */
  bodies(): Record<string, string> {
    return this.#set.bodies();
  }

  *statuses(): Iterable<{ name: string; status: MirrorStatus }> {
    for (const { name, mirror } of this.#sources) {
      if (mirror !== undefined) yield { name, status: mirror.status };
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    await Promise.all(this.#sources.map(async ({ mirror }) => mirror?.close()));
  }

  /** Chooses anew among those that stand now, and once more when that changes by itself. */
  refresh(): void {
    const { clock } = this.#options;
    const nowMs = clock.now();
    this.#pool.obey(this.#own ?? this.#set.told() ?? USUAL_BALANCING);
    this.#pool.take(this.instances(), (instance) => this.#sinceMs(instance, nowMs));
    this.#moved(nowMs);
  }

  #moved(nowMs: number): void {
    this.#wake(nowMs);
    for (const listener of this.#listeners) this.#tell(listener);
  }

  /** An agent that has just begun can't tell how long a plain registration stands: long enough. */
  #sinceMs({ startedAt }: ServiceInstance, nowMs: number): number {
    if (startedAt === undefined) return this.#foreignSeen ? nowMs : Number.NEGATIVE_INFINITY;
    const ageMs = this.#options.clock.wallMs() - Date.parse(startedAt);
    return nowMs - Math.max(0, ageMs);
  }

  #wake(nowMs: number): void {
    this.#stopTimer();
    const dueMs = Math.min(this.#pool.dueMs, this.#set.dueMs);
    if (this.#closed || dueMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(LONGEST_TIMER_MS, Math.max(0, dueMs - nowMs) + TIMER_SLACK_MS);
    this.#stopTimer = this.#options.clock.after(delayMs, () => this.refresh());
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      const { logger } = this.#options;
      logger.error(
        { service: this.name, reason: reasonOf(error) },
        "a listener to a service's instances threw",
      );
    }
  }

  #follow(source: Source, etcd: Etcd): void {
    const { clock, logger, timings, onChange } = this.#options;
    source.mirror = new Mirror({
      etcd,
      prefix: source.prefix,
      name: source.name,
      check: { kind: "newest" },
      timings,
      onBatch: (batch) => {
        this.#known.add(source);
        takeBatch(this.#set, batch, source.kind, clock.now());
        this.refresh();
        this.#foreignSeen ||= source.kind === "foreign";
        onChange();
      },
      onError: (error) =>
        logger.warn(
          { service: this.name, reason: reasonOf(error) },
          "a registry is not followed as it should be",
        ),
    });
    source.mirror.start();
  }
}

function takeBatch(set: InstanceSet, batch: MirrorBatch, kind: RegistrationKind, nowMs: number): void {
  if (batch.kind === "list") {
    set.list(batch.entries.values(), nowMs, kind);
    return;
  }
  for (const change of batch.changes) {
    if (change.type === "put") set.put(change.entry.key, change.entry.value);
    else set.delete(change.key, nowMs);
  }
}
