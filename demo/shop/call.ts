import type { Agent, Attempt, PolicyDefaults } from "@leverframe/agent";
import { leverframeFetch } from "@leverframe/agent/http";
import type { Shopper } from "./server.ts";

/** The callee said no; `status` and `headers` say what it makes of another try. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  constructor(message: string, response?: Response) {
    super(message);
    this.status = response?.status;
    this.headers = response?.headers;
  }
}

export interface CallOptions {
  readonly shopper: Shopper;
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  /** Where no lever says otherwise. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 1_500;

/** What a call between services goes by where no lever says otherwise. Whom it could not reach is the adapter's matter. */
export const callDefaults = (timeoutMs: number = TIMEOUT_MS): PolicyDefaults => ({ timeout: timeoutMs });

/**
 * Calls a service under its live policies (`timeout`, `retry`, `limit` of the service's name). Rejects with `CallError`, the
 * connection's error, or what `agent.call` says.
 */
export async function callService(
  agent: Agent,
  service: string,
  path: string,
  options: CallOptions,
): Promise<unknown> {
  const get = (options.method ?? "GET") === "GET";
  return agent.call(service, (attempt) => callOnce(agent, service, path, options, attempt), {
    ...callDefaults(options.timeoutMs),
    breaker: false,
    ...(get ? { idempotent: true } : { idempotencyKey: true }),
  });
}

const fetches = new WeakMap<Agent, typeof fetch>();
function fetchOf(agent: Agent): typeof fetch {
  const known = fetches.get(agent) ?? leverframeFetch(agent);
  fetches.set(agent, known);
  return known;
}

/** One attempt, by the service's name; the request's context goes with it, and what was degraded comes back. */
export async function callOnce(
  agent: Agent,
  service: string,
  path: string,
  options: CallOptions,
  { signal }: Attempt,
): Promise<unknown> {
  const response = await fetchOf(agent)(`http://${service}${path}`, {
    method: options.method ?? "GET",
    headers: { "x-user-id": options.shopper.userId, "content-type": "application/json" },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal,
  });
  const text = await response.text();
  if (!response.ok)
    throw new CallError(`${path} answered ${response.status}: ${text.slice(0, 200)}`, response);
  return JSON.parse(text) as unknown;
}
