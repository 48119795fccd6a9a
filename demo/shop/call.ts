import {
  type Agent,
  type Attempt,
  currentContext,
  noteDegradation,
  type PolicyDefaults,
  readContext,
  writeContext,
} from "@leverframe/agent";
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

/** A refused connection is tried once more, at another instance: that one is gone, and no work was done. */
const ELSEWHERE = {
  maxAttempts: 2,
  backoff: "FIXED",
  waitDurationMs: 0,
  maxWaitDurationMs: 0,
  jitter: "NONE",
  retryOn: ["ECONNREFUSED"],
} as const;

/** What a call between services goes by where no lever says otherwise. */
export const callDefaults = (timeoutMs: number = TIMEOUT_MS): PolicyDefaults => ({
  timeout: timeoutMs,
  retry: { ...ELSEWHERE, retryOn: [...ELSEWHERE.retryOn] },
});

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

/** One attempt, at an instance that the agent picks; the request's context goes with it, and what was degraded comes back. */
export async function callOnce(
  agent: Agent,
  service: string,
  path: string,
  options: CallOptions,
  { signal }: Attempt,
): Promise<unknown> {
  const call = agent.service(service).acquire();
  if (call === undefined) throw new CallError(`no instance of ${service} is known`);
  let failed = true;
  try {
    const { address } = call.instance;
    if (address === undefined) throw new CallError(`${call.instance.instance} has no address`);
    const headers = new Headers({
      "x-user-id": options.shopper.userId,
      "content-type": "application/json",
    });
    writeContext(currentContext(), (name, value) => headers.set(name, value), performance.now());
    const response = await fetch(`http://${address}${path}`, {
      method: options.method ?? "GET",
      headers,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal,
    });
    const answer: unknown = await response.json();
    failed = response.status >= 500;
    for (const lever of readContext((name) => response.headers.get(name) ?? undefined, 0).degraded)
      noteDegradation(lever);
    if (!response.ok)
      throw new CallError(
        `${path} answered ${response.status}: ${JSON.stringify(answer).slice(0, 200)}`,
        response,
      );
    return answer;
  } finally {
    call.done({ failed });
  }
}
