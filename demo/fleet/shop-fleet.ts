import type { Identity } from "../secure/secure-etcd.ts";
import { type Child, startChild } from "./children.ts";
import { type EtcdGate, openGate } from "./etcd-gate.ts";
import { type PlannedInstance, plannedInstances } from "./plan.ts";

interface Running {
  readonly plan: PlannedInstance;
  readonly gate: EtcdGate;
  child: Child;
  port: number;
}

export interface FleetOptions {
  readonly etcd: string;
  /** The certificate of each service, where etcd asks for one. */
  readonly identity?: ((service: string) => Identity) | undefined;
  readonly snapshots: string;
  /** What signs order's tokens for inventory. */
  readonly tokenKey: string;
  /** `OTEL_` variables that say where traces and figures go. */
  readonly telemetry?: Readonly<Record<string, string>> | undefined;
  /** Where the first gateway listens: the shop's address. */
  readonly shopPort: number;
}

const START_MS = 60_000;
const STARTING_AT_ONCE = 4;
const STOP_MS = 8_000;

/** The shop: 20 processes, each with an agent and a way to etcd of its own. */
export class ShopFleet {
  readonly #options: FleetOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Starts all of them, a few at a time. Rejects with the words of the one that failed. */
  async start(): Promise<void> {
    const waiting = plannedInstances();
    const worker = async (): Promise<void> => {
      for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
        const gate = await openGate(this.#options.etcd);
        const child = this.#spawn(plan, gate);
        const running: Running = { plan, gate, child, port: 0 };
        this.#running.set(plan.instance, running);
        running.port = portOf(await child.first(START_MS));
      }
    };
    await Promise.all(Array.from({ length: STARTING_AT_ONCE }, worker));
  }

  get shopUrl(): string {
    return `http://127.0.0.1:${this.#of("gateway-1").port}`;
  }

  get instances(): readonly string[] {
    return [...this.#running.keys()];
  }

  portOf(instance: string): number {
    return this.#of(instance).port;
  }

  /** SIGKILL: no goodbye, the lease runs out. */
  kill(instance: string): void {
    this.#of(instance).child.signal("SIGKILL");
  }

  cut(instance: string): void {
    this.#of(instance).gate.cut();
  }

  /** Opens every gate and starts whoever is gone. Says what it mended. */
  async heal(): Promise<string[]> {
    const mended: string[] = [];
    for (const running of this.#running.values()) {
      if (!running.gate.open) {
        running.gate.heal();
        mended.push(`${running.plan.instance} reaches etcd again`);
      }
      if (!running.child.ended) continue;
      await this.restart(running.plan.instance);
      mended.push(`${running.plan.instance} runs again`);
    }
    return mended;
  }

  /** Starts an instance that is gone, on its port; one that runs is left alone. */
  async restart(instance: string): Promise<void> {
    const running = this.#of(instance);
    if (!running.child.ended) return;
    running.child = this.#spawn(running.plan, running.gate);
    running.port = portOf(await running.child.first(START_MS));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.child.stop(STOP_MS)));
    await Promise.all([...this.#running.values()].map((running) => running.gate.close()));
  }

  #of(instance: string): Running {
    const running = this.#running.get(instance);
    if (running === undefined)
      throw new Error(`There is no instance ${instance}. There are: ${this.instances.join(", ")}.`);
    return running;
  }

  /** The one that it had, so that callers and people find it again; the shop's own for the first gateway. */
  #portFor(plan: PlannedInstance): number {
    const port = this.#running.get(plan.instance)?.port ?? 0;
    return port === 0 && plan.instance === "gateway-1" ? this.#options.shopPort : port;
  }

  #spawn(plan: PlannedInstance, gate: EtcdGate): Child {
    const identity = this.#options.identity?.(plan.service);
    return startChild(plan.instance, "demo-shop.mjs", {
      SHOP_SERVICE: plan.service,
      SHOP_INSTANCE: plan.instance,
      SHOP_ZONE: plan.zone,
      SHOP_PORT: String(this.#portFor(plan)),
      SHOP_ETCD: gate.endpoint,
      SHOP_SNAPSHOTS: this.#options.snapshots,
      ...this.#options.telemetry,
      ...(plan.service === "order" ? { SHOP_TOKEN_KEY: this.#options.tokenKey } : {}),
      ...(identity === undefined
        ? {}
        : {
            SHOP_ETCD_CA: identity.caFile,
            SHOP_ETCD_CERT: identity.certFile,
            SHOP_ETCD_KEY: identity.keyFile,
          }),
    });
  }
}

const portOf = (message: unknown): number => (message as { port?: number }).port ?? 0;
