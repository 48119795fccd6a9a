import { type Agent, createAgent } from "@leverframe/agent";
import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import * as z from "zod";

/**
 * A process that holds many agents, or as many raw watchers, one connection each. It tells its parent at which
 * nanosecond (a clock that all processes share) the last of its own had the new value.
 */
export interface HostOrders {
  readonly mode: "agents" | "raw";
  readonly endpoint: string;
  readonly env: string;
  readonly service: string;
  readonly first: number;
  readonly count: number;
  /** The raw watchers' prefixes: the same number of watches as an agent has. */
  readonly rawPrefixes: readonly string[];
}

export type HostReport = { readonly ready: true } | { readonly value: number; readonly lastNs: string };

const send = (report: HostReport): void => {
  process.send?.(report);
};
const now = (): bigint => process.hrtime.bigint();

/** Counts who has seen a value; reports when all have. */
class Tally {
  readonly #wanted: number;
  readonly #seen = new Map<number, number>();

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  saw(value: number): void {
    const seen = (this.#seen.get(value) ?? 0) + 1;
    if (seen < this.#wanted) {
      this.#seen.set(value, seen);
      return;
    }
    this.#seen.delete(value);
    send({ value, lastNs: now().toString() });
  }
}

async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(20, count) }, async () => {
      for (let index = next++; index < count; index = next++) await work(index);
    }),
  );
}

async function hostAgents(orders: HostOrders, tally: Tally): Promise<Agent[]> {
  const agents: Agent[] = [];
  await inTurns(orders.count, async (index) => {
    const agent = createAgent({
      service: orders.service,
      env: orders.env,
      instance: `${orders.service}-${orders.first + index}`,
      etcd: { endpoints: [orders.endpoint] },
      metrics: false,
      snapshotDir: false,
      startDeadlineMs: 60_000,
    });
    const config = agent.config("bench", z.object({ value: z.number() }), { default: { value: 0 } });
    await agent.start();
    // What an application reads, when it is told that there is something new to read.
    config.onChange(() => tally.saw(config.get().value));
    agents.push(agent);
  });
  return agents;
}

async function hostRaw(orders: HostOrders, tally: Tally): Promise<Etcd[]> {
  const clients: Etcd[] = [];
  await inTurns(orders.count, async () => {
    const etcd = openEtcd({ endpoints: [orders.endpoint] });
    clients.push(etcd);
    for (const prefix of orders.rawPrefixes) {
      const stream = await etcd.watchStream();
      const created = new Promise<void>((resolve, reject) => {
        stream.on("error", reject);
        stream.on("data", (message) => {
          if (message.created) resolve();
          for (const event of message.events ?? []) {
            if (event.kv.key.toString().endsWith("/bench")) {
              tally.saw((JSON.parse(event.kv.value.toString()) as { value: number }).value);
            }
          }
        });
      });
      stream.write({
        create_request: { key: Buffer.from(prefix), range_end: Buffer.from(`${prefix.slice(0, -1)}0`) },
      });
      await created;
    }
  });
  return clients;
}

process.on("message", (message) => {
  const orders = message as HostOrders;
  const tally = new Tally(orders.count);
  void (async () => {
    const held = orders.mode === "agents" ? await hostAgents(orders, tally) : await hostRaw(orders, tally);
    process.on("disconnect", () => process.exit(0));
    send({ ready: true });
    return held;
  })();
});
