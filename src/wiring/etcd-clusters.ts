import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Etcd, type EtcdOptions, openEtcd } from "@leverframe/agent/etcd";
import type { Environment } from "../env.ts";
import { embeddedEtcd } from "../infra/etcd/embedded-etcd.ts";
import type { Log } from "../infra/log.ts";

/** The clusters of this control plane, by environment. */
export interface EtcdClusters {
  /** The one that holds `control/`. */
  readonly home: Etcd;
  /** The one that holds an environment; several may share one. Opened on first use. */
  readonly etcdFor: (env: string) => Etcd;
  readonly homeEndpoints: readonly string[];
  /** Closes clients. The embedded etcd lives on: agents need it, and the next start adopts it. */
  close(): void;
}

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** The variable that gives one environment a cluster of its own: `ETCD_ENDPOINTS_PROD`. */
export const endpointsVariable = (env: string): string =>
  `ETCD_ENDPOINTS_${env.toUpperCase().replaceAll("-", "_")}`;

/** Opens the clusters that the environment names, or starts (or adopts) the embedded one. */
export async function openClusters(
  environment: Environment,
  options: { readonly log: Log; readonly perEnvironment: ReadonlyMap<string, string> },
): Promise<EtcdClusters> {
  const security = await securityOf(environment);
  const embedded =
    environment.ETCD_ENDPOINTS === undefined
      ? await embeddedEtcd({ dir: path.resolve(environment.LEVERFRAME_DATA, "etcd"), log: options.log })
      : undefined;
  const homeEndpoints = embedded?.endpoints ?? listOf(environment.ETCD_ENDPOINTS ?? "");
  const open = new Map<string, Etcd>();
  const at = (endpoints: readonly string[]): Etcd => {
    const name = endpoints.join(",");
    const known = open.get(name) ?? openEtcd({ endpoints, ...security });
    open.set(name, known);
    return known;
  };
  const home = at(homeEndpoints);
  return {
    home,
    homeEndpoints,
    etcdFor(env) {
      const own = options.perEnvironment.get(endpointsVariable(env));
      return own === undefined ? home : at(listOf(own));
    },
    close() {
      for (const etcd of open.values()) etcd.close();
      embedded?.release();
    },
  };
}

/** TLS files and credentials, read once. */
export async function securityOf(environment: Environment): Promise<Pick<EtcdOptions, "tls" | "auth">> {
  const { ETCD_CA_FILE, ETCD_CERT_FILE, ETCD_KEY_FILE, ETCD_USERNAME, ETCD_PASSWORD } = environment;
  return {
    ...(ETCD_CA_FILE === undefined
      ? {}
      : {
          tls: {
            ca: await readFile(ETCD_CA_FILE),
            ...(ETCD_CERT_FILE === undefined ? {} : { cert: await readFile(ETCD_CERT_FILE) }),
            ...(ETCD_KEY_FILE === undefined ? {} : { key: await readFile(ETCD_KEY_FILE) }),
          },
        }),
    ...(ETCD_USERNAME === undefined
      ? {}
      : { auth: { username: ETCD_USERNAME, password: ETCD_PASSWORD ?? "" } }),
  };
}
