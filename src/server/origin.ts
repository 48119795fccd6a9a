import type { IncomingMessage } from "node:http";

/**
 * Whether a request that rides on a cookie comes from our own pages. A browser always sends `Origin` with a POST and
 * with a WebSocket; `allowed` holds the origins that are ours, and empty means: the one that the Host header names.
 */
export function isOwnOrigin(request: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  const origin = request.headers.origin;
  if (origin === undefined) return request.headers["sec-fetch-site"] === undefined;
  if (allowed.size > 0) return allowed.has(origin);
  const host = request.headers.host;
  return origin === `http://${host}` || origin === `https://${host}`;
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** Our origins: the configured address, or every name of loopback when only loopback listens. */
export function ownOrigins(options: {
  readonly url?: string | undefined;
  readonly host: string;
  readonly port: number;
}): ReadonlySet<string> {
  if (options.url !== undefined) return new Set([new URL(options.url).origin]);
  const loopback = ["127.0.0.1", "localhost", "::1"].includes(options.host);
  return new Set(loopback ? LOOPBACK.map((name) => `http://${name}:${options.port}`) : []);
}

const hostsOf = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>();

/** As a Host header names them: a port that is the scheme's own may be left out. */
function hostNames(origins: ReadonlySet<string>): ReadonlySet<string> {
  let hosts = hostsOf.get(origins);
  if (hosts === undefined) {
    hosts = new Set([...origins].flatMap((origin) => [new URL(origin).host, origin.replace(/^.*?\/\//, "")]));
    hostsOf.set(origins, hosts);
  }
  return hosts;
}

/** Whether the Host header is one of ours: what keeps a rebound name from reaching a loopback console. */
export function isOwnHost(request: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  return allowed.size === 0 || hostNames(allowed).has(request.headers.host ?? "");
}
