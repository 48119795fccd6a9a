import { lookup as resolve } from "node:dns";
import { Agent, get, type IncomingMessage } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { Deadline } from "../deadline.ts";

export interface FetchMetricsOptions {
  readonly isAllowed: (address: string) => boolean;
  /** Until the whole text is there, ms. */
  readonly deadlineMs?: number;
  readonly mostBytes?: number;
}

const DEADLINE_MS = 4_000;
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Fetches `http://{address}/metrics`. Only from allowed networks: the address that a name resolves to is checked, and is
 * the one that is called, so that no name can lead elsewhere in between. Redirects are not followed. Rejects with words
 * for people past the deadline, past the bytes, and for any answer but 200.
 */
export function createFetchMetrics({
  isAllowed,
  deadlineMs = DEADLINE_MS,
  mostBytes = MOST_BYTES,
}: FetchMetricsOptions) {
  const refusal = (address: string): Error =>
    new Error(`${address} is not in a network that may be scraped: see LEVERFRAME_SCRAPE_NETWORKS.`);
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const first = addresses.find(({ address }) => isAllowed(address));
      if (first === undefined) return callback(refusal(addresses[0]?.address ?? hostname), "");
      if (options.all === true) callback(null, [first]);
      else callback(null, first.address, first.family);
    });
  };
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 30_000, lookup });

  return {
    async fetch(address: string, signal: AbortSignal): Promise<string> {
      const { hostname, port } = placeOf(address);
      if (isIP(hostname) !== 0 && !isAllowed(hostname)) throw refusal(hostname);
      using deadline = new Deadline(deadlineMs, signal);
      try {
        return await textOf({ hostname, port, agent, signal: deadline.signal }, mostBytes);
      } catch (error) {
        if (deadline.passed && !signal.aborted)
          throw new Error(`It did not answer within ${deadlineMs} ms.`, { cause: error });
        throw error;
      }
    },
    close: () => agent.destroy(),
  };
}

function placeOf(address: string): { readonly hostname: string; readonly port: string } {
  const url = URL.canParse(`http://${address}`) ? new URL(`http://${address}`) : undefined;
  if (url === undefined || url.host === "" || url.pathname !== "/" || url.username !== "") {
    throw new Error(`${address} is no host:port.`);
  }
  return { hostname: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? "80" : url.port };
}

interface Call {
  readonly hostname: string;
  readonly port: string;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

async function textOf({ hostname, port, agent, signal }: Call, mostBytes: number): Promise<string> {
  const headers = { accept: "text/plain;version=0.0.4", "user-agent": "leverframe" };
  const response = await new Promise<IncomingMessage>((done, fail) => {
    get({ hostname, port, path: "/metrics", agent, signal, headers }, done).once("error", fail);
  });
  try {
    return await readText(response, mostBytes);
  } finally {
    // A body that was not read to its end must not come back with the next question.
    if (!response.complete) response.destroy();
  }
}

async function readText(response: IncomingMessage, mostBytes: number): Promise<string> {
  if (response.statusCode !== 200) throw new Error(`/metrics answered ${response.statusCode ?? "nothing"}.`);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > mostBytes) throw new Error(`/metrics is longer than ${mostBytes} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
