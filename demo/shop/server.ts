import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Who shops: taken from the request, handed on with each call. */
export interface Shopper {
  readonly userId: string;
  readonly tier: "gold" | "standard";
}

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly shopper: Shopper;
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

/** Listens on loopback; a handler that throws answers 500 and says why, and the process goes on. */
export async function listen(port: number, handle: Handler): Promise<ShopServer> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    const url = new URL(request.url ?? "/", "http://shop");
    const exchange: Exchange = {
      url,
      method: request.method ?? "GET",
      shopper: shopperOf(request, url),
      body: () => readJson(request),
    };
    Promise.resolve()
      .then(() => handle(exchange))
      .then((answer) => send(response, answer))
      .catch((error: unknown) => send(response, { status: 500, json: { error: String(error) } }));
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

function send(response: ServerResponse, answer: Answer): void {
  const html = "html" in answer;
  response.writeHead(answer.status ?? 200, {
    "content-type": html ? "text/html; charset=utf-8" : "application/json",
    "cache-control": "no-store",
  });
  response.end(html ? answer.html : JSON.stringify(answer.json));
}
