import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { lostAny } from "../domain/access.ts";
import type { AccessService } from "../features/access/access-service.ts";
import type { Principal } from "../features/access/principal.ts";
import type { Log } from "../infra/log.ts";
import type { AppRouter } from "./app-router.ts";
import type { AddressOf } from "./client-address.ts";
import { isOwnHost, isOwnOrigin } from "./origin.ts";
import { contextOf } from "./request-context.ts";
import type { ObservedCall } from "./trpc.ts";

export interface WebSocketOptions {
  readonly server: Server;
  readonly router: AppRouter;
  readonly access: AccessService;
  /** Told when rights may have changed: every console is looked at again. Gives what ends it. */
  readonly onAccessChange: (listener: () => void) => () => void;
  readonly observe: (call: ObservedCall) => void;
  readonly addressOf: AddressOf;
  /** Between two looks at every console, ms. */
  readonly reauthorizeMs?: number;
  readonly origins: () => ReadonlySet<string>;
  readonly onCount: (clients: number) => void;
  /** Upgrades of other addresses: the development server's. */
  readonly otherUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly log: Log;
}

const REAUTHORIZE_MS = 30_000;
const CUT_AFTER_MS = 500;
const CLIENTS = 500;
/** A console that leaves this much unread is cut off: it comes back and asks for everything. */
const UNREAD_BYTES = 8 * 1024 * 1024;
/** What a console sends is small: subscriptions and pings. */
const MESSAGE_BYTES = 64 * 1024;

/** A console, and what it might do when it was last looked at. */
interface Client {
  readonly request: IncomingMessage;
  principal: Principal;
}

/**
 * `/api/ws`: checks origin and sign-in at the door, every 30 s, and at once when rights change. Who is signed out is
 * cut off (4401); so is who lost a right (4403), since what was subscribed to by it must end: the console comes back
 * and asks again for what it still may see. Returns how to end it.
 */
export function serveWebSocket(options: WebSocketOptions): () => void {
  const { access } = options;
  const wss = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES });
  const requests = new Map<WebSocket, Client>();
  const handler = applyWSSHandler({
    wss,
    router: options.router,
    createContext: ({ req }) => contextOf(req, options),
    keepAlive: { enabled: true, pingMs: 15_000, pongWaitMs: 5_000 },
    onError({ error, path }) {
      if (error.code === "INTERNAL_SERVER_ERROR")
        options.log.error({ err: error, path }, "a subscription failed");
    },
  });
  wss.on("connection", (socket, request) => {
    const principal = access.authenticate(request.headers);
    if (principal === undefined) return socket.close(4401, "signed out");
    requests.set(socket, { request, principal });
    options.onCount(requests.size);
    socket.on("error", (error) => options.log.debug({ err: error }, "a console's socket failed"));
    socket.on("close", () => {
      requests.delete(socket);
      options.onCount(requests.size);
    });
  });
  const authorizeAll = (): void => {
    for (const [socket, client] of requests) {
      const now = access.authenticate(client.request.headers);
      if (now === undefined) cut(socket, 4401, "signed out");
      else if (lostRights(client.principal, now)) cut(socket, 4403, "rights changed");
      else client.principal = now;
    }
  };
  const check = setInterval(() => {
    authorizeAll();
    for (const socket of requests.keys()) if (socket.bufferedAmount > UNREAD_BYTES) socket.terminate();
  }, options.reauthorizeMs ?? REAUTHORIZE_MS).unref();
  const forgetAccess = options.onAccessChange(authorizeAll);
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
    forgetAccess();
    options.server.off("upgrade", onUpgrade);
    handler.broadcastReconnectNotification();
    for (const client of requests.keys()) client.close(1012, "restarting");
    wss.close();
  };
}

const lostRights = (before: Principal, now: Principal): boolean =>
  lostAny(before.scopes, now.scopes) || lostAny(before.owner?.scopes ?? [], now.owner?.scopes ?? []);

/** Says why, and waits for no answer: nothing more is told to who may not hear it. */
function cut(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CUT_AFTER_MS).unref();
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
}
