import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { type DomainError, type ErrorCode, isDomainError } from "../domain/errors.ts";
import type { AccessService, SignedIn } from "../features/access/access-service.ts";
import { SESSION_COOKIE } from "../features/access/session-cookie.ts";
import type { RetryAfter, SignInService } from "../features/access/sign-in-service.ts";
import type { Log } from "../infra/log.ts";
import { readBody, sendJson } from "./answers.ts";
import type { AddressOf } from "./client-address.ts";
import { contextOf } from "./request-context.ts";
import type { ObservedCall } from "./trpc.ts";

export interface AuthRoutesOptions {
  readonly access: AccessService;
  readonly signIn: SignInService;
  readonly observe: (call: ObservedCall) => void;
  readonly addressOf: AddressOf;
  readonly secureCookie: boolean;
  readonly log: Log;
}

const SMALL_BODY_BYTES = 4 * 1024;
const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID: 400,
  TOO_LARGE: 413,
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

const codeBody = z.object({ code: z.string().max(200) });
const passwordBody = z.object({ email: z.string().max(320), password: z.string().max(1_000) });
const invitationBody = z.object({ code: z.string().max(200), password: z.string().max(1_000) });

/**
 * `/api/auth/*`: the only addresses that whoever has not signed in may write to. `exchange` takes a login link's code,
 * `sign-in` an e-mail address and a password, `accept` an invitation and a new password; `oidc` and `oidc/callback`
 * go by way of a provider; `sign-out` ends the session on every replica. `methods` says which of them there are.
 */
export function createAuthRoutes(options: AuthRoutesOptions) {
  const { access, signIn, addressOf, log } = options;
  const flags = `Path=/; HttpOnly; SameSite=Lax${options.secureCookie ? "; Secure" : ""}`;
  const cookieOf = (session: SignedIn): string =>
    `${SESSION_COOKIE}=${session.cookie}; ${flags}; Max-Age=${session.maxAgeSeconds}`;

  const observe = (
    request: IncomingMessage,
    action: string,
    what: { person?: string; fault?: DomainError },
  ): void =>
    options.observe({
      principal:
        what.person === undefined ? undefined : { author: { kind: "person", id: what.person }, scopes: [] },
      address: addressOf(request),
      action: `auth.${action}`,
      outcome: what.fault === undefined ? "done" : "refused",
      ...(what.fault === undefined ? {} : { code: what.fault.code }),
      input: undefined,
    });

  function refuse(response: ServerResponse, error: unknown): void {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      return sendJson(response, 400, {
        error: "The body must be JSON with the fields that this address takes.",
      });
    }
    if (!isDomainError(error)) {
      log.error({ err: error }, "signing in failed");
      return sendJson(response, 503, { error: "Signing in is not possible now: etcd does not answer." });
    }
    if (error.code === "RATE_LIMITED") {
      const seconds = (error.details as RetryAfter | undefined)?.retryAfterSeconds ?? 60;
      response.setHeader("retry-after", String(seconds));
    }
    sendJson(response, STATUS[error.code] ?? 401, { error: error.publicMessage });
  }

  const letsIn = async <Body>(
    request: IncomingMessage,
    response: ServerResponse,
    action: string,
    body: z.ZodType<Body>,
    work: (body: Body) => Promise<SignedIn>,
  ): Promise<void> => {
    if (request.method !== "POST") return sendJson(response, 405, { error: "POST to this address." });
    try {
      const session = await work(body.parse(JSON.parse(await readBody(request, SMALL_BODY_BYTES))));
      observe(request, action, { person: session.person });
      response.setHeader("set-cookie", cookieOf(session));
      response.writeHead(204).end();
    } catch (error) {
      if (isDomainError(error)) observe(request, action, { fault: error });
      refuse(response, error);
    }
  };

  async function signOut(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return sendJson(response, 405, { error: "POST to sign out." });
    const { principal } = contextOf(request, options);
    try {
      await access.endSession(request.headers.cookie);
      if (principal?.author.kind === "person") observe(request, "sign-out", { person: principal.author.id });
    } catch (error) {
      // The browser forgets it in any case; another copy of it would live until its end, which must be known.
      log.warn({ err: error }, "a session was not revoked: etcd does not answer");
    }
    response.setHeader("set-cookie", `${SESSION_COOKIE}=; ${flags}; Max-Age=0`);
    response.writeHead(204).end();
  }

  async function oidc(
    request: IncomingMessage,
    response: ServerResponse,
    step: "start" | "callback",
  ): Promise<void> {
    if (request.method !== "GET") return sendJson(response, 405, { error: "GET this address." });
    try {
      if (step === "start") {
        const { url, cookies } = await signIn.startOidc();
        response.setHeader("set-cookie", [...cookies]);
        response.writeHead(302, { location: url, "cache-control": "no-store" }).end();
        return;
      }
      const { url = "/" } = request;
      const session = await signIn.finishOidc({ url, cookie: request.headers.cookie });
      observe(request, "oidc", { person: session.person });
      response.setHeader("set-cookie", [...session.cookies, cookieOf(session)]);
      response.writeHead(302, { location: "/login?signed-in=1", "cache-control": "no-store" }).end();
    } catch (error) {
      if (isDomainError(error)) observe(request, "oidc", { fault: error });
      else log.error({ err: error }, "signing in by the provider failed");
      response.writeHead(302, {
        location: `/login?refused=${refusalOf(error)}`,
        "cache-control": "no-store",
      });
      response.end();
    }
  }

  return async (request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> => {
    switch (pathname.slice("/api/auth/".length)) {
      case "exchange":
        return letsIn(request, response, "link", codeBody, ({ code }) => access.exchange(code));
      case "sign-in":
        return letsIn(request, response, "password", passwordBody, ({ email, password }) =>
          signIn.byPassword(email, password, addressOf(request)),
        );
      case "accept":
        return letsIn(request, response, "invitation", invitationBody, ({ code, password }) =>
          signIn.byInvitation(code, password, addressOf(request)),
        );
      case "methods":
        return sendJson(response, 200, { password: true, oidc: signIn.oidcName ?? null });
      case "oidc":
        return oidc(request, response, "start");
      case "oidc/callback/oidc":
        return oidc(request, response, "callback");
      case "sign-out":
        return signOut(request, response);
      default:
        return sendJson(response, 404, { error: "There is no such address." });
    }
  };
}

/** A word that the login page knows: nobody else's text comes into it by its address. */
function refusalOf(error: unknown): "not-invited" | "not-proved" | "unavailable" {
  if (!isDomainError(error)) return "unavailable";
  if (error.code === "FORBIDDEN") return "not-invited";
  return error.code === "UNAUTHENTICATED" ? "not-proved" : "unavailable";
}
