import type { Etcd, MirrorStatus } from "../etcd/index.ts";
import { describeIssues, serviceName } from "../protocol/index.ts";
import type { Balancing } from "./balancing.ts";
import { FollowedService, type FollowOptions, type ServiceHandle } from "./followed-service.ts";

export interface DirectoryOptions extends FollowOptions {
  /** One more service is followed. */
  readonly onFollow: () => void;
}

/** The registries of the services that this one calls; asking for a service follows it. */
export class ServiceDirectory {
  readonly #options: DirectoryOptions;
  readonly #followed = new Map<string, FollowedService>();
  #restored: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
  #own: ReadonlyMap<string, Balancing> = new Map();
  #etcd: Etcd | undefined;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** The registries as a snapshot remembers them, until they are seen. */
  restore(registries: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
    this.#restored = registries;
    for (const followed of this.#followed.values()) followed.restore(registries);
  }

  /** Begins to follow those asked for so far, and each one asked for later. */
  start(etcd: Etcd): void {
    this.#etcd = etcd;
    for (const followed of this.#followed.values()) followed.start(etcd);
  }

  /** How the caller's own levers want calls to be spread, by the service that is called. */
  obey(own: ReadonlyMap<string, Balancing>): void {
    this.#own = own;
    for (const [service, followed] of this.#followed) followed.obey(own.get(service));
  }

  /** Resolves when all that were asked for so far are known, or the deadline is over. Never rejects. */
  async ready(deadlineMs: number): Promise<void> {
    await Promise.all([...this.#followed.values()].map((followed) => followed.ready(deadlineMs)));
  }

  service(name: string): ServiceHandle {
    const known = this.#followed.get(name);
    if (known !== undefined) return known;
    const followed = new FollowedService(name, this.#options);
    const named = serviceName.safeParse(name);
    if (!named.success) {
      const fault = describeIssues(named.error);
      this.#options.logger.error({ name, fault }, "no service can have such a name");
      return followed;
    }
    this.#followed.set(name, followed);
    followed.obey(this.#own.get(name));
    followed.restore(this.#restored);
    if (this.#etcd !== undefined) followed.start(this.#etcd);
    this.#options.onFollow();
    return followed;
  }

  /** Calls to a service that went by the caller's own lever, since that changed. */
  callsObeying(service: string): number {
    return this.#followed.get(service)?.callsObeying ?? 0;
  }

  follows(name: string): boolean {
    return this.#followed.has(name);
  }

  /** For the snapshot; what was restored and is not asked for yet is kept. */
  bodies(): Record<string, Record<string, string>> {
    const bodies: Record<string, Record<string, string>> = {};
    for (const [service, kept] of Object.entries(this.#restored)) bodies[service] = { ...kept };
    for (const [service, followed] of this.#followed) bodies[service] = followed.bodies();
    return bodies;
  }

  *statuses(): Iterable<{ name: string; status: MirrorStatus }> {
    for (const followed of this.#followed.values()) yield* followed.statuses();
  }

  async close(): Promise<void> {
    this.#etcd = undefined;
    await Promise.all([...this.#followed.values()].map((followed) => followed.close()));
  }
}
