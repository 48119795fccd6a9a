import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { AgentOptions } from "../agent/options.ts";

/** What a sidecar runs by, checked and complete. */
export interface SidecarOptions {
  readonly agent: AgentOptions;
  readonly host: string;
  readonly port: number;
  /** Whoever asks must send it; undefined: everybody on this machine may ask. */
  readonly token: string | undefined;
}

/** A mistake of whoever started it; the message says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const DEFAULT_PORT = 4310;
const LEAST_TOKEN = 16;

const FLAGS = {
  service: "LEVERFRAME_SERVICE",
  env: "LEVERFRAME_ENV",
  etcd: "ETCD_ENDPOINTS",
  instance: "LEVERFRAME_INSTANCE",
  address: "LEVERFRAME_ADDRESS",
  "service-version": "LEVERFRAME_VERSION",
  zone: "LEVERFRAME_ZONE",
  dependencies: "LEVERFRAME_DEPENDENCIES",
  "snapshot-dir": "LEVERFRAME_SNAPSHOTS",
  host: "LEVERFRAME_SIDECAR_HOST",
  port: "LEVERFRAME_SIDECAR_PORT",
  "token-file": "LEVERFRAME_SIDECAR_TOKEN_FILE",
  "etcd-ca": "ETCD_CA_FILE",
  "etcd-cert": "ETCD_CERT_FILE",
  "etcd-key": "ETCD_KEY_FILE",
} as const;
type Flag = keyof typeof FLAGS;

export const USAGE = `leverframe-agent sidecar: Leverframe's agent for a service of any language, over HTTP on this machine.

  leverframe-agent sidecar --service order --env prod --etcd https://etcd-1:2379 --address 10.0.0.7:8080

  --service NAME         whose levers are served                        LEVERFRAME_SERVICE
  --env NAME             the environment                                LEVERFRAME_ENV
  --etcd LIST            endpoints, by comma                            ETCD_ENDPOINTS
  --address HOST:PORT    where the service answers: it is registered    LEVERFRAME_ADDRESS
  --instance ID          stable across restarts                         LEVERFRAME_INSTANCE
  --dependencies LIST    services that it calls, by comma               LEVERFRAME_DEPENDENCIES
  --port PORT            where to listen; default ${DEFAULT_PORT}, 0 a free one   LEVERFRAME_SIDECAR_PORT
  --host HOST            default 127.0.0.1; another needs a token file  LEVERFRAME_SIDECAR_HOST
  --token-file FILE      a token that whoever asks must send            LEVERFRAME_SIDECAR_TOKEN_FILE
  --service-version, --zone, --snapshot-dir                             LEVERFRAME_VERSION, _ZONE, _SNAPSHOTS
  --etcd-ca, --etcd-cert, --etcd-key: files, PEM                        ETCD_CA_FILE, _CERT_FILE, _KEY_FILE
  (also ETCD_USERNAME and ETCD_PASSWORD)
`;

/** Reads flags, then the environment. Throws `UsageError`. */
export function readSidecarOptions(args: readonly string[], environment: NodeJS.ProcessEnv): SidecarOptions {
  const given = flagsOf(args);
  const value = (flag: Flag): string | undefined => given[flag] ?? (environment[FLAGS[flag]] || undefined);
  const needed = (flag: Flag): string => {
    const found = value(flag);
    if (found !== undefined) return found;
    throw new UsageError(`--${flag} is missing: give it, or set ${FLAGS[flag]}`);
  };
  const list = (text: string | undefined): string[] =>
    text
      ?.split(",")
      .map((part) => part.trim())
      .filter(Boolean) ?? [];
  const host = value("host") ?? "127.0.0.1";
  const token = tokenIn(value("token-file"));
  if (!isLoopback(host) && token === undefined) {
    throw new UsageError(
      `--host ${host} can be reached from elsewhere: give --token-file, or leave --host out`,
    );
  }
  const optional = (name: keyof AgentOptions, found: string | undefined): Partial<AgentOptions> =>
    found === undefined ? {} : { [name]: found };
  const [username, password] = [environment["ETCD_USERNAME"], environment["ETCD_PASSWORD"]];
  const [ca, cert, key] = (["etcd-ca", "etcd-cert", "etcd-key"] as const).map((flag) =>
    fileIn(flag, value(flag)),
  );
  return {
    host,
    port: portOf(value("port")),
    token,
    agent: {
      service: needed("service"),
      env: needed("env"),
      etcd: {
        endpoints: list(needed("etcd")),
        ...(ca === undefined ? {} : { tls: { ca, ...(cert && key ? { cert, key } : {}) } }),
        ...(username && password ? { auth: { username, password } } : {}),
      },
      ...optional("instance", value("instance")),
      ...optional("address", value("address")),
      ...optional("version", value("service-version")),
      ...optional("zone", value("zone")),
      ...optional("snapshotDir", value("snapshot-dir")),
      dependencies: list(value("dependencies")),
      metrics: false,
    },
  };
}

function flagsOf(args: readonly string[]): Partial<Record<Flag, string>> {
  try {
    const options = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: "string" as const }]));
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function portOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port must be a whole number from 0 to 65535, not ${text}`);
}

function fileIn(flag: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `--${flag}: ${path} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function tokenIn(path: string | undefined): string | undefined {
  const token = fileIn("token-file", path)?.toString("utf8").trim();
  if (token !== undefined && !/^\S+$/.test(token))
    throw new UsageError(`--token-file: ${path} must hold one token`);
  if (token !== undefined && token.length < LEAST_TOKEN) {
    throw new UsageError(`--token-file: the token in ${path} is shorter than ${LEAST_TOKEN} characters`);
  }
  return token;
}

/** Whether nobody but this machine can reach it. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
