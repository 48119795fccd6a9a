import { readFile } from "node:fs/promises";
import path from "node:path";
import { openEtcd } from "@leverframe/agent/etcd";
import { DomainError, type ErrorCode, isDomainError } from "../domain/errors.ts";
import type { Environment } from "../env.ts";
import { recordedEndpoints } from "../infra/etcd/embedded-etcd.ts";
import { securityOf } from "../wiring/etcd-clusters.ts";
import { tokenFile } from "../wiring/local-secrets.ts";
import { directLevers } from "./direct-levers.ts";
import type { LeverPort } from "./lever-port.ts";
import { type RemoteClient, remoteClient } from "./remote-client.ts";
import { remoteLevers } from "./remote-levers.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly env: string;
  readonly json: boolean;
  readonly direct: boolean;
  readonly server?: string | undefined;
}

/** What a command gets, and how it speaks. */
export interface Session {
  readonly env: string;
  readonly levers: LeverPort;
  /** One document as JSON, or lines for people. */
  print(document: unknown, lines: () => readonly string[]): void;
}

/** Exit codes: part of the CLI's promise, in its README section. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  conflict: 3,
  unreachable: 4,
  unproved: 5,
  signIn: 6,
  refused: 7,
  proposed: 8,
} as const;

const EXIT_BY_CODE: Readonly<Record<ErrorCode, number>> = {
  INVALID: EXIT.usage,
  TOO_LARGE: EXIT.usage,
  REUSED_ID: EXIT.usage,
  NOT_FOUND: EXIT.failed,
  RATE_LIMITED: EXIT.failed,
  CONFLICT: EXIT.conflict,
  PROPOSED: EXIT.proposed,
  REFUSED: EXIT.refused,
  UNAVAILABLE: EXIT.unreachable,
  UNKNOWN_OUTCOME: EXIT.unreachable,
  UNAUTHENTICATED: EXIT.signIn,
  FORBIDDEN: EXIT.signIn,
};

export const exitCodeOf = (error: unknown): number =>
  isDomainError(error) ? EXIT_BY_CODE[error.code] : EXIT.failed;

/** One JSON document with `--json`, else lines for people. */
export const printer =
  (options: Pick<GlobalOptions, "json">): Session["print"] =>
  (document, lines) => {
    process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : `${lines().join("\n")}\n`);
  };

/** Opens what the options ask for: the console by default, etcd alone with `--direct`. */
export async function openSession(options: GlobalOptions, environment: Environment): Promise<Session> {
  return {
    env: options.env,
    levers: options.direct ? await openDirect(environment) : await openRemote(options, environment),
    print: printer(options),
  };
}

/** Where etcd is for whoever goes past the console. Throws INVALID where nothing says so. */
export async function directEndpoints(environment: Environment): Promise<readonly string[]> {
  const endpoints =
    environment.ETCD_ENDPOINTS === undefined
      ? await recordedEndpoints(path.resolve(environment.LEVERFRAME_DATA, "etcd"))
      : environment.ETCD_ENDPOINTS.split(",").map((part) => part.trim());
  if (endpoints === undefined) {
    throw new DomainError(
      "INVALID",
      "Without the console, set ETCD_ENDPOINTS, or LEVERFRAME_DATA to the data directory of an embedded etcd.",
    );
  }
  return endpoints;
}

async function openDirect(environment: Environment): Promise<LeverPort> {
  const endpoints = await directEndpoints(environment);
  return directLevers(openEtcd({ endpoints, ...(await securityOf(environment)) }), endpoints);
}

/** The console's address and the token to show it, by option, environment or this machine's files. */
async function consoleOf(
  options: GlobalOptions,
  environment: Environment,
): Promise<{ url: string; token: string | undefined }> {
  const url = options.server ?? environment.LEVERFRAME_SERVER ?? `http://127.0.0.1:${environment.PORT}`;
  const token =
    environment.LEVERFRAME_TOKEN ??
    (await readFile(tokenFile(environment.LEVERFRAME_DATA), "utf8").catch(() => undefined))?.trim();
  return { url, token };
}

async function openRemote(options: GlobalOptions, environment: Environment): Promise<LeverPort> {
  const { url, token } = await consoleOf(options, environment);
  return remoteLevers(url, token);
}

/** For commands that need the console. Throws INVALID with `--direct`. */
export async function openRemoteClient(
  options: GlobalOptions,
  environment: Environment,
): Promise<RemoteClient> {
  if (options.direct) throw new DomainError("INVALID", "This needs the console: leave --direct out.");
  const { url, token } = await consoleOf(options, environment);
  return remoteClient(url, token);
}
