import { readFileSync } from "node:fs";
import { format } from "node:util";
import { createAgent } from "@leverframe/agent";
import { startTelemetry } from "@leverframe/agent/otel";
import * as z from "zod";
import { ENVIRONMENT, SERVICES as PLAN, type ServiceName } from "../fleet/plan.ts";
import { listenInventory } from "./inventory-server.ts";
import { listen } from "./server.ts";
import { DEPENDENCIES, SERVICES } from "./services.ts";

/** One instance of one service of the shop. Ends with its parent, whatever way that one ends. */
const settings = z
  .object({
    SHOP_SERVICE: z.custom<ServiceName>((value) => typeof value === "string" && value in PLAN),
    SHOP_INSTANCE: z.string().min(1),
    SHOP_ZONE: z.string().min(1),
    SHOP_PORT: z.coerce.number().int().min(0).default(0),
    SHOP_ETCD: z.string().min(1),
    SHOP_ETCD_CA: z.string().optional(),
    SHOP_ETCD_CERT: z.string().optional(),
    SHOP_ETCD_KEY: z.string().optional(),
    SHOP_SNAPSHOTS: z.string().min(1),
    /** Order's alone: what signs its tokens. */
    SHOP_TOKEN_KEY: z.string().default(""),
    SHOP_VERSION: z.string().default("1.4.2"),
    /** Where traces and figures go; none are told without it. The exporters read it by themselves. */
    OTEL_EXPORTER_OTLP_ENDPOINT: z.string().min(1).optional(),
  })
  .parse(process.env);

/** The service's certificate, where etcd asks for one. */
function tlsOf({ SHOP_ETCD_CA, SHOP_ETCD_CERT, SHOP_ETCD_KEY }: typeof settings) {
  if (SHOP_ETCD_CA === undefined || SHOP_ETCD_CERT === undefined || SHOP_ETCD_KEY === undefined) return {};
  const [ca, cert, key] = [SHOP_ETCD_CA, SHOP_ETCD_CERT, SHOP_ETCD_KEY].map((file) => readFileSync(file));
  return ca && cert && key ? { tls: { ca, cert, key } } : {};
}

const service = settings.SHOP_SERVICE;
const parts: { close(): Promise<void> }[] = [];
const tools = { tokenKey: settings.SHOP_TOKEN_KEY };
// Inventory speaks gRPC alone; everybody else HTTP.
const server =
  service === "inventory"
    ? await listenInventory(settings.SHOP_PORT)
    : await listen(settings.SHOP_PORT, (agent) => SERVICES[service](agent, tools));
parts.push(server);
const agent = createAgent({
  service,
  env: ENVIRONMENT,
  instance: settings.SHOP_INSTANCE,
  address: `127.0.0.1:${server.port}`,
  version: settings.SHOP_VERSION,
  zone: settings.SHOP_ZONE,
  etcd: { endpoints: settings.SHOP_ETCD.split(","), ...tlsOf(settings) },
  dependencies: DEPENDENCIES[service],
  snapshotDir: settings.SHOP_SNAPSHOTS,
  metrics: { port: 0 },
  logger: {
    info: () => undefined,
    warn: (...said) => process.stderr.write(`${settings.SHOP_INSTANCE}: ${format(...said)}\n`),
    error: (...said) => process.stderr.write(`${settings.SHOP_INSTANCE}: ${format(...said)}\n`),
  },
});
parts.unshift(agent);
if (settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) parts.push(startTelemetry(agent));
server.serve(agent);
await agent.start();
process.send?.({ ready: true, port: server.port });

let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), 5_000).unref();
  void (async () => {
    for (const part of parts) await part.close();
    process.exit(0);
  })();
};
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, stop);
process.on("disconnect", stop);
