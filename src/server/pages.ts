import { existsSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import type { Duplex } from "node:stream";
import { type PageHandler, staticPages } from "./static-pages.ts";

/** Where the console's pages come from. */
export interface Pages {
  readonly handle: PageHandler;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  close(): Promise<void>;
}

const EXPORTED = path.resolve("out");

/** Exported shells in production, framed by nobody but these origins; Next's own server, with its reloads, in development. */
export async function pagesFor(mode: string, framedBy: readonly string[]): Promise<Pages> {
  if (mode !== "production") return developmentPages();
  if (!existsSync(EXPORTED)) throw new Error("The console is not built. Type: npm run build");
  return { handle: await staticPages(EXPORTED, framedBy), close: () => Promise.resolve() };
}

async function developmentPages(): Promise<Pages> {
  const { default: next } = await import("next");
  const app = next({ dev: true, customServer: true });
  await app.prepare();
  const handle = app.getRequestHandler();
  const upgrade = app.getUpgradeHandler();
  return {
    handle: (request, response) => {
      handle(request, response).catch(() => response.destroy());
    },
    upgrade: (request, socket, head) => {
      upgrade(request, socket, head).catch(() => socket.destroy());
    },
    close: () => app.close(),
  };
}
