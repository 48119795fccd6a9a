import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Agent, type CallContext, currentContext } from "@leverframe/agent";
import { CpuSampler, type Listener, leverframeListener, stopGracefully } from "@leverframe/agent/http";

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

/** A running server of the shop on loopback; it answers once it has its agent. */
export interface ShopServer {
  readonly port: number;
  serve(agent: Agent): void;
  close(): Promise<void>;
}

/** Paths by which requests are counted; every other one is `other`. */
const ROUTES: ReadonlySet<string> = new Set([
  "/",
  "/buy",
  "/cohorts",
  "/products",
  "/recommendations",
  "/comments",
  "/orders",
  "/stock",
  "/payments",
  "/owed",
  "/charge",
  "/trouble",
]);
const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? "/", "http://shop");

/**
 * Listens on loopback. Requests are worked for in their own context, counted, and answered with what was degraded on the way;
 * what a handler throws is answered by why, and the process goes on.
 */
export async function listen(port: number, handlerOf: (agent: Agent) => Handler): Promise<ShopServer> {
  let listener: Listener = (_, response) => response.writeHead(503).end();
  let ends: Pick<Agent, "close"> = { close: async () => undefined };
  const load = new CpuSampler();
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void listener(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve(agent) {
      const handle = handlerOf(agent);
      const route = (request: IncomingMessage): string | undefined => {
        const { pathname } = urlOf(request);
        return ROUTES.has(pathname) ? pathname : undefined;
      };
      ends = agent;
      listener = leverframeListener(agent, (request, response) => answer(handle, request, response), {
        route,
        load,
      });
    },
    close: () => stopGracefully(ends, server, { lingerMs: 200, graceMs: 2_000 }),
  };
}

async function answer(handle: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(request);
  const found = await handle({
    url,
    context: currentContext(),
    wantsJson: request.headers.accept === "application/json",
    method: request.method ?? "GET",
    shopper: shopperOf(request, url),
    body: () => readJson(request),
  });
  const html = "html" in found;
  response.writeHead(found.status ?? 200, {
    "content-type": html ? "text/html; charset=utf-8" : "application/json",
    "cache-control": "no-store",
  });
  response.end(html ? found.html : JSON.stringify(found.json));
}
