import {
  EVERY_SERVICE,
  foreignRoot,
  livePrefix,
  ROOT,
  receiptsPrefix,
  registryPrefix,
  registryRoot,
} from "@leverframe/agent/protocol";

/** What a role may do with every key under a prefix. */
export interface PrefixGrant {
  readonly prefix: string;
  readonly access: "read" | "readwrite";
}

/** A role of etcd and the user of the same name: a client is known by its certificate's common name. */
export interface EtcdRole {
  readonly name: string;
  readonly grants: readonly PrefixGrant[];
}

/**
 * A service's agents (DESIGN §4, *Security of the path*): they read levers and registrations, those of foreign clients too,
 * write their own registrations and receipts, and nothing else. Any instance of a service may write for any other of it.
 */
export const serviceRole = (env: string, service: string): EtcdRole => ({
  name: `leverframe-${env}-${service}`,
  grants: [
    { prefix: livePrefix(env, service), access: "read" },
    { prefix: livePrefix(env, EVERY_SERVICE), access: "read" },
    { prefix: registryRoot(env), access: "read" },
    { prefix: foreignRoot, access: "read" },
    { prefix: registryPrefix(env, service), access: "readwrite" },
    { prefix: receiptsPrefix(env, service), access: "readwrite" },
  ],
});

/** The control planes, and the CLI with `--direct`. */
export const controlPlaneRole: EtcdRole = {
  name: "leverframe-control-plane",
  grants: [
    { prefix: `${ROOT}/`, access: "readwrite" },
    { prefix: foreignRoot, access: "read" },
    { prefix: "/config/", access: "readwrite" },
  ],
};

/** The same as lines for `etcdctl`, for people who keep such things in scripts. */
export const etcdctlLines = (role: EtcdRole): string[] => [
  `etcdctl role add ${role.name}`,
  ...role.grants.map(
    ({ prefix, access }) => `etcdctl role grant-permission ${role.name} --prefix=true ${access} '${prefix}'`,
  ),
  `etcdctl user add ${role.name} --no-password`,
  `etcdctl user grant-role ${role.name} ${role.name}`,
];
