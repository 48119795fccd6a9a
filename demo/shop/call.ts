import type { Agent } from "@leverframe/agent";
import type { Shopper } from "./server.ts";

/** The callee said no, or said nothing in time. */
export class CallError extends Error {
  override readonly name = "CallError";
}

export interface CallOptions {
  readonly shopper: Shopper;
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 1_500;
const TRIES = 2;

/**
 * Calls a service at an instance that the agent picks; a connection that is refused is tried once more at another,
 * for that instance is gone and no work was done. Throws `CallError`.
 */
export async function callService(
  agent: Agent,
  service: string,
  path: string,
  options: CallOptions,
): Promise<unknown> {
  let last: unknown;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const instance = agent.service(service).pick();
    if (instance?.address === undefined) throw new CallError(`no instance of ${service} is known`);
    try {
      return await callOnce(instance.address, path, options);
    } catch (error) {
      last = error;
      if (!wasRefused(error)) break;
    }
  }
  throw last instanceof CallError
    ? last
    : new CallError(`${service}${path}: ${String(last)}`, { cause: last });
}

const wasRefused = (error: unknown): boolean =>
  error instanceof TypeError && (error.cause as { code?: string } | undefined)?.code === "ECONNREFUSED";

async function callOnce(address: string, path: string, options: CallOptions): Promise<unknown> {
  const response = await fetch(`http://${address}${path}`, {
    method: options.method ?? "GET",
    headers: { "x-user-id": options.shopper.userId, "content-type": "application/json" },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
  });
  const answer: unknown = await response.json();
  if (!response.ok)
    throw new CallError(`${path} answered ${response.status}: ${JSON.stringify(answer).slice(0, 200)}`);
  return answer;
}
