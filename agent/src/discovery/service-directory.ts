import type { Clock } from "../clock.ts";
import { type Etcd, Mirror, type MirrorBatch, type MirrorStatus, type MirrorTimings } from "../etcd/index.ts";
import { type Logger, reasonOf } from "../logger.ts";
import { describeIssues, registryPrefix, serviceName } from "../protocol/index.ts";
import type { Acquired, AcquireOptions } from "./acquired.ts";
import { InstanceSet } from "./instance-set.ts";
import type { ServiceInstance } from "./service-instance.ts";

/** A service that this one calls. */
export interface ServiceHandle {
  readonly name: string;
  /** The next instance in turn, suspects only if nothing else is left; undefined when none is known. */
  pick(): ServiceInstance | undefined;
  /** The next one with a call to it begun, which `done` ends: what is under way is counted, and how it ended is learned. */
  acquire(options?: AcquireOptions): Acquired | undefined;
  instances(): readonly ServiceInstance[];
  /** Believes the loss of more than half of the service, which is held otherwise. */
  confirmLoss(): void;
}

export interface ServiceDirectoryOptions {
  readonly env: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings: Partial<MirrorTimings>;
  /** How long a registration outlives its instance. */
  readonly ttlMs: () => number;
  readonly onChange: () => void;
}

interface Followed {
  readonly handle: ServiceHandle;
  readonly set: InstanceSet;
  mirror?: Mirror;
}

/** The registries of the services that this one calls; asking for a service follows it. */
export class ServiceDirectory {
  readonly #options: ServiceDirectoryOptions;
  readonly #followed = new Map<string, Followed>();
  #restored: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
  #etcd: Etcd | undefined;

  constructor(options: ServiceDirectoryOptions) {
    this.#options = options;
  }

  /** The registries as a snapshot remembers them, until they are seen. */
  restore(registries: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
    this.#restored = registries;
    for (const [service, { set }] of this.#followed) set.restore(registries[service] ?? {});
  }

  /** Begins to follow those asked for so far, and each one asked for later. */
  start(etcd: Etcd): void {
    this.#etcd = etcd;
    for (const [service, followed] of this.#followed) this.#follow(service, followed, etcd);
  }

  /** Resolves when all that were asked for so far are known, or the deadline is over. Never rejects. */
  async ready(deadlineMs: number): Promise<void> {
    await Promise.all(
      [...this.#followed.values()].map(
        ({ mirror }) => mirror?.ready(deadlineMs).catch(() => undefined) ?? Promise.resolve(),
      ),
    );
  }

  service(name: string): ServiceHandle {
    const known = this.#followed.get(name);
    if (known !== undefined) return known.handle;
    const set = new InstanceSet(this.#options.ttlMs);
    const { clock } = this.#options;
    const handle: ServiceHandle = {
      name,
      pick: () => set.pick(clock.now()),
      acquire: (options) => set.acquire(clock.now(), options),
      instances: () => set.instances(clock.now()),
      confirmLoss: () => set.confirmLoss(),
    };
    const named = serviceName.safeParse(name);
    if (!named.success) {
      const fault = describeIssues(named.error);
      this.#options.logger.error({ name, fault }, "no service can have such a name");
      return handle;
    }
    const followed: Followed = { handle, set };
    this.#followed.set(name, followed);
    set.restore(this.#restored[name] ?? {});
    if (this.#etcd !== undefined) this.#follow(name, followed, this.#etcd);
    return handle;
  }

  /** For the snapshot; what was restored and is not asked for yet is kept. */
  bodies(): Record<string, Record<string, string>> {
    const bodies: Record<string, Record<string, string>> = {};
    for (const [service, kept] of Object.entries(this.#restored)) bodies[service] = { ...kept };
    for (const [service, { set }] of this.#followed) bodies[service] = set.bodies();
    return bodies;
  }

  *statuses(): Iterable<{ name: string; status: MirrorStatus }> {
    for (const [service, { mirror }] of this.#followed) {
      if (mirror !== undefined) yield { name: `registry/${service}`, status: mirror.status };
    }
  }

  async close(): Promise<void> {
    this.#etcd = undefined;
    await Promise.all([...this.#followed.values()].map(async ({ mirror }) => mirror?.close()));
  }

  #follow(service: string, followed: Followed, etcd: Etcd): void {
    const { env, clock, logger, timings, onChange } = this.#options;
    followed.mirror = new Mirror({
      etcd,
      prefix: registryPrefix(env, service),
      name: `registry/${service}`,
      check: { kind: "newest" },
      timings,
      onBatch: (batch) => {
        takeBatch(followed.set, batch, clock.now());
        onChange();
      },
      onError: (error) =>
        logger.warn({ service, reason: reasonOf(error) }, "a registry is not followed as it should be"),
    });
    followed.mirror.start();
  }
}

function takeBatch(set: InstanceSet, batch: MirrorBatch, nowMs: number): void {
  if (batch.kind === "list") {
    set.list(batch.entries.values(), nowMs);
    return;
  }
  for (const change of batch.changes) {
    if (change.type === "put") set.put(change.entry.key, change.entry.value);
    else set.delete(change.key, nowMs);
  }
}
