import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CallContext,
  isSpent,
  NO_CONTEXT,
  RETRY_HEADER,
  readContext,
  runInContext,
  writeContext,
} from "@leverframe/agent";

/** Who shops: taken from the request, handed on with each call. */
export interface Shopper {
  readonly userId: string;
  readonly tier: "gold" | "standard";
}

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly shopper: Shopper;
  /** What the request brings along: its deadline, its idempotency key, which attempt it is. */
  readonly context: CallContext;
  /** A program asks, not a browser. */
  readonly wantsJson: boolean;
  body(): Promise<unknown>;
}

/** What a handler answers: JSON, or a page. */
export type Answer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly html: string };

export type Handler = (exchange: Exchange) => Promise<Answer> | Answer;

const BODY_BYTES = 16 * 1024;

/** One user in five is a gold one; who it is depends on the number alone. */
export const tierOf = (userId: string): Shopper["tier"] =>
  Number(userId.replace(/\D/g, "") || "1") % 5 === 0 ? "gold" : "standard";

function shopperOf(request: IncomingMessage, url: URL): Shopper {
  const header = request.headers["x-user-id"];
  const userId = url.searchParams.get("user") ?? (typeof header === "string" ? header : "u-1");
  const safe = /^[\w.-]{1,64}$/.test(userId) ? userId : "u-1";
  return { userId: safe, tier: tierOf(safe) };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_BYTES) throw new Error("the body is too large");
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as unknown);
}

/** A running HTTP server of the shop on loopback. */
export interface ShopServer {
  readonly port: number;
  close(): Promise<void>;
}

/** An error as a status: what was refused or too late for another's sake says so, everything else is ours. */
const STATUSES: Readonly<Record<string, number>> = {
  BREAKER_OPEN: 503,
  LIMIT_REACHED: 503,
  CALL_DEGRADED: 503,
  CALL_TIMEOUT: 504,
  ATTEMPT_TIMEOUT: 504,
  DEADLINE_EXCEEDED: 504,
};

const statusOf = (error: unknown): number =>
  error instanceof Error && "code" in error ? (STATUSES[String(error.code)] ?? 500) : 500;

/**
 * Listens on loopback. Each request is worked for in its own context, and its answer says what was degraded on the way.
 * A handler that throws answers 5xx and says why, and whether another try makes sense; the process goes on.
 */
export async function listen(port: number, handle: Handler): Promise<ShopServer> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    const url = new URL(request.url ?? "/", "http://shop");
    const { headers } = request;
    const context = readContext((name) => [headers[name]].flat()[0], performance.now());
    const exchange: Exchange = {
      url,
      context,
      wantsJson: headers.accept === "application/json",
      method: request.method ?? "GET",
      shopper: shopperOf(request, url),
      body: () => readJson(request),
    };
    Promise.resolve()
      .then(() => runInContext(context, () => handle(exchange)))
      .then((answer) => send(response, answer, context))
      .catch((error: unknown) => {
        if (isSpent(error)) response.setHeader(RETRY_HEADER, "no");
        send(response, { status: statusOf(error), json: { error: String(error) } }, context);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, answer: Answer, { degraded }: CallContext): void {
  writeContext({ ...NO_CONTEXT, degraded }, (name, value) => response.setHeader(name, value), 0);
  const html = "html" in answer;
  response.writeHead(answer.status ?? 200, {
    "content-type": html ? "text/html; charset=utf-8" : "application/json",
    "cache-control": "no-store",
  });
  response.end(html ? answer.html : JSON.stringify(answer.json));
}
