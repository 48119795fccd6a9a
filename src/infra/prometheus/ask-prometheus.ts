import { DomainError } from "../../domain/errors.ts";
import type { AskPrometheus } from "../../features/metrics/prometheus-reader.ts";

const DEADLINE_MS = 5_000;
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Asks the HTTP API of the Prometheus at `url`, which may hold a path, and a user and password for basic
 * authentication. Five seconds and 32 MiB an answer at most; redirects are not followed.
 */
export function createAskPrometheus(url: string): AskPrometheus {
  const base = new URL(url);
  const { username, password } = base;
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  if (username !== "") {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers["authorization"] = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  const root = `${base.origin}${base.pathname.replace(/\/$/, "")}/api/v1/`;
  return async (path, params) => {
    try {
      const response = await fetch(root + path, {
        method: "POST",
        headers,
        body: new URLSearchParams(params).toString(),
        redirect: "error",
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      const text = await readText(response);
      return { status: response.status, body: parsed(text) };
    } catch (cause) {
      if (cause instanceof DomainError) throw cause;
      throw new DomainError("UNAVAILABLE", `Prometheus at ${base.host} does not answer.`, { cause });
    }
  };
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MOST_BYTES)
      throw new DomainError("UNAVAILABLE", "Prometheus' answer is too long. Ask for less.");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** What a proxy in between says may be no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
