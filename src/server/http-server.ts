import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { reportsOnly } from "../domain/access.ts";
import { isDomainError } from "../domain/errors.ts";
import type { AccessService } from "../features/access/access-service.ts";
import type { Principal } from "../features/access/principal.ts";
import type { SignInService } from "../features/access/sign-in-service.ts";
import type { Log } from "../infra/log.ts";
import { VERSION } from "../version.ts";
import { sendJson, sendText } from "./answers.ts";
import type { AppRouter } from "./app-router.ts";
import { createAuthRoutes } from "./auth-routes.ts";
import type { AddressOf } from "./client-address.ts";
import type { ControlMetrics } from "./metrics.ts";
import { createMutationHandler } from "./mutation-handler.ts";
import { isOwnHost, isOwnOrigin } from "./origin.ts";
import { contextOf } from "./request-context.ts";
import type { PageHandler } from "./static-pages.ts";
import { enforce, type ObservedCall, type Rule } from "./trpc.ts";

/** What is ready, by name, and what is not, with the reason. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly why?: string }>>;
}

/** A GET address of its own, for what is streamed. */
export interface HttpRoute {
  readonly pathname: string;
  readonly rule: Rule;
  /** What the rule is held against, where it asks for an environment. */
  readonly input?: (request: IncomingMessage) => unknown;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface HttpOptions {
  readonly router: AppRouter;
  readonly access: AccessService;
  readonly signIn: SignInService;
  /** Told of every mutation and every refusal. */
  readonly observe: (call: ObservedCall) => void;
  readonly addressOf: AddressOf;
  /** `/ofrep/…`, under tokens of its own reading. */
  readonly ofrep: (request: IncomingMessage, response: ServerResponse, pathname: string) => Promise<void>;
  /** `/api/alertmanager` and the like; false for an address that is none of its own. */
  readonly alerts: (request: IncomingMessage, response: ServerResponse, pathname: string) => Promise<boolean>;
  /** `/v1/traces` and `/v1/metrics`, under tokens that the ingest knows. */
  readonly otlp: (request: IncomingMessage, response: ServerResponse, pathname: string) => void;
  /** Addresses beside the procedures, each under its rule. */
  readonly routes?: readonly HttpRoute[];
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

/** The control plane's one port. Bounded in header, body and time; nothing of the fleet is said without sign-in. */
export function createHttpServer(options: HttpOptions): Server {
  const trpc = procedureHandler(options);
  const auth = createAuthRoutes(options);
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
    // Tokens alone count there: no request rides on a cookie.
    if (pathname.startsWith("/ofrep/")) return options.ofrep(request, response, pathname);
    if (pathname === "/v1/traces" || pathname === "/v1/metrics")
      return options.otlp(request, response, pathname);
    const writes = request.method !== "GET" && request.method !== "HEAD";
    if (writes && request.headers.authorization === undefined && !isOwnOrigin(request, options.origins())) {
      return sendJson(response, 403, { error: "This request comes from another site." });
    }
    if (pathname === "/metrics") return sendMetrics(request, response);
    if (pathname.startsWith("/api/auth/")) return auth(request, response, pathname);
    response.setHeader("x-leverframe-version", VERSION);
    if (pathname.startsWith("/api/trpc/")) return trpc(request, response);
    if (await options.alerts(request, response, pathname)) return;
    const own = options.routes?.find((one) => one.pathname === pathname);
    if (own !== undefined) return guardedRoute(own, request, response);
    if (pathname.startsWith("/api/")) return sendJson(response, 404, { error: "There is no such address." });
    options.pages(request, response);
  }

  async function guardedRoute(
    route: HttpRoute,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (request.method !== "GET") return sendJson(response, 405, { error: "GET this address." });
    const { principal, address } = contextOf(request, options);
    const refusal = refusalOf(route.rule, principal, route.input?.(request));
    const { pathname: action } = route;
    if (refusal !== undefined) {
      const code = refusal.status === 401 ? "UNAUTHENTICATED" : "FORBIDDEN";
      options.observe({ principal, address, action, outcome: "refused", code, input: undefined });
      return sendJson(response, refusal.status, { error: refusal.why });
    }
    options.observe({ principal, address, action, outcome: "done", input: undefined });
    await route.handle(request, response);
  }

  /** Whoever is known, but for reporters, may read how the control plane itself does: it names environments, and no lever. */
  async function sendMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const principal = options.access.authenticate(request.headers);
    if (principal === undefined) return sendText(response, 401, "Send a token: Authorization: Bearer …");
    if (reportsOnly(principal.scopes)) return sendText(response, 403, "This token sends telemetry alone.");
    response.setHeader("content-type", options.metrics.registry.contentType);
    response.end(await options.metrics.registry.metrics());
  }
}

/** Mutations on the short way, all else through tRPC's own adapter. */
function procedureHandler(options: HttpOptions): PageHandler {
  const { router, log } = options;
  const onError = (error: TRPCError, path: string | undefined): void => {
    if (error.code === "INTERNAL_SERVER_ERROR") log.error({ err: error, path }, "a procedure failed");
  };
  const adapter = createHTTPHandler({
    router,
    basePath: PROCEDURES,
    maxBodySize: BODY_BYTES,
    createContext: ({ req, info }) => {
      // Only the socket looks again whether who follows still may.
      if (info.type === "subscription") {
        throw new TRPCError({ code: "METHOD_NOT_SUPPORTED", message: "Subscribe over /api/ws." });
      }
      return contextOf(req, options);
    },
    onError: ({ error, path }) => onError(error, path),
  });
  return createMutationHandler({
    router,
    basePath: PROCEDURES,
    bodyBytes: BODY_BYTES,
    createContext: (request) => contextOf(request, options),
    onError,
    // It answers every failure itself; its promise only says when.
    others: (request, response) => adapter(request, response),
  });
}

function refusalOf(
  rule: Rule,
  principal: Principal | undefined,
  input: unknown,
): { readonly status: 400 | 401 | 403; readonly why: string } | undefined {
  if (principal === undefined) return { status: 401, why: "Sign in first, or send a token." };
  try {
    enforce(rule, principal, input);
    return undefined;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { status: error.code === "INVALID" ? 400 : 403, why: error.publicMessage };
  }
}
