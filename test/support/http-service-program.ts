import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { createAgent, currentContext } from "@leverframe/agent";
import { CpuSampler, leverframeListener, stopGracefully } from "@leverframe/agent/http";
import type { HttpServiceOptions } from "./http-service.ts";

/** Answers who it is and what its request brought along, after its work. */
const options = JSON.parse(process.argv[2] ?? "{}") as HttpServiceOptions;
const server = createServer();
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const { service, env, instance, zone = "default", workMs = 0, workers = Number.POSITIVE_INFINITY } = options;
const agent = createAgent({
  service,
  env,
  instance,
  zone,
  etcd: { endpoints: [...options.endpoints] },
  address: `127.0.0.1:${port}`,
  metrics: false,
  snapshotDir: false,
});
const load = new CpuSampler();

let busy = 0;
const queue: (() => void)[] = [];
async function work(): Promise<void> {
  if (workMs === 0) return;
  if (busy >= workers) await new Promise<void>((resolve) => queue.push(resolve));
  busy++;
  await new Promise((resolve) => setTimeout(resolve, workMs));
  busy--;
  queue.shift()?.();
}

server.on(
  "request",
  leverframeListener(
    agent,
    async (request, response) => {
      const { idempotencyKey, deadlineMs, degraded } = currentContext();
      let bytes = 0;
      for await (const chunk of request) bytes += (chunk as Buffer).length;
      await work();
      const leftMs = deadlineMs === undefined ? undefined : deadlineMs - performance.now();
      const status = Number(new URL(request.url ?? "", "http://x").searchParams.get("status") ?? 200);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ instance, bytes, idempotencyKey, leftMs, degraded }));
    },
    { load },
  ),
);
await agent.start();

const stop = async (): Promise<void> => {
  await stopGracefully(agent, server);
  load.close();
  process.removeAllListeners("disconnect");
  process.disconnect();
};
process.on("message", (message) => {
  if (message === "stop") void stop();
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
