import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { isDomainError } from "../domain/errors.ts";
import type { AccessService } from "../features/access/access-service.ts";
import { SESSION_COOKIE } from "../features/access/session-cookie.ts";
import type { Log } from "../infra/log.ts";
import type { AppRouter } from "./app-router.ts";
import type { ControlMetrics } from "./metrics.ts";
import { createMutationHandler } from "./mutation-handler.ts";
import { isOwnHost, isOwnOrigin } from "./origin.ts";
import type { PageHandler } from "./static-pages.ts";
import type { RequestContext } from "./trpc.ts";

/** What is ready, by name, and what is not, with the reason. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly why?: string }>>;
}

export interface HttpOptions {
  readonly router: AppRouter;
  readonly access: AccessService;
  readonly metrics: ControlMetrics;
  readonly readiness: () => Readiness;
  readonly pages: PageHandler;
  /** Asked late: the port is known only once the server listens. */
  readonly origins: () => ReadonlySet<string>;
  readonly secureCookie: boolean;
  readonly log: Log;
}

/** Bodies hold a whole change set at the most, JSON-escaped. */
const BODY_BYTES = 4 * 1024 * 1024;
const PROCEDURES = "/api/trpc/";
const SMALL_BODY_BYTES = 4 * 1024;

/** The control plane's one port. Bounded in header, body and time; nothing of the fleet is said without sign-in. */
export function createHttpServer(options: HttpOptions): Server {
  const trpc = procedureHandler(options);
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      route(request, response).catch((error: unknown) => {
        options.log.error({ err: error, url: request.url }, "a request failed");
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    },
  );
  server.maxRequestsPerSocket = 0;
  return server;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = (request.url ?? "/").split("?")[0] ?? "/";
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "same-origin");
    response.setHeader("x-frame-options", "DENY");
    if (pathname === "/healthz") return sendText(response, 200, "ok");
    if (pathname === "/readyz") {
      const readiness = options.readiness();
      return sendJson(response, readiness.ready ? 200 : 503, readiness);
    }
    if (!isOwnHost(request, options.origins())) {
      return sendText(
        response,
        421,
        "This console does not answer to that host name. Set LEVERFRAME_URL to how you reach it.",
      );
    }
    const writes = request.method !== "GET" && request.method !== "HEAD";
    if (writes && request.headers.authorization === undefined && !isOwnOrigin(request, options.origins())) {
      return sendJson(response, 403, { error: "This request comes from another site." });
    }
    if (pathname === "/metrics") return sendMetrics(request, response);
    if (pathname === "/api/auth/exchange") return exchange(request, response);
    if (pathname === "/api/auth/sign-out") return signOut(request, response);
    if (pathname.startsWith("/api/trpc/")) return trpc(request, response);
    if (pathname.startsWith("/api/")) return sendJson(response, 404, { error: "There is no such address." });
    options.pages(request, response);
  }

  async function sendMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.access.authenticate(request.headers) === undefined) {
      return sendText(response, 401, "Send a token: Authorization: Bearer …");
    }
    response.setHeader("content-type", options.metrics.registry.contentType);
    response.end(await options.metrics.registry.metrics());
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return sendJson(response, 405, { error: "POST a code." });
    try {
      const body = JSON.parse(await readBody(request, SMALL_BODY_BYTES)) as { code?: unknown };
      const session = await options.access.exchange(typeof body.code === "string" ? body.code : "");
      const flags = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${session.maxAgeSeconds}${options.secureCookie ? "; Secure" : ""}`;
      response.setHeader("set-cookie", `${SESSION_COOKIE}=${session.cookie}; ${flags}`);
      response.writeHead(204).end();
    } catch (error) {
      if (!isDomainError(error)) {
        if (!(error instanceof SyntaxError)) options.log.error({ err: error }, "signing in failed");
        const [status, text] =
          error instanceof SyntaxError
            ? ([400, 'The body must be JSON: {"code": …}'] as const)
            : ([503, "Signing in is not possible now: etcd does not answer."] as const);
        return sendJson(response, status, { error: text });
      }
      sendJson(response, error.code === "RATE_LIMITED" ? 429 : 401, { error: error.publicMessage });
    }
  }

  function signOut(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== "POST") return sendJson(response, 405, { error: "POST to sign out." });
    response.setHeader("set-cookie", `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`);
    response.writeHead(204).end();
  }
}

/** Mutations on the short way, all else through tRPC's own adapter. */
function procedureHandler({ router, access, log }: HttpOptions): PageHandler {
  const contextOf = (request: IncomingMessage): RequestContext => ({
    principal: access.authenticate(request.headers),
  });
  const onError = (error: TRPCError, path: string | undefined): void => {
    if (error.code === "INTERNAL_SERVER_ERROR") log.error({ err: error, path }, "a procedure failed");
  };
  const adapter = createHTTPHandler({
    router,
    basePath: PROCEDURES,
    maxBodySize: BODY_BYTES,
    createContext: ({ req }) => contextOf(req),
    onError: ({ error, path }) => onError(error, path),
  });
  return createMutationHandler({
    router,
    basePath: PROCEDURES,
    bodyBytes: BODY_BYTES,
    createContext: contextOf,
    onError,
    // It answers every failure itself; its promise only says when.
    others: (request, response) => adapter(request, response),
  });
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Reads a small body; rejects past the bound. */
async function readBody(request: IncomingMessage, bound: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > bound) throw new SyntaxError(`the body is larger than ${bound} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
