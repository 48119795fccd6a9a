import { randomBytes, randomUUID } from "node:crypto";
import { DomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import { JournalMemory } from "../features/convergence/journal-memory.ts";
import { PropagationTimings } from "../features/convergence/propagation-timings.ts";
import { createEnvironment, freshEpoch } from "../features/environments/environment-service.ts";
import { type FollowedSettings, followSettings } from "../infra/etcd/environment-settings-store.ts";
import { createEnvironmentStore } from "../infra/etcd/environment-store.ts";
import { createPublishStore } from "../infra/etcd/publish-store.ts";
import type { Log } from "../infra/log.ts";
import type { Readiness } from "../server/http-server.ts";
import type { ControlMetrics } from "../server/metrics.ts";
import { EnvironmentRoom } from "./environment-room.ts";
import type { EtcdClusters } from "./etcd-clusters.ts";

/** How long a start waits for etcd to be followed. */
export const READY_MS = 20_000;
const NEW_ENVIRONMENTS_EVERY_MS = 5_000;

/** A name for a new life of an environment's data. */
export const newEpoch = (): string => freshEpoch(() => randomBytes(20));

/** The environments that this process follows; new ones are found as they are made, here or elsewhere. */
export class Rooms {
  readonly timings = new PropagationTimings();
  readonly journals: JournalMemory;
  readonly #rooms = new Map<string, EnvironmentRoom>();
  readonly #serverId = randomUUID().slice(0, 8);
  readonly #environment: Environment;
  readonly #clusters: EtcdClusters;
  readonly #log: Log;
  readonly #store: ReturnType<typeof createEnvironmentStore>;
  /** Freeze windows and rules of approval, by environment. */
  readonly settings: FollowedSettings;
  #looking: NodeJS.Timeout | undefined;

  constructor(environment: Environment, clusters: EtcdClusters, log: Log) {
    this.#environment = environment;
    this.#clusters = clusters;
    this.#log = log;
    this.#store = createEnvironmentStore(clusters.home, clusters.etcdFor);
    this.settings = followSettings(clusters.home, log);
    const read = createPublishStore(clusters.etcdFor);
    this.journals = new JournalMemory(
      (env, id) => read.journal(env, id),
      (env) => this.#rooms.get(env)?.feed.touchAll(),
    );
  }

  async open(): Promise<void> {
    const wanted = this.#environment.LEVERFRAME_ENVIRONMENTS.split(",").map((name) => name.trim());
    for (const env of wanted.filter((name) => name !== ""))
      await createEnvironment(this.#store, env, newEpoch());
    await this.#look();
    await this.settings.ready(READY_MS);
    await Promise.all([...this.#rooms.values()].map((room) => room.mirrors.ready(READY_MS)));
    this.#looking = setInterval(() => {
      // While etcd is away there is nothing new to find; the rooms' own status says that it is.
      this.#look().catch((error: unknown) => this.#log.debug({ err: error }, "environments can't be listed"));
    }, NEW_ENVIRONMENTS_EVERY_MS).unref();
  }

  async create(env: string): Promise<"created" | "stood"> {
    const outcome = await createEnvironment(this.#store, env, newEpoch());
    await this.#look();
    return outcome;
  }

  names(): readonly string[] {
    return [...this.#rooms.keys()].sort();
  }

  /** Throws NOT_FOUND for an environment that nobody made. */
  room(env: string): EnvironmentRoom {
    const room = this.#rooms.get(env);
    if (room === undefined) {
      throw new DomainError(
        "NOT_FOUND",
        `There is no environment ${env}. There are: ${this.names().join(", ")}.`,
      );
    }
    return room;
  }

  readiness(): Readiness {
    const checks = [...this.#rooms.values()].map((room): [string, Readiness["checks"][string]] => {
      const stale = room.stale();
      return [`etcd/${room.env}`, stale === undefined ? { ok: true } : { ok: false, why: stale.why }];
    });
    return { ready: checks.every(([, check]) => check.ok), checks: Object.fromEntries(checks) };
  }

  gauge(metrics: ControlMetrics): void {
    metrics.instances.reset();
    metrics.unproved.reset();
    for (const room of this.#rooms.values()) {
      metrics.following.set({ env: room.env }, room.stale() === undefined ? 1 : 0);
      for (const [state, count] of Object.entries(room.instanceStates()))
        metrics.instances.set({ env: room.env, state }, count);
      for (const { service, instances } of room.services()) {
        const unproved = instances.filter(({ state }) => state === "unproved").length;
        metrics.unproved.set({ env: room.env, service }, unproved);
      }
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    await Promise.all([this.settings, ...this.#rooms.values()].map((one) => one.close()));
  }

  async #look(): Promise<void> {
    for (const env of await this.#store.list()) {
      if (this.#rooms.has(env)) continue;
      const [first] = this.#environment.LEVERFRAME_ENVIRONMENTS.split(",");
      const room = new EnvironmentRoom({
        env,
        etcd: this.#clusters.etcdFor(env),
        foreign: env === (this.#environment.LEVERFRAME_FOREIGN_ENVIRONMENT ?? first?.trim()),
        settings: () => this.settings.of(env),
        log: this.#log,
        serverId: this.#serverId,
        timings: this.timings,
        journals: this.journals,
      });
      this.#rooms.set(env, room);
      room.start();
    }
  }
}
