import type { Registry } from "prom-client";
import type { Breaker } from "../breaker/index.ts";
import { systemClock, within } from "../clock.ts";
import type { ServiceHandle } from "../discovery/index.ts";
import { type Etcd, openEtcd } from "../etcd/index.ts";
import type { FlagReader } from "../flags/live-flags.ts";
import { AgentServer } from "../http/agent-server.ts";
import type {
  ConfigHandle,
  ConfigOptions,
  ConfigSchema,
  SwitchHandle,
  SwitchOptions,
} from "../levers/index.ts";
import { reasonOf } from "../logger.ts";
import { agentRegistry } from "../metrics/agent-metrics.ts";
import { bindLogLevel } from "../policy/index.ts";
import type { BreakerSpec } from "../protocol/index.ts";
import { ReceiptSender } from "../receipts/index.ts";
import { PresenceWriter, Registration } from "../registration/index.ts";
import { SnapshotFile, SnapshotKeeper, snapshotPath } from "../snapshot/index.ts";
import type { Agent } from "./agent.ts";
import { AgentBody } from "./agent-body.ts";
import type { AgentEvents } from "./events.ts";
import { LeverStreams } from "./lever-streams.ts";
import { type AgentOptions, type AgentSettings, advertisedHost, isEtcd, settingsFor } from "./options.ts";
import type { AgentStatus } from "./status.ts";
import type { TelemetrySource } from "./telemetry-source.ts";

/** Makes an agent; nothing happens before `start`. Throws a `TypeError` on invalid options. */
export const createAgent = (options: AgentOptions): Agent => new LeverframeAgent(settingsFor(options));

type Phase = "new" | "starting" | "ready" | "closing" | "closed";

const DEFAULT_TTL_MS = 5_000;

/** The agent's life: what is started in which order, and stopped in which. */
class LeverframeAgent implements Agent {
  readonly instance: string;
  readonly #settings: AgentSettings;
  readonly #body: AgentBody;
  readonly #streams: LeverStreams;
  readonly #sender: ReceiptSender;
  readonly #keeper: SnapshotKeeper | undefined;
  #phase: Phase = "new";
  #etcd: Etcd | undefined;
  #writer: PresenceWriter | undefined;
  #registration: Registration | undefined;
  #server: AgentServer | undefined;
  #registry: Registry | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: AgentSettings) {
    const { env, service, logger, timings } = settings;
    this.#settings = settings;
    this.instance = settings.instance;
    this.#body = new AgentBody(settings, systemClock, () => this.#registration?.ttlMs ?? DEFAULT_TTL_MS, {
      applied: (spreadMs) => this.#sender.applied(spreadMs),
      declared: () => this.#sender.declared(),
      moved: () => this.#sender.moved(),
      changed: () => this.#keeper?.touch(),
      stance: () => this.#registration?.refresh(),
    });
    this.#sender = this.#newSender();
    this.#keeper = this.#newKeeper();
    this.#streams = new LeverStreams({
      env,
      service,
      logger,
      timings,
      onBatch: (stream, batch, clusterId) => this.#body.take(this.#body.live.apply(stream, batch, clusterId)),
      onProof: () => this.#sender.heal(),
    });
  }

  get incarnation(): string {
    return this.#body.incarnation;
  }

  get status(): AgentStatus {
    const { live, restored, directory } = this.#body;
    const mirrors = [...this.#streams.statuses(), ...directory.statuses()];
    return {
      service: this.#settings.service,
      env: this.#settings.env,
      instance: this.instance,
      incarnation: this.incarnation,
      source: live.settled ? "live" : restored ? "snapshot" : "default",
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
    if (this.#registry === undefined) {
      const { levers, policies, rules, dependencies, process, pools } = this.#body;
      const parts = { levers, policies, rules, dependencies, process, pools };
      this.#registry = agentRegistry({
        ...parts,
        status: () => this.status,
        version: this.#settings.version,
      });
    }
    return this.#registry;
  }

  get telemetry(): TelemetrySource {
    return this.#body.telemetry;
  }

  get takesCalls(): boolean {
    return this.#body.takesCalls;
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
    return this.#body.levers.switch(name, options);
  }

  config<T>(name: string, schema: ConfigSchema<T>, options: ConfigOptions<T>): ConfigHandle<T> {
    return this.#body.levers.config(name, schema, options);
  }

  breaker(name: string, defaults: Partial<BreakerSpec> = {}): Breaker {
    return this.#body.levers.breaker(name, defaults);
  }

  get flags(): FlagReader {
    return this.#body.flags;
  }

  readonly policy: Agent["policy"] = (name, defaults) => this.#body.policies.policy(name, defaults);

  readonly call: Agent["call"] = (name, fn, options) =>
    this.#body.policies.policy(name, options).call(fn, options);

  readonly logLevel: Agent["logLevel"] = (logger, options) =>
    bindLogLevel(this.#body.levers, logger, options, this.#settings.logger);

  service(name: string): ServiceHandle {
    return this.#body.directory.service(name);
  }

  on<Event extends keyof AgentEvents>(
    event: Event,
    listener: (value: AgentEvents[Event]) => void,
  ): () => void {
    return this.#body.events.on(event, listener);
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
    const { etcd, logger } = this.#settings;
    const snapshot = await this.#keeper?.restore();
    if (snapshot !== undefined) this.#body.restore(snapshot);
    await this.#listen();
    if (this.#phase !== "starting") return;
    this.#etcd = isEtcd(etcd) ? etcd : openEtcd(etcd);
    this.#registration = this.#newRegistration(this.#etcd);
    this.#streams.start(this.#etcd);
    this.#body.directory.start(this.#etcd);
    const leftMs = () => Math.max(0, untilMs - systemClock.now());
    await Promise.all([this.#streams.ready(leftMs()), this.#body.directory.ready(leftMs())]);
    if (this.#phase !== "starting") return;
    this.#registration.start();
    await within(systemClock, this.#registration.registered, leftMs());
    const { live } = this.#body;
    if (live.settled || this.#phase !== "starting") return;
    const { source } = this.status;
    logger.warn({ source, hold: live.hold }, "etcd gave no levers to obey in time: others are served");
  }

  async #end(): Promise<void> {
    this.#phase = "closing";
    this.#body.leave();
    await this.#registration?.close();
    this.#body.close();
    await this.#keeper?.close();
    await Promise.all([this.#sender.close(), this.#streams.close(), this.#body.directory.close()]);
    // A start that was under way has given up by now, and may have left something behind.
    await this.#starting;
    await Promise.all([this.#registration?.close(), this.#server?.close()]);
    await Promise.all([this.#streams.close(), this.#body.directory.close()]);
    if (!isEtcd(this.#settings.etcd)) this.#etcd?.close();
    this.#phase = "closed";
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

  get #metricsAddress(): string | undefined {
    return this.#server === undefined ? undefined : `${advertisedHost(this.#settings)}:${this.#server.port}`;
  }

  #newRegistration(etcd: Etcd): Registration {
    const { env, service, logger } = this.#settings;
    const body = this.#body;
    this.#writer = new PresenceWriter({
      etcd,
      env,
      service,
      instance: this.instance,
      incarnation: this.incarnation,
      onRevision: (revision, clusterId) => body.live.saw(revision, clusterId),
      onNamesake: (incarnation) =>
        logger.warn({ instance: this.instance, incarnation }, "another process bears this instance id"),
    });
    return new Registration({
      etcd,
      env,
      writer: this.#writer,
      sender: this.#sender,
      logger,
      record: () => body.registration(this.#metricsAddress),
      compose: () => body.receipt(0),
      onState: (state) => body.events.tell("lease", state),
    });
  }

  #newSender(): ReceiptSender {
    const { followUpMs } = this.#settings;
    return new ReceiptSender({
      clock: systemClock,
      random: Math.random,
      compose: (delayMs) => this.#body.receipt(delayMs),
      write: async (receipt) => this.#writer?.writeReceipt(receipt),
      onAttempt: (error) => this.#body.events.tell("receipt", { error }),
      ...(followUpMs === undefined ? {} : { followUpMs }),
    });
  }

  #newKeeper(): SnapshotKeeper | undefined {
    const { snapshotDir, env, service, instance, logger } = this.#settings;
    if (snapshotDir === undefined) return undefined;
    const file = new SnapshotFile(snapshotPath(snapshotDir, env, service, instance));
    const take = () => this.#body.snapshot(systemClock.wallMs() - this.#unconfirmedMs());
    return new SnapshotKeeper({ file, clock: systemClock, logger, take });
  }

  /** For how long etcd has not confirmed what is in force. */
  #unconfirmedMs(): number {
    const confirmed = this.#streams.following && this.#body.live.hold === undefined;
    return confirmed ? 0 : (this.#keeper?.ageMs ?? 0);
  }
}
