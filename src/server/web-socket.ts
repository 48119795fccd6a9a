import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { AccessService } from "../features/access/access-service.ts";
import type { Log } from "../infra/log.ts";
import type { AppRouter } from "./app-router.ts";
import { isOwnHost, isOwnOrigin } from "./origin.ts";

export interface WebSocketOptions {
  readonly server: Server;
  readonly router: AppRouter;
  readonly access: AccessService;
  readonly origins: () => ReadonlySet<string>;
  readonly onCount: (clients: number) => void;
  /** Upgrades of other addresses: the development server's. */
  readonly otherUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly log: Log;
}

const REAUTHORIZE_MS = 30_000;
const CLIENTS = 500;
/** A console that leaves this much unread is cut off: it comes back and asks for everything. */
const UNREAD_BYTES = 8 * 1024 * 1024;
/** What a console sends is small: subscriptions and pings. */
const MESSAGE_BYTES = 64 * 1024;

/** `/api/ws`: checks origin and sign-in at the door and every 30 s. Returns how to end it. */
export function serveWebSocket(options: WebSocketOptions): () => void {
  const { access } = options;
  const wss = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES });
  const requests = new Map<WebSocket, IncomingMessage>();
  const handler = applyWSSHandler({
    wss,
    router: options.router,
    createContext: ({ req }) => ({ principal: access.authenticate(req.headers) }),
    keepAlive: { enabled: true, pingMs: 15_000, pongWaitMs: 5_000 },
    onError({ error, path }) {
      if (error.code === "INTERNAL_SERVER_ERROR")
        options.log.error({ err: error, path }, "a subscription failed");
    },
  });
  wss.on("connection", (socket, request) => {
    requests.set(socket, request);
    options.onCount(requests.size);
    socket.on("error", (error) => options.log.debug({ err: error }, "a console's socket failed"));
    socket.on("close", () => {
      requests.delete(socket);
      options.onCount(requests.size);
    });
  });
  const check = setInterval(() => {
    for (const [socket, request] of requests) {
      if (access.authenticate(request.headers) === undefined) socket.close(4401, "signed out");
      else if (socket.bufferedAmount > UNREAD_BYTES) socket.terminate();
    }
  }, REAUTHORIZE_MS).unref();
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if ((request.url ?? "").split("?")[0] !== "/api/ws") {
      if (options.otherUpgrade !== undefined) options.otherUpgrade(request, socket, head);
      else refuse(socket, "404 Not Found");
      return;
    }
    const own = isOwnHost(request, options.origins()) && isOwnOrigin(request, options.origins());
    if (!own) return refuse(socket, "403 Forbidden");
    if (access.authenticate(request.headers) === undefined) return refuse(socket, "401 Unauthorized");
    if (requests.size >= CLIENTS) return refuse(socket, "503 Service Unavailable");
    wss.handleUpgrade(request, socket, head, (client) => wss.emit("connection", client, request));
  };
  options.server.on("upgrade", onUpgrade);
  return () => {
    clearInterval(check);
    options.server.off("upgrade", onUpgrade);
    handler.broadcastReconnectNotification();
    for (const client of requests.keys()) client.close(1012, "restarting");
    wss.close();
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
}
