import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import { TROUBLES, type Trouble } from "../trouble/troubles.ts";
import { renderWindow } from "./page.ts";

/** Console and shop side by side, with troubles to make and every user's cohort. */
export interface DemoWindow {
  /** Bears the key: whoever has it may sign in and make trouble. */
  readonly url: string;
  readonly origin: string;
  close(): Promise<void>;
}

export interface WindowOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** The first part of each path: without it nothing is answered. */
  readonly key: string;
}

/** What the window shows and does; known once the rest of the demo runs. */
export interface WindowParts {
  readonly shop: string;
  /** A link that signs in once. */
  readonly login: () => Promise<string>;
  readonly carryOut: (trouble: Trouble, target: string | undefined) => Promise<string>;
}

const order = z.object({
  trouble: z.enum(Object.keys(TROUBLES) as [Trouble, ...Trouble[]]),
  target: z.string().max(130).optional(),
});
const BODY_BYTES = 1_024;
const SHOP_MS = 3_000;

/** Listens at once, so that the console can be told who may frame it; answers once `show` was called. */
export async function openWindow({
  port,
  key,
}: WindowOptions): Promise<DemoWindow & { show(parts: WindowParts): void }> {
  let parts: WindowParts | undefined;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(502).end(error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", origin);
    const [, given, place = ""] = pathname.split("/");
    if (given !== key || parts === undefined)
      return void response.writeHead(404).end("There is nothing here.");
    response.setHeader("cache-control", "no-store");
    switch (`${request.method} ${place}`) {
      case "GET ": {
        const page = renderWindow(parts.shop);
        response.setHeader("content-security-policy", page.policy);
        response.setHeader("referrer-policy", "no-referrer");
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page.html);
        return;
      }
      case "GET console":
        response.writeHead(302, { location: await parts.login() }).end();
        return;
      case "GET cohorts": {
        const found = await fetch(`${parts.shop}/cohorts`, { signal: AbortSignal.timeout(SHOP_MS) });
        response.writeHead(found.status, { "content-type": "application/json" }).end(await found.text());
        return;
      }
      case "POST trouble": {
        if (request.headers.origin !== origin) return void response.writeHead(403).end("not from here");
        const asked = order.safeParse(JSON.parse((await bodyOf(request)) || "{}"));
        if (!asked.success) return void response.writeHead(400).end(z.prettifyError(asked.error));
        response.end(await parts.carryOut(asked.data.trouble, asked.data.target));
        return;
      }
      default:
        response.writeHead(404).end("There is nothing here.");
    }
  }

  return {
    url: `${origin}/${key}/`,
    origin,
    show: (given) => {
      parts = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request as AsyncIterable<Buffer>) {
    text += part.toString();
    if (text.length > BODY_BYTES) throw new Error("the body is too large");
  }
  return text;
}
