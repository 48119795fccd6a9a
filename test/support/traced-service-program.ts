import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { createAgent } from "@leverframe/agent";
import {
  callUnary,
  channelOptions,
  clientInterceptor,
  resolveBy,
  serverInterceptor,
  serverOptions,
} from "@leverframe/agent/grpc";
import { leverframeListener } from "@leverframe/agent/http";
import { consume, type MessageHeaders, produce, startTelemetry } from "@leverframe/agent/otel";
import { INVENTORY, type InventoryHandlers, inventoryClient } from "../../demo/shop/inventory-rpc.ts";
import type { Message, TracedServiceOptions } from "./traced-service.ts";

const { service, env, endpoints } = JSON.parse(process.argv[2] ?? "{}") as TracedServiceOptions;
const http = createServer();
const grpc = new Server({
  ...serverOptions(),
  interceptors: [(method, call) => serverInterceptor(agent)(method, call)],
});
grpc.addService(INVENTORY, {
  Reserve: (_call, answer) => answer(null, { reserved: true, left: 7, instance: "inventory-1" }),
  WatchStock: (call) => call.end(),
} satisfies InventoryHandlers);

const listening = (): Promise<number> =>
  service === "inventory"
    ? new Promise((resolve, reject) => {
        grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
          error === null ? resolve(port) : reject(error),
        );
      })
    : new Promise((resolve) =>
        http.listen(0, "127.0.0.1", () => resolve((http.address() as AddressInfo).port)),
      );
const port = await listening();
const agent = createAgent({
  service,
  env,
  instance: `${service}-1`,
  version: "3.1.4",
  zone: "zone-a",
  etcd: { endpoints: [...endpoints] },
  address: `127.0.0.1:${port}`,
  dependencies: service === "order" ? ["inventory"] : [],
  metrics: false,
  snapshotDir: false,
});
const telemetry = startTelemetry(agent, { rateBp: 10_000, exportEveryMs: 20, metricsEveryMs: 200 });
resolveBy(agent);
const inventory = inventoryClient("leverframe:///inventory", credentials.createInsecure(), {
  ...channelOptions(),
  interceptors: [clientInterceptor({ callee: { agent, service: "inventory" } })],
});

http.on(
  "request",
  leverframeListener(
    agent,
    async (_request, response) => {
      const reserve = inventory.reserve;
      const { left } = await agent.call("reserve", ({ signal }) =>
        callUnary(reserve, { product: "lamp", quantity: 1 }, { signal }),
      );
      const headers: MessageHeaders = {};
      const send = async (): Promise<void> => {
        process.send?.({ destination: "orders", headers, value: `left ${left}` } satisfies Message);
      };
      await produce({ system: "kafka", destination: "orders" }, headers, send);
      response.end(`left ${left}`);
    },
    { route: () => "/orders/:id" },
  ),
);
await agent.start();

const stop = async (): Promise<void> => {
  inventory.close();
  http.close();
  grpc.forceShutdown();
  await agent.close();
  await telemetry.close(20_000);
  process.exit(0);
};
process.on("message", (message: Message | "stop") => {
  if (message === "stop") void stop();
  else {
    // As brokers hand headers out: bytes.
    const bytes = Object.entries(message.headers).map(([name, value]) => [name, Buffer.from(String(value))]);
    const headers = Object.fromEntries(bytes) as MessageHeaders;
    consume({ system: "kafka", destination: message.destination }, headers, () => undefined);
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port });
