import { constants, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgent } from "@leverframe/agent";
import { openEtcd } from "@leverframe/agent/etcd";

/** A process that holds many light agents over a few shared connections. */
export interface LightOrders {
  readonly endpoint: string;
  readonly env: string;
  readonly service: string;
  readonly count: number;
  readonly clients: number;
  /** How many start a second. */
  readonly startRate: number;
}

export interface LightReport {
  readonly rssMb: number;
}

const send = (report: LightReport): void => {
  process.send?.(report);
};

async function host(orders: LightOrders): Promise<void> {
  const clients = Array.from({ length: orders.clients }, () => openEtcd({ endpoints: [orders.endpoint] }));
  let agents = 0;
  const start = async (index: number): Promise<void> => {
    const etcd = clients[index % clients.length];
    if (etcd === undefined) throw new Error("a host has at least one client");
    const agent = createAgent({
      service: orders.service,
      env: orders.env,
      instance: `${orders.service}-${index}`,
      etcd,
      metrics: false,
      snapshotDir: false,
      startDeadlineMs: 60_000,
      // What makes an agent light: its watches are proved once a minute instead of six times.
      mirror: { checkEveryMs: 60_000, staleAfterMs: 150_000 },
    });
    const lever = agent.switch("bench", { level: "core" });
    await agent.start();
    lever.onChange(() => lever.isDegraded());
    agents += 1;
  };
  const starting: Promise<void>[] = [];
  for (let index = 0; index < orders.count; index += 1) {
    starting.push(start(index));
    await sleep(1_000 / orders.startRate);
  }
  await Promise.all(starting);
  send({ rssMb: Math.round(process.memoryUsage.rss() / 1_048_576) });
  if (agents !== orders.count) throw new Error(`${agents} of ${orders.count} agents started`);
}

// The agents stand for machines of their own: what they compute must not take the processor from etcd and the server.
setPriority(constants.priority.PRIORITY_LOW);
process.on("message", (message) => {
  process.on("disconnect", () => process.exit(0));
  void host(message as LightOrders);
});
