import { randomUUID } from "node:crypto";
import type { Registry } from "prom-client";
import { systemClock } from "../clock.ts";
import { type Etcd, openEtcd } from "../etcd/index.ts";
import { ServiceDirectory, type ServiceHandle } from "../discovery/index.ts";
import { AgentServer } from "../http/agent-server.ts";
import {
  type ConfigHandle,
  type ConfigOptions,
  type ConfigSchema,
  LeverStore,
  type SwitchHandle,
  type SwitchOptions,
} from "../levers/index.ts";
import { LiveState, type Outcome, type RawBatch, type StreamName } from "../live-state/index.ts";
import { reasonOf } from "../logger.ts";
import { agentRegistry } from "../metrics/agent-metrics.ts";
import type { BreakerSpec, Hold, Instance, Receipt } from "../protocol/index.ts";
import { composeReceipt, ReceiptSender } from "../receipts/index.ts";
import { PresenceWriter, Registration } from "../registration/index.ts";
import { type Snapshot, SnapshotFile, SnapshotKeeper, snapshotPath } from "../snapshot/index.ts";
import type { Breaker } from "../breaker/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { type AgentEvents, EventHub } from "./events.ts";
import { LeverStreams } from "./lever-streams.ts";
import { type AgentOptions, type AgentSettings, advertisedHost, isEtcd, settingsFor } from "./options.ts";
import type { AgentStatus } from "./status.ts";

/**
 * A service's side of Leverframe: live levers, receipts that prove them, registration and discovery. Nothing that it
 * does throws into its host or keeps the process alive.
 */
export interface Agent {
  readonly instance: string;
  /** Anew at each start of the process. */
  readonly incarnation: string;
  readonly status: AgentStatus;
  /** Its own metrics, also without a port. */
  readonly metrics: Registry;
  /**
   * Resolves when live state is applied and the instance registered, at the latest after `startDeadlineMs`; what is
   * missing then comes later. Never rejects.
   */
  start(): Promise<void>;
  /** Whether `start` is over and `close` was not called. */
  ready(): boolean;
  /** Says that it leaves, deletes its keys, stops everything. Bounded; never rejects. */
  close(): Promise<void>;
  switch(name: string, options: SwitchOptions): SwitchHandle;
  config<T>(name: string, schema: ConfigSchema<T>, options: ConfigOptions<T>): ConfigHandle<T>;
  breaker(name: string, defaults?: Partial<BreakerSpec>): Omit<Breaker, "update" | "replaceSpec">;
  service(name: string): ServiceHandle;
  /** Returns what ends it. */
  on<Event extends keyof AgentEvents>(
    event: Event,
    listener: (value: AgentEvents[Event]) => void,
  ): () => void;
}

/** Makes an agent; nothing happens before `start`. Throws a `TypeError` on invalid options. */
export const createAgent = (options: AgentOptions): Agent => new LeverframeAgent(settingsFor(options));

type Phase = "new" | "starting" | "ready" | "closing" | "closed";

class LeverframeAgent implements Agent {
  readonly instance: string;
  readonly incarnation = randomUUID();
  readonly #settings: AgentSettings;
  readonly #startedAt = new Date(systemClock.wallMs()).toISOString();
  readonly #live: LiveState;
  readonly #levers: LeverStore;
  readonly #streams: LeverStreams;
  readonly #directory: ServiceDirectory;
  readonly #sender: ReceiptSender;
  readonly #events = new EventHub();
  readonly #keeper: SnapshotKeeper | undefined;
  #phase: Phase = "new";
  #restored = false;
  #etcd: Etcd | undefined;
  #writer: PresenceWriter | undefined;
  #registration: Registration | undefined;
  #server: AgentServer | undefined;
  #registry: Registry | undefined;
  #toldHold: Hold | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: AgentSettings) {
    const { env, service, logger, timings } = settings;
    this.#settings = settings;
    this.instance = settings.instance;
    this.#live = new LiveState({ env, service, agentVersion: AGENT_VERSION });
    this.#levers = new LeverStore({
      instance: this.instance,
      logger,
      now: systemClock.now,
      find: (kind, name) => this.#live.effective.get(`${kind}/${name}`),
      onDeclare: () => this.#onDeclare(),
    });
    this.#live.refuse = this.#levers.refuse;
    this.#streams = new LeverStreams({
      env,
      service,
      logger,
      timings,
      onBatch: (stream, batch, clusterId) => this.#onBatch(stream, batch, clusterId),
      onProof: () => this.#sender.heal(),
    });
    this.#directory = new ServiceDirectory({
      env,
      clock: systemClock,
      logger,
      timings,
      ttlMs: () => this.#registration?.ttlMs ?? 5_000,
      onChange: () => this.#keeper?.touch(),
    });
    this.#sender = this.#newSender();
    this.#keeper = this.#newKeeper();
    for (const dependency of settings.dependencies) this.#directory.service(dependency);
  }

  get status(): AgentStatus {
    const live = this.#live;
    const mirrors = [...this.#streams.statuses(), ...this.#directory.statuses()];
    return {
      service: this.#settings.service,
      env: this.#settings.env,
      instance: this.instance,
      incarnation: this.incarnation,
      source: live.settled ? "live" : this.#restored ? "snapshot" : "default",
      epoch: live.epoch,
      ownRevision: live.ownRevision,
      sharedRevision: live.sharedRevision,
      hold: live.hold,
      held: live.held,
      unsupported: live.unsupported,
      stale: this.#streams.stale,
      snapshotAgeMs: this.#keeper?.ageMs,
      leaseState: this.#registration?.state ?? "starting",
      mirrors: Object.fromEntries(mirrors.map(({ name, status }) => [name, status])),
      receipts: this.#sender.counters,
      metricsAddress: this.#metricsAddress,
    };
  }

  get metrics(): Registry {
    this.#registry ??= agentRegistry({
      status: () => this.status,
      levers: this.#levers,
      version: this.#settings.version,
    });
    return this.#registry;
  }

  ready(): boolean {
    return this.#phase === "ready";
  }

  start(): Promise<void> {
    if (this.#phase === "new") {
      this.#phase = "starting";
      this.#starting = this.#begin().catch((error: unknown) => {
        this.#settings.logger.error({ reason: reasonOf(error) }, "the agent did not start as it should");
      });
    }
    return (this.#starting ?? Promise.resolve()).then(() => {
      if (this.#phase === "starting") this.#phase = "ready";
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#end().catch((error: unknown) => {
      this.#settings.logger.error({ reason: reasonOf(error) }, "the agent did not stop as it should");
    });
    return this.#closing;
  }

  switch(name: string, options: SwitchOptions): SwitchHandle {
    return this.#levers.switch(name, options);
  }

  config<T>(name: string, schema: ConfigSchema<T>, options: ConfigOptions<T>): ConfigHandle<T> {
    return this.#levers.config(name, schema, options);
  }

  breaker(name: string, defaults: Partial<BreakerSpec> = {}): Breaker {
    return this.#levers.breaker(name, defaults);
  }

  service(name: string): ServiceHandle {
    return this.#directory.service(name);
  }

  on<Event extends keyof AgentEvents>(
    event: Event,
    listener: (value: AgentEvents[Event]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  async #begin(): Promise<void> {
    const { startDeadlineMs } = this.#settings;
    // A host that has nothing else to do yet waits for its start.
    const wait = setTimeout(() => undefined, startDeadlineMs);
    try {
      await this.#connect(systemClock.now() + startDeadlineMs);
    } finally {
      clearTimeout(wait);
    }
  }

  async #connect(untilMs: number): Promise<void> {
    const { etcd, env, service, logger } = this.#settings;
    await this.#restore();
    await this.#listen();
    if (this.#phase !== "starting") return;
    const client = isEtcd(etcd) ? etcd : openEtcd(etcd);
    this.#etcd = client;
    const { instance } = this;
    const onRevision = (revision: number, clusterId: string) => this.#live.saw(revision, clusterId);
    const writer = new PresenceWriter({ etcd: client, env, service, instance, onRevision });
    this.#writer = writer;
    this.#registration = new Registration({
      etcd: client,
      env,
      writer,
      sender: this.#sender,
      logger,
      record: () => this.#record(),
      compose: () => this.#compose(0),
      onState: (state) => this.#events.tell("lease", state),
    });
    this.#streams.start(client);
    this.#directory.start(client);
    const leftMs = () => Math.max(0, untilMs - systemClock.now());
    await Promise.all([this.#streams.ready(leftMs()), this.#directory.ready(leftMs())]);
    if (this.#phase !== "starting") return;
    this.#registration.start();
    await within(this.#registration.registered, leftMs());
    if (!this.#live.settled) {
      const { source } = this.status;
      logger.warn(
        { source, hold: this.#live.hold },
        "etcd gave no levers to obey in time: others are served",
      );
    }
  }

  async #end(): Promise<void> {
    this.#phase = "closing";
    // A start that is under way gives up at its next step.
    await this.#registration?.close();
    await this.#keeper?.close();
    await Promise.all([this.#sender.close(), this.#streams.close(), this.#directory.close()]);
    await this.#starting;
    await Promise.all([this.#registration?.close(), this.#server?.close()]);
    await Promise.all([this.#streams.close(), this.#directory.close()]);
    if (this.#etcd !== undefined && !isEtcd(this.#settings.etcd)) this.#etcd.close();
    this.#phase = "closed";
  }

  async #restore(): Promise<void> {
    const snapshot = await this.#keeper?.restore();
    if (snapshot === undefined) return;
    const { env, service, instance } = this.#settings;
    if (snapshot.env !== env || snapshot.service !== service || snapshot.instance !== instance) {
      this.#settings.logger.warn(
        { found: snapshot.instance },
        "the snapshot is another instance's: left out",
      );
      return;
    }
    this.#restored = true;
    this.#directory.restore(snapshot.registries);
    this.#levers.swap(this.#live.restore(snapshot.live).changes);
  }

  async #listen(): Promise<void> {
    const { metrics, logger } = this.#settings;
    if (metrics === undefined) return;
    try {
      this.#server = await AgentServer.listen({
        host: metrics.host ?? "0.0.0.0",
        port: metrics.port,
        metrics: async () => ({ type: this.metrics.contentType, text: await this.metrics.metrics() }),
        health: () => ({ ok: this.ready(), body: { ready: this.ready(), ...this.status } }),
      });
    } catch (error) {
      logger.warn({ port: metrics.port, reason: reasonOf(error) }, "metrics are not served");
    }
  }

  #onBatch(stream: StreamName, batch: RawBatch, clusterId: string | undefined): void {
    this.#take(this.#live.apply(stream, batch, clusterId));
  }

  #onDeclare(): void {
    this.#take(this.#live.reconsider(), true);
  }

  /** Swaps first, then tells: the receipt, the disk, the host. */
  #take({ changes, told, spreadMs }: Outcome, declared = false): void {
    this.#levers.swap(changes);
    if (declared) this.#sender.declared();
    else if (told) this.#sender.applied(spreadMs);
    if (told && !declared) this.#tell(changes.map(({ kind, name }) => `${kind}/${name}`));
    this.#keeper?.touch();
  }

  #tell(levers: readonly string[]): void {
    const { ownRevision, sharedRevision, held, hold } = this.#live;
    const { logger } = this.#settings;
    if (hold !== this.#toldHold) {
      this.#toldHold = hold;
      if (hold === undefined) logger.info({ epoch: this.#live.epoch }, "etcd is obeyed again");
      else logger.warn({ hold }, "etcd is not obeyed: the last good state is held");
      this.#events.tell("hold", hold);
    }
    this.#events.tell("applied", { ownRevision, sharedRevision, levers, held });
  }

  #compose(delayMs: number): Receipt {
    return composeReceipt({
      live: this.#live,
      incarnation: this.incarnation,
      reads: this.#levers.reads(),
      delayMs,
    });
  }

  #record(): Instance {
    const { service, address, version, zone } = this.#settings;
    const metricsAddress = this.#metricsAddress;
    return {
      schema: 1,
      service,
      instance: this.instance,
      incarnation: this.incarnation,
      ...(address === undefined ? {} : { address }),
      ...(metricsAddress === undefined ? {} : { metricsAddress }),
      version,
      zone,
      agentVersion: AGENT_VERSION,
      startedAt: this.#startedAt,
    };
  }

  get #metricsAddress(): string | undefined {
    return this.#server === undefined ? undefined : `${advertisedHost(this.#settings)}:${this.#server.port}`;
  }

  #newSender(): ReceiptSender {
    const { followUpMs } = this.#settings;
    return new ReceiptSender({
      clock: systemClock,
      random: Math.random,
      compose: (delayMs) => this.#compose(delayMs),
      write: async (receipt) => this.#writer?.writeReceipt(receipt),
      onAttempt: (error) => this.#events.tell("receipt", { error }),
      ...(followUpMs === undefined ? {} : { followUpMs }),
    });
  }

  #newKeeper(): SnapshotKeeper | undefined {
    const { snapshotDir, env, service, instance, logger } = this.#settings;
    if (snapshotDir === undefined) return undefined;
    const file = new SnapshotFile(snapshotPath(snapshotDir, env, service, instance));
    return new SnapshotKeeper({ file, clock: systemClock, logger, take: () => this.#snapshot() });
  }

  #snapshot(): Snapshot | undefined {
    if (!this.#live.listed || (!this.#live.settled && !this.#restored)) return undefined;
    const { env, service, instance } = this.#settings;
    const age = this.#keeper?.ageMs;
    const confirmed = this.#streams.following && this.#live.hold === undefined;
    return {
      format: 1,
      env,
      service,
      instance,
      savedAtMs: confirmed || age === undefined ? systemClock.wallMs() : systemClock.wallMs() - age,
      live: this.#live.image(),
      registries: this.#directory.bodies(),
    };
  }
}

/** Waits for it, but no longer than `ms`. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let stop: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    stop = systemClock.after(ms, resolve);
  });
  await Promise.race([work, late]);
  stop();
}
