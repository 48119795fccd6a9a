import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openEtcd } from "@leverframe/agent/etcd";
import { rpcPolicyLever } from "../../../demo/fleet/levers.ts";
import { ENVIRONMENT, type ServiceName } from "../../../demo/fleet/plan.ts";
import { tokenKeyIn } from "../../../demo/fleet/token-key.ts";
import { configBody } from "../../support/bodies.ts";
import { EtcdServer } from "../../support/etcd-server.ts";
import { type Edits, Operator } from "../../support/operator.ts";

const START_MS = 60_000;
const SERVICES: readonly ServiceName[] = ["bank", "inventory", "payment", "order", "gateway"];

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
}

/** The demo's own services, one process each, on an etcd of their own: the way of an order from the gateway to the bank. */
export class ShopRun implements AsyncDisposable {
  readonly #etcd: EtcdServer;
  readonly #snapshots: string;
  readonly #operator: Operator;
  readonly #close: () => void;
  readonly #running = new Map<ServiceName, Started>();

  static async start(levers: Readonly<Record<string, Edits>>): Promise<ShopRun> {
    const etcd = await EtcdServer.start();
    const run = new ShopRun(etcd, await mkdtemp(path.join(tmpdir(), "leverframe-shop-")));
    const key = await tokenKeyIn(run.#snapshots);
    const { value = "" } = rpcPolicyLever(key).spec as { value?: string };
    await run.pull("inventory", { "config/rpc-policy": configBody(value) });
    for (const [service, edits] of Object.entries(levers)) await run.pull(service, edits);
    for (const service of SERVICES) run.#running.set(service, await run.#spawn(service, key.secret));
    await run.#untilOrdersPass();
    return run;
  }

  private constructor(etcd: EtcdServer, snapshots: string) {
    const client = openEtcd({ endpoints: [etcd.endpoint] });
    this.#etcd = etcd;
    this.#snapshots = snapshots;
    this.#operator = new Operator(client, ENVIRONMENT);
    this.#close = () => client.close();
  }

  url(service: ServiceName): string {
    const url = this.#running.get(service)?.url;
    if (url === undefined) throw new Error(`${service} does not run`);
    return url;
  }

  /** Changes live levers of a service. */
  async pull(service: string, edits: Edits): Promise<void> {
    await this.#operator.commit(service, edits);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#running.values()) child.kill("SIGTERM");
    for (const { child } of this.#running.values())
      if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
    this.#close();
    await this.#etcd.close();
    await rm(this.#snapshots, { recursive: true, force: true });
  }

  async #spawn(service: ServiceName, tokenKey: string): Promise<Started> {
    const child = fork(path.resolve("demo/shop/main.ts"), [], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [...process.execArgv],
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: process.env["HOME"] ?? "",
        NODE_ENV: "production",
        SHOP_SERVICE: service,
        SHOP_INSTANCE: `${service}-1`,
        SHOP_ZONE: "zone-a",
        SHOP_ETCD: this.#etcd.endpoint,
        SHOP_SNAPSHOTS: this.#snapshots,
        SHOP_TOKEN_KEY: tokenKey,
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${service} did not start`)), START_MS);
      child.once("message", (message) => {
        clearTimeout(timer);
        resolve((message as { port: number }).port);
      });
      child.once("exit", (code) => reject(new Error(`${service} ended with ${code}`)));
    });
    return { child, url: `http://127.0.0.1:${port}` };
  }

  async #untilOrdersPass(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const { paid } = await placeOrder(this.url("gateway"), "u-1", 5_000);
      if (paid) return;
      await sleep(200);
    }
    throw new Error("no order passes through the shop");
  }
}

export interface OrderResult {
  readonly ok: boolean;
  readonly paid: boolean;
}

/** Orders a lamp, as a program. Never rejects. */
export async function placeOrder(gateway: string, user: string, withinMs: number): Promise<OrderResult> {
  try {
    const response = await fetch(`${gateway}/buy?product=lamp&user=${user}`, {
      method: "POST",
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(withinMs),
    });
    const { message = "" } = (await response.json()) as { message?: string };
    return { ok: response.ok, paid: message.startsWith("Ordered and paid") };
  } catch {
    return { ok: false, paid: false };
  }
}
