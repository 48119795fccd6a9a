import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import * as z from "zod";
import type { LeverPort } from "../src/cli/lever-port.ts";
import { remoteLevers } from "../src/cli/remote-levers.ts";
import { embeddedEtcd } from "../src/infra/etcd/embedded-etcd.ts";
import { freeLoopbackPorts } from "../src/infra/etcd/ports.ts";
import { createLog } from "../src/infra/log.ts";
import { tokenFile } from "../src/wiring/local-secrets.ts";
import { type Child, startChild } from "./fleet/children.ts";
import { ENVIRONMENT, plannedInstances } from "./fleet/plan.ts";
import { reportingVariables } from "./fleet/reporting.ts";
import { seedLevers } from "./fleet/seed.ts";
import { ShopFleet } from "./fleet/shop-fleet.ts";
import { tokenKeyIn } from "./fleet/token-key.ts";
import { type Identity, secureEtcd } from "./secure/secure-etcd.ts";
import { openDesk } from "./trouble/desk.ts";
import { makeTrouble, type Trouble } from "./trouble/troubles.ts";
import { openWindow } from "./window/server.ts";

/**
 * The whole product with a living shop, on embedded defaults: etcd, control plane, 20 instances, a crowd. With
 * `--secure`, etcd lets nobody in without a certificate, and each service may touch only what is its own. Ends everything that it started on Ctrl-C, SIGTERM, a hang-up, or when its parent goes away.
 */
const settings = z
  .object({
    PORT: z.coerce.number().int().min(0).default(3000),
    SHOP_PORT: z.coerce.number().int().min(0).default(8080),
    /** Where console and shop stand side by side. */
    WINDOW_PORT: z.coerce.number().int().min(0).default(8081),
    LEVERFRAME_DATA: z.string().default(".leverframe/data"),
    /** Where the services send traces and figures; others are taken where these are not free. */
    LEVERFRAME_OTLP_HTTP_PORT: z.coerce.number().int().min(0).default(4318),
    LEVERFRAME_OTLP_GRPC_PORT: z.coerce.number().int().min(0).default(4317),
    LEVERFRAME_TELEMETRY: z.enum(["on", "off"]).default("on"),
    LOAD_PER_SECOND: z.string().default("12"),
    /** Where tests read what a person reads on the screen. */
    LEVERFRAME_DEMO_FILE: z.string().optional(),
  })
  .parse(process.env);

const STOP_MS = 20_000;
const READY_MS = 60_000;
const SECURE = process.argv.includes("--secure");
const data = path.resolve(settings.LEVERFRAME_DATA);
const snapshots = path.join(data, SECURE ? "snapshots-secure" : "snapshots");
const stoppers: (() => Promise<void>)[] = [];
let stopping: Promise<void> | undefined;

/** Ends what was started, the last first. */
const stopAll = (): Promise<void> => {
  stopping ??= (async () => {
    setTimeout(() => process.exit(1), STOP_MS).unref();
    for (const stop of stoppers.toReversed()) await stop().catch(() => undefined);
  })();
  return stopping;
};

const onSignal = (): void => {
  if (stopping === undefined) process.stdout.write("Stopping the shop, the console and etcd …\n");
  void stopAll().then(() => process.exit(0));
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
const parent = process.ppid;
setInterval(() => {
  // npm may be killed without a word to us.
  if (process.ppid !== parent) onSignal();
}, 500).unref();

async function freePort(wanted: number): Promise<number> {
  const works = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
  return wanted === 0 || (await works(wanted)) ? wanted : 0;
}

/** The port that is wanted, or one that was free a moment ago. */
async function certainPort(wanted: number): Promise<number> {
  const port = await freePort(wanted);
  if (port !== 0) return port;
  const [free = 0] = await freeLoopbackPorts(1);
  return free;
}

interface DemoEtcd {
  readonly endpoints: readonly string[];
  readonly controlPlane?: Identity;
  readonly service?: (name: string) => Identity;
  open(): Etcd;
  stop(): Promise<void>;
}

async function startEtcd(): Promise<DemoEtcd> {
  const etcdDir = path.join(data, SECURE ? "etcd-secure" : "etcd");
  // Snapshots of another life would make every agent hold: without that life's data they mean nothing.
  if (!existsSync(etcdDir)) await rm(snapshots, { recursive: true, force: true });
  if (SECURE) return secureEtcd(etcdDir);
  const etcd = await embeddedEtcd({ dir: etcdDir, log: createLog("warn", "demo") });
  const { endpoints } = etcd;
  return { endpoints, open: () => openEtcd({ endpoints }), stop: () => etcd.stop() };
}

const tlsVariables = (identity: Identity | undefined): Record<string, string> =>
  identity === undefined
    ? {}
    : {
        ETCD_CA_FILE: identity.caFile,
        ETCD_CERT_FILE: identity.certFile,
        ETCD_KEY_FILE: identity.keyFile,
      };

async function startServer(
  { endpoints, controlPlane }: DemoEtcd,
  framedBy: string,
): Promise<{ url: string; otlp: string; child: Child }> {
  const otlpPort = await certainPort(settings.LEVERFRAME_OTLP_HTTP_PORT);
  const child = startChild("the console", "server.mjs", {
    PORT: String(await freePort(settings.PORT)),
    ETCD_ENDPOINTS: endpoints.join(","),
    LEVERFRAME_DATA: data,
    LEVERFRAME_ENVIRONMENTS: `dev,${ENVIRONMENT}`,
    LEVERFRAME_FOREIGN_ENVIRONMENT: ENVIRONMENT,
    LEVERFRAME_FRAMED_BY: framedBy,
    LEVERFRAME_TELEMETRY: settings.LEVERFRAME_TELEMETRY,
    LEVERFRAME_OTLP_HTTP_PORT: String(otlpPort),
    LEVERFRAME_OTLP_GRPC_PORT: String(await certainPort(settings.LEVERFRAME_OTLP_GRPC_PORT)),
    LOG_LEVEL: "warn",
    ...tlsVariables(controlPlane),
  });
  stoppers.push(() => child.stop(10_000));
  const { url } = z.object({ url: z.url() }).parse(await child.first(READY_MS));
  return { url, otlp: `http://127.0.0.1:${otlpPort}`, child };
}

/** One demo a directory: a second one would share its etcd, and stop it under the first. Throws if one runs. */
async function claimDirectory(): Promise<void> {
  const file = path.join(data, "demo.pid");
  const pid = Number(await readFile(file, "utf8").catch(() => ""));
  if (pid > 0 && pid !== process.pid && (await isDemo(pid))) {
    throw new Error(
      `one runs here already, as process ${pid}. Use it (npx leverframe login), or stop it first.`,
    );
  }
  await writeFile(file, String(process.pid));
  stoppers.push(() => rm(file, { force: true }));
}

/** Whether a process is a demo; where the system does not say what it runs, any live process counts. */
async function isDemo(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "demo.mjs");
  return command.includes("demo.mjs");
}

/** Waits until each instance is registered and has given a receipt. */
async function waitForFleet(levers: LeverPort): Promise<void> {
  const until = performance.now() + READY_MS;
  const wanted = plannedInstances().length;
  for (;;) {
    const services = await levers.services(ENVIRONMENT);
    const live = services
      .flatMap((service) => service.instances)
      .filter((one) => one.state === "live").length;
    if (live >= wanted) return;
    if (performance.now() > until) throw new Error(`only ${live} of ${wanted} instances of the shop came up`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  await mkdir(data, { recursive: true, mode: 0o700 });
  await claimDirectory();
  const etcd = await startEtcd();
  stoppers.push(() => etcd.stop());
  const window = await openWindow({
    port: await freePort(settings.WINDOW_PORT),
    key: randomBytes(9).toString("base64url"),
  });
  stoppers.push(() => window.close());
  const { url, otlp } = await startServer(etcd, window.origin);
  const token = (await readFile(tokenFile(data), "utf8")).trim();
  const levers = remoteLevers(url, token);
  const [endpoint = ""] = etcd.endpoints;
  const tokenKey = await tokenKeyIn(data);
  const fleet = new ShopFleet({
    etcd: endpoint,
    identity: etcd.service,
    snapshots,
    tokenKey: tokenKey.secret,
    telemetry:
      settings.LEVERFRAME_TELEMETRY === "on"
        ? await reportingVariables({ console: url, token, endpoint: otlp, data })
        : undefined,
    shopPort: await freePort(settings.SHOP_PORT),
  });
  stoppers.push(() => fleet.stop());
  await fleet.start();
  const load = startChild("the crowd", "demo-load.mjs", {
    LOAD_SHOP: fleet.shopUrl,
    LOAD_PER_SECOND: settings.LOAD_PER_SECOND,
  });
  stoppers.push(() => load.stop(3_000));
  await waitForFleet(levers);
  // After the fleet: its levers are the first that every instance proves.
  await seedLevers(levers, tokenKey);
  const client = etcd.open();
  stoppers.push(async () => client.close());
  const secret = randomBytes(24).toString("base64url");
  const carryOut = (trouble: Trouble, target: string | undefined): Promise<string> =>
    makeTrouble({ fleet, etcd: client, levers }, trouble, target);
  const desk = await openDesk(secret, carryOut);
  stoppers.push(() => desk.close());
  window.show({ shop: fleet.shopUrl, login: () => levers.createLoginLink(), carryOut });
  const file = settings.LEVERFRAME_DEMO_FILE ?? path.join(data, "demo.json");
  const login = await levers.createLoginLink();
  await writeFile(
    file,
    JSON.stringify({
      url: desk.url,
      secret,
      console: url,
      login,
      shop: fleet.shopUrl,
      window: window.url,
      etcd: etcd.endpoints,
    }),
    { mode: 0o600 },
  );
  stoppers.push(() => rm(file, { force: true }));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const takes = settings.LEVERFRAME_TELEMETRY === "on" ? `   OTLP ${otlp}` : "";
  process.stdout.write(
    [
      `Leverframe runs, and a shop of ${plannedInstances().length} instances with it (${seconds} s).`,
      `  Console   ${login}`,
      `            (signs you in once; another: npx leverframe login)`,
      `  Shop      ${fleet.shopUrl}`,
      `  Both      ${window.url}  (side by side, with troubles to make)`,
      `  etcd      ${endpoint}${SECURE ? " (certificates in force)" : ""}${takes}`,
      `  Shell     npx leverframe flip '*/switch/comments' --reason "try it" --wait 10`,
      `  Trouble   npm run trouble -- slow-bank | kill-instance | cut-etcd | bad-value | heal`,
      `  Ctrl-C stops all of it.`,
      "",
    ].join("\n"),
  );
}

main().catch(async (error: unknown) => {
  if (stopping !== undefined) return;
  process.stderr.write(`The demo did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  await stopAll();
  process.exit(1);
});
