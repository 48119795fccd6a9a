import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { BreakerWatch, CallRecording } from "../breaker/index.ts";
import type { Clock } from "../clock.ts";
import { CoarseClock } from "../coarse-clock.ts";
import { DependencyStats } from "../dependencies/index.ts";
import { ownBalancing, ServiceDirectory, sameStance, stanceOf, USUAL_STANCE } from "../discovery/index.ts";
import { LiveFlags } from "../flags/live-flags.ts";
import { LeverStore } from "../levers/index.ts";
import { type LeverChange, LiveState, type OpenSecret, type Outcome } from "../live-state/index.ts";
import { ProcessFigures } from "../load/index.ts";
import { Pools } from "../metrics/pools.ts";
import { DegradeRules, type NamedRule, Policies, ProcessLoad, readSignal } from "../policy/index.ts";
import type { Hold, Instance, Read, Receipt } from "../protocol/index.ts";
import { composeReceipt } from "../receipts/index.ts";
import { specFor } from "../rules/index.ts";
import { openSecret as openSealed } from "../secrets/index.ts";
import type { Snapshot } from "../snapshot/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { EventHub } from "./events.ts";
import type { AgentSettings } from "./options.ts";
import { type TelemetrySource, telemetryOf } from "./telemetry-source.ts";

/** Told what others have to know of. */
export interface BodyListener {
  /** Something was applied, held, or refused: a receipt is due, spread over so many ms. */
  applied(spreadMs: number): void;
  /** The code declared a lever. */
  declared(): void;
  /** A breaker moved by itself. */
  moved(): void;
  /** What a snapshot would keep is another now. */
  changed(): void;
  /** What callers should make of this instance is another now: its registration says so. */
  stance(): void;
}

/** What the agent is, without how it reaches etcd: what is in force, what the code declared, what can be said of both. */
export class AgentBody {
  readonly incarnation = randomUUID();
  readonly live: LiveState;
  readonly levers: LeverStore;
  readonly breakers: BreakerWatch;
  readonly policies: Policies;
  readonly rules: DegradeRules;
  /** What the hot paths go by. */
  readonly coarse: CoarseClock;
  readonly directory: ServiceDirectory;
  readonly events = new EventHub();
  readonly flags: LiveFlags;
  readonly dependencies: DependencyStats;
  readonly telemetry: TelemetrySource;
  /** Of what breakers see, once telemetry tells of it. */
  readonly recording = new CallRecording();
  /** What scrapes tell beside counters. */
  readonly process: ProcessFigures;
  readonly pools = new Pools();
  /** Whether it began with a snapshot. */
  restored = false;
  readonly #settings: AgentSettings;
  readonly #listener: BodyListener;
  readonly #startedAt: string;
  readonly #load: ProcessLoad;
  #toldHold: Hold | undefined;
  #stance = USUAL_STANCE;
  #closing = false;

  constructor(settings: AgentSettings, clock: Clock, ttlMs: () => number, listener: BodyListener) {
    const { env, service, instance, logger, timings, dependencies, zone, foreign } = settings;
    this.#settings = settings;
    this.#listener = listener;
    this.#load = new ProcessLoad(() => clock.now());
    this.process = new ProcessFigures(() => clock.now());
    this.#startedAt = new Date(clock.wallMs()).toISOString();
    const openSecret: OpenSecret = (scope, name, sealed) => {
      if (scope !== service) throw new Error("secrets belong to one service, never to all");
      if (settings.secretKeys.length === 0)
        throw new Error("this agent was given no keys (LEVERFRAME_SECRET_KEYS)");
      return openSealed(settings.secretKeys, { env, service, kind: "config", name }, sealed);
    };
    this.live = new LiveState({ env, service, agentVersion: AGENT_VERSION, openSecret });
    this.coarse = new CoarseClock(() => clock.now());
    this.levers = new LeverStore({
      instance,
      logger,
      clocks: { now: () => clock.now(), coarse: this.coarse.now, recording: this.recording },
      find: (kind, name) => this.live.effective.get(`${kind}/${name}`),
      onDeclare: () => this.#declared(),
      around: () => this.flags.around,
    });
    this.flags = new LiveFlags({
      env,
      service,
      instance,
      hostname: hostname(),
      effective: () => this.live.effective,
      declare: (kind, name) => this.levers.flag(kind, name),
      nowMs: () => clock.wallMs(),
      random: Math.random,
    });
    const { levers } = this;
    this.dependencies = new DependencyStats(this.coarse.now);
    const { dependencies: stats } = this;
    this.policies = new Policies({
      service,
      clock,
      random: Math.random,
      logger,
      levers,
      dependencies: stats,
    });
    this.breakers = new BreakerWatch({
      clock,
      breakers: () => this.levers.breakers(),
      onMove: () => {
        this.rules.look();
        listener.moved();
      },
    });
    this.rules = this.#newRules(clock);
    this.live.refuse = this.levers.refuse;
    const onChange = (): void => listener.changed();
    const onFollow = (): void => this.#weigh();
    const following = { env, zone, foreign, clock, logger, timings, ttlMs, onChange, onFollow };
    this.directory = new ServiceDirectory(following);
    for (const dependency of dependencies) this.directory.service(dependency);
    this.telemetry = telemetryOf(this, settings, () => clock.now());
  }

  /** Swaps in what a batch did, then tells: the receipt, the disk, the host. */
  take({ changes, told, spreadMs }: Outcome): void {
    this.levers.swap(changes);
    this.breakers.look();
    this.#listener.changed();
    if (changes.some(({ kind }) => kind === "traffic")) this.#weigh();
    if (changes.some(({ kind }) => kind === "degrade")) this.#rule();
    // A pull that a rule has to give way to.
    else if (changes.some(({ kind }) => kind === "switch")) this.rules.look();
    if (!told) return;
    this.#listener.applied(spreadMs);
    this.#tell(changes);
  }

  /** Begins with a snapshot, unless it is another's. */
  restore(snapshot: Snapshot): void {
    const { env, service, instance, logger } = this.#settings;
    if (snapshot.env !== env || snapshot.service !== service || snapshot.instance !== instance) {
      logger.warn({ found: snapshot.instance }, "the snapshot is another instance's: left out");
      return;
    }
    this.restored = true;
    this.directory.restore(snapshot.registries);
    this.levers.swap(this.live.restore(snapshot.live).changes);
    this.#weigh();
    this.#rule();
  }

  /** What a restart needs; undefined while nothing of etcd's own is in force. `confirmedMs` is wall time. */
  snapshot(confirmedMs: number): Snapshot | undefined {
    if (!this.live.listed || (!this.live.settled && !this.restored)) return undefined;
    const { env, service, instance } = this.#settings;
    const registries = this.directory.bodies();
    const live = this.live.image();
    return { format: 1, env, service, instance, savedAtMs: confirmedMs, live, registries };
  }

  receipt(delayMs: number): Receipt {
    const { live, incarnation } = this;
    const reads = [...this.levers.reads(), ...this.rules.reads(), ...this.#trafficReads()];
    const [breakers, rules] = [this.breakers.reports(), this.rules.reports()];
    return composeReceipt({ live, incarnation, reads, breakers, rules, delayMs });
  }

  registration(metricsAddress: string | undefined): Instance {
    const { service, instance, address, version, zone } = this.#settings;
    const { weight, drained, isolated, balancing } = this.#stance;
    return {
      schema: 1,
      service,
      instance,
      incarnation: this.incarnation,
      ...(address === undefined ? {} : { address }),
      ...(metricsAddress === undefined ? {} : { metricsAddress }),
      version,
      zone,
      agentVersion: AGENT_VERSION,
      startedAt: this.#startedAt,
      ...(weight === USUAL_STANCE.weight ? {} : { weight }),
      ...(drained ? { drained } : {}),
      ...(isolated ? { isolated } : {}),
      ...(balancing === undefined ? {} : { balancing }),
    };
  }

  /** Whether callers are asked for calls. */
  get takesCalls(): boolean {
    const { drained, isolated, weight } = this.#stance;
    return !this.#closing && !drained && !isolated && weight > 0;
  }

  /** Asks for no more calls: the instance goes. */
  leave(): void {
    const took = this.takesCalls;
    this.#closing = true;
    if (took) this.events.tell("takesCalls", false);
  }

  /** Traffic levers need no code to declare them: every agent reads those of its service. */
  #trafficReads(): Read[] {
    return [...this.live.effective.values()].flatMap(({ kind, name }) =>
      kind === "traffic" ? [{ kind, name, decisions: this.directory.callsObeying(name) }] : [],
    );
  }

  #weigh(): void {
    const { instance } = this.#settings;
    const levers = [...this.live.effective.values()];
    this.directory.obey(ownBalancing(instance, levers));
    const stance = stanceOf(instance, levers, (service) => this.directory.follows(service));
    if (sameStance(stance, this.#stance)) return;
    const took = this.takesCalls;
    this.#stance = stance;
    if (took !== this.takesCalls) this.events.tell("takesCalls", this.takesCalls);
    this.#settings.logger.info({ ...stance }, "callers are told of another share of calls");
    this.#listener.stance();
  }

  /** No timer of it is left. */
  close(): void {
    this.rules.close();
    this.#load.close();
    this.process.close();
    this.breakers.close();
    this.coarse.close();
  }

  #newRules(clock: Clock): DegradeRules {
    const { levers, policies } = this;
    const sources = {
      rates: (of: string | undefined) => policies.rates(of),
      breakers: (of: string | undefined) =>
        [...levers.breakers()].filter((breaker) => of === undefined || breaker.name === of),
      load: this.#load,
    };
    return new DegradeRules({
      clock,
      logger: this.#settings.logger,
      switchOf: (name) => levers.knownSwitch(name),
      breakerOf: (name) => levers.knownBreaker(name),
      read: (signal, of) => readSignal(signal, of, sources),
      onMove: () => this.#listener.moved(),
    });
  }

  #rule(): void {
    const rules: NamedRule[] = [];
    for (const { name, lever } of this.live.effective.values())
      if (lever.kind === "degrade")
        rules.push({ name, spec: specFor(lever.resource, this.#settings.instance) });
    this.rules.update(rules);
  }

  #declared(): void {
    this.levers.swap(this.live.reconsider().changes);
    this.breakers.look();
    this.rules.look();
    this.#listener.declared();
    this.#listener.changed();
  }

  #tell(changes: readonly LeverChange[]): void {
    const { hold, epoch } = this.live;
    const { logger } = this.#settings;
    if (hold !== this.#toldHold) {
      this.#toldHold = hold;
      if (hold === undefined) logger.info({ epoch }, "etcd is obeyed again");
      else logger.warn({ hold }, "etcd is not obeyed: the last good state is held");
      this.events.tell("hold", hold);
    }
    if (!this.events.hears("applied")) return;
    const { ownRevision, sharedRevision, held } = this.live;
    const levers = changes.map(({ kind, name }) => `${kind}/${name}`);
    this.events.tell("applied", { ownRevision, sharedRevision, levers, held });
  }
}
