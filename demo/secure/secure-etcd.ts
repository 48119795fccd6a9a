import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { type Etcd, openEtcd } from "@leverframe/agent/etcd";
import { controlPlaneRole, serviceRole } from "../../src/domain/etcd-roles.ts";
import { applyRoles, enableRoles } from "../../src/infra/etcd/apply-roles.ts";
import { freeLoopbackPorts } from "../../src/infra/etcd/ports.ts";
import { etcdProcessEnvironment, findEtcdProgram } from "../../src/infra/etcd/program.ts";
import { ENVIRONMENT, SERVICES } from "../fleet/plan.ts";
import { Authority, type Certificate } from "./authority.ts";

/** Certificate files by who shows them; the common name is the role. */
export interface Identity {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface SecureEtcd {
  readonly endpoints: readonly string[];
  readonly controlPlane: Identity;
  readonly service: (name: string) => Identity;
  /** As the control plane. */
  open(): Etcd;
  stop(): Promise<void>;
}

const READY_MS = 20_000;
const STOP_MS = 5_000;

/**
 * An etcd for the demo that lets nobody in without a certificate, with a role for each service of the shop. Certificates
 * are made anew at each start and gone at its end; the data stays.
 */
export async function secureEtcd(dir: string): Promise<SecureEtcd> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const authority = await Authority.create();
  const issue = async (name: string): Promise<[string, Certificate]> => [name, await authority.issue(name)];
  const services = Object.keys(SERVICES).map((service) => serviceRole(ENVIRONMENT, service).name);
  const names = ["server", "root", controlPlaneRole.name, ...services];
  const certificates = new Map<string, Certificate>();
  for (const name of names) certificates.set(...(await issue(name)));
  const of = (name: string): Certificate => {
    const found = certificates.get(name);
    if (found === undefined) throw new Error(`no certificate was made for ${name}`);
    return found;
  };
  const identity = (name: string): Identity => {
    const { certFile, keyFile } = of(name);
    return { caFile: authority.caFile, certFile, keyFile };
  };
  const [port = 0, peerPort = 0] = await freeLoopbackPorts(2);
  // By name: TLS has no names for bare addresses.
  const endpoint = `https://localhost:${port}`;
  const open = (name: string): Etcd => {
    const { cert, key } = of(name);
    return openEtcd({ endpoints: [endpoint], tls: { ca: authority.ca, cert, key } });
  };
  const child = spawn(
    await findEtcdProgram({ program: "etcd" }),
    flags({ dir, port, peerPort, own: of("server"), ca: authority.caFile }),
    {
      stdio: "ignore",
      env: etcdProcessEnvironment(),
    },
  );
  const root = open("root");
  try {
    await ready(root, child);
    await applyRoles(root, [
      controlPlaneRole,
      ...Object.keys(SERVICES).map((service) => serviceRole(ENVIRONMENT, service)),
    ]);
    await enableRoles(root);
  } catch (error) {
    child.kill("SIGKILL");
    await authority[Symbol.asyncDispose]();
    throw error;
  } finally {
    root.close();
  }
  return {
    endpoints: [endpoint],
    controlPlane: identity(controlPlaneRole.name),
    service: (name) => identity(serviceRole(ENVIRONMENT, name).name),
    open: () => open(controlPlaneRole.name),
    async stop() {
      await end(child);
      await authority[Symbol.asyncDispose]();
    },
  };
}

function flags(o: {
  readonly dir: string;
  readonly port: number;
  readonly peerPort: number;
  readonly own: Certificate;
  readonly ca: string;
}): string[] {
  const peer = `http://127.0.0.1:${o.peerPort}`;
  const client = `https://127.0.0.1:${o.port}`;
  return [
    "--name=demo",
    `--data-dir=${path.join(o.dir, "data")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=demo=${peer}`,
    `--cert-file=${o.own.certFile}`,
    `--key-file=${o.own.keyFile}`,
    "--client-cert-auth",
    `--trusted-ca-file=${o.ca}`,
    "--logger=zap",
  ];
}

/** Waits for an answer, whatever it is: a refusal is one too. */
async function ready(etcd: Etcd, child: ChildProcess): Promise<void> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const answer = await etcd.range({ key: "ready", countOnly: true }).catch((error: unknown) => error);
    if (!(answer instanceof Error)) return;
    if (performance.now() > until || child.exitCode !== null) {
      throw new Error(`etcd with certificates did not start: ${answer.message}`, { cause: answer });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(timer);
}
