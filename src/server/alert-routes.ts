import type { IncomingMessage, ServerResponse } from "node:http";
import { EVERY_SERVICE, environmentName } from "@leverframe/agent/protocol";
import { stringify } from "yaml";
import { describeNeed, type Role } from "../domain/access.ts";
import { ruleFileOf } from "../domain/alerts/index.ts";
import { DomainError, type ErrorCode, isDomainError } from "../domain/errors.ts";
import type { AccessService } from "../features/access/access-service.ts";
import { type Principal, permits } from "../features/access/principal.ts";
import type { AlertService } from "../features/alerts/alert-service.ts";
import type { Log } from "../infra/log.ts";
import { readBody, sendJson } from "./answers.ts";
import type { AddressOf } from "./client-address.ts";
import { contextOf } from "./request-context.ts";
import type { ObservedCall } from "./trpc.ts";

export interface AlertRoutesOptions {
  readonly access: AccessService;
  readonly alerts: AlertService;
  readonly observe: (call: ObservedCall) => void;
  readonly addressOf: AddressOf;
  readonly log: Log;
}

export const ALERTMANAGER_PATH = "/api/alertmanager";
export const RULES_PATH = "/api/alerts/rules";
const BODY_BYTES = 4 * 1024 * 1024;
const BODY_MS = 10_000;

/** Alertmanager repeats what is answered 5xx, and nothing else. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID: 400,
  TOO_LARGE: 413,
  NOT_FOUND: 404,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNAVAILABLE: 503,
};

/**
 * `POST /api/alertmanager?env=` takes an Alertmanager's webhook (version 4) from a token of the role reporter;
 * `GET /api/alerts/rules?env=` gives the environment's rules as a rule file of Prometheus. Whoever handles neither path
 * gets false.
 */
export function createAlertRoutes(options: AlertRoutesOptions) {
  const { alerts, log } = options;

  function principalOf(request: IncomingMessage, env: string, role: Role): Principal {
    const { principal, address } = contextOf(request, options);
    const action = (request.url ?? "").split("?")[0] ?? "";
    if (principal === undefined)
      throw new DomainError("UNAUTHENTICATED", "Send a token: Authorization: Bearer …");
    const need = { role, env, services: role === "viewer" ? [] : [EVERY_SERVICE] };
    if (permits(principal, need)) return principal;
    options.observe({ principal, address, action, outcome: "refused", code: "FORBIDDEN", input: undefined });
    throw new DomainError("FORBIDDEN", describeNeed(need));
  }

  async function receive(request: IncomingMessage, response: ServerResponse, env: string): Promise<void> {
    if (request.method !== "POST") return sendJson(response, 405, { error: "POST to this address." });
    principalOf(request, env, "reporter");
    const late = setTimeout(() => request.destroy(), BODY_MS).unref();
    const text = await readBody(request, BODY_BYTES)
      .catch((error: unknown) => {
        if (error instanceof SyntaxError) throw new DomainError("TOO_LARGE", error.message);
        throw error;
      })
      .finally(() => clearTimeout(late));
    sendJson(response, 200, { changed: await alerts.receive(env, parsed(text)) });
  }

  async function rules(request: IncomingMessage, response: ServerResponse, env: string): Promise<void> {
    if (request.method !== "GET") return sendJson(response, 405, { error: "GET this address." });
    principalOf(request, env, "viewer");
    const settings = await alerts.settings(env);
    response.writeHead(200, {
      "content-type": "application/yaml",
      "content-disposition": `attachment; filename="leverframe-${env}.rules.yml"`,
      "cache-control": "no-store",
    });
    response.end(stringify(ruleFileOf(env, settings.rules), { lineWidth: 0 }));
  }

  return async (request: IncomingMessage, response: ServerResponse, pathname: string): Promise<boolean> => {
    if (pathname !== ALERTMANAGER_PATH && pathname !== RULES_PATH) return false;
    try {
      const env = environmentOf(request);
      await (pathname === RULES_PATH ? rules : receive)(request, response, env);
    } catch (error) {
      if (!isDomainError(error)) throw error;
      const status = STATUS[error.code] ?? 500;
      if (status >= 500) log.warn({ err: error, pathname }, "alerts could not be answered");
      // What is left of a body is not read: nothing else comes over this connection.
      if (status === 413) response.setHeader("connection", "close");
      if (status === 503) response.setHeader("retry-after", "5");
      if (!response.headersSent) sendJson(response, status, { error: error.publicMessage });
    }
    return true;
  };
}

function environmentOf(request: IncomingMessage): string {
  const named = new URL(request.url ?? "/", "http://local").searchParams.get("env");
  const read = environmentName.safeParse(named);
  if (!read.success) throw new DomainError("INVALID", "Name an environment: ?env=prod");
  return read.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DomainError("INVALID", "The body is no JSON.", { cause: error });
  }
}
