import type { IncomingMessage, ServerResponse } from "node:http";
import { answerAll, answerOne, OFREP_BODY_BYTES, type OfrepAnswer } from "@leverframe/agent/rules";
import { DomainError, type ErrorCode, isDomainError } from "../domain/errors.ts";
import type { AccessService } from "../features/access/access-service.ts";
import type { Principal } from "../features/access/principal.ts";
import { type Place, placeOf } from "../features/ofrep/evaluation-place.ts";
import type { FlagsService } from "../features/ofrep/flags-service.ts";
import type { RefetchStreams } from "../features/ofrep/refetch-streams.ts";
import type { RequestBudget } from "../features/ofrep/request-budget.ts";
import type { Log } from "../infra/log.ts";
import { readBody } from "./answers.ts";
import type { AddressOf } from "./client-address.ts";
import type { ObservedCall } from "./trpc.ts";

export interface OfrepRoutesOptions {
  readonly access: AccessService;
  readonly flags: FlagsService;
  readonly streams: RefetchStreams;
  readonly budget: RequestBudget;
  /** Told of every refusal, and of each use of the break-glass token. */
  readonly observe: (call: ObservedCall) => void;
  readonly addressOf: AddressOf;
  readonly log: Log;
  /** Wall time in ms. */
  readonly nowMs: () => number;
  /** Told of each answer, and of each end of a stream. */
  readonly onAnswer: (status: number) => void;
}

const ALL = "/ofrep/v1/evaluate/flags";
const ONE = `${ALL}/`;
const EVENTS = "/ofrep/v1/events";
const INACTIVITY_SECONDS = 120;
/** A ticket is good for two windows, and an ETag for one: nobody is left with a ticket that has ended. */
const TICKET_WINDOW_MS = 12 * 3_600_000;
const MOST_UNSENT_BYTES = 64 * 1024;

const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID: 400,
  TOO_LARGE: 413,
  NOT_FOUND: 400,
  FORBIDDEN: 403,
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
};

/** Who asks, by which token, for which place. */
interface Asked {
  readonly principal: Principal;
  readonly token: string | undefined;
  readonly place: Place;
}

/**
 * OFREP 0.3.0 on the control plane (open-feature/protocol): one flag, all flags, and a stream of server-sent events.
 * Only tokens let in, as `Authorization: Bearer` or `X-API-Key`; everything is answered from the mirror, in memory.
 */
export function createOfrepRoutes(options: OfrepRoutesOptions) {
  const { access, flags, streams, budget } = options;

  function ask(request: IncomingMessage, url: URL): Asked {
    const ticket = url.searchParams.get("ticket");
    if (ticket !== null) {
      const known = access.authenticateTicket(ticket);
      if (known === undefined || url.pathname !== EVENTS) throw unknown();
      const { env, service } = known.ticket;
      return {
        principal: known.principal,
        token: undefined,
        place: placeOf(known.principal, { env, service }),
      };
    }
    const token = tokenOf(request);
    const principal = token === undefined ? undefined : access.authenticateToken(token);
    if (principal === undefined) throw unknown();
    const named = (part: keyof Place): string | undefined =>
      [request.headers[`leverframe-${part}`]].flat()[0] ?? url.searchParams.get(part) ?? undefined;
    return { principal, token, place: placeOf(principal, { env: named("env"), service: named("service") }) };
  }

  /** Each use of the token for emergencies is told. */
  function note({ principal }: Asked, request: IncomingMessage, action: string): void {
    if (principal.breakGlass === undefined) return;
    const address = options.addressOf(request);
    options.observe({ principal, address, action, outcome: "done", input: undefined });
  }

  async function evaluate(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method !== "POST") return sendProblem(response, 405, "POST to this address.");
    const asked = ask(request, url);
    const { principal, token, place } = asked;
    note(asked, request, "ofrep.evaluate");
    const waitMs = budget.spend(principal.author.id);
    if (waitMs > 0) {
      response.setHeader("retry-after", String(Math.ceil(waitMs / 1_000)));
      throw new DomainError(
        "RATE_LIMITED",
        "This token asks for more evaluations than it may. Try again later.",
      );
    }
    const body = await readBody(request, OFREP_BODY_BYTES).catch((error: unknown) => {
      if (error instanceof SyntaxError) throw new DomainError("TOO_LARGE", error.message);
      throw error;
    });
    const found = flags.flags(place);
    if (url.pathname !== ALL) return send(response, answerOne(found, keyOf(url.pathname), body));
    const window = Math.floor(options.nowMs() / TICKET_WINDOW_MS);
    const ifNoneMatch = request.headers["if-none-match"];
    send(
      response,
      answerAll(
        {
          ...found,
          state: `${place.env}/${place.service} ${found.state} ${window}`,
          eventStreams: token === undefined ? [] : [streamOf(token, place, (window + 2) * TICKET_WINDOW_MS)],
        },
        body,
        ifNoneMatch,
      ),
    );
  }

  const streamOf = (token: string, place: Place, expiresAtMs: number) => ({
    type: "sse",
    endpoint: { requestUri: `${EVENTS}?ticket=${access.ticketFor(token, { ...place, expiresAtMs })}` },
    inactivityDelaySec: INACTIVITY_SECONDS,
  });

  function follow(request: IncomingMessage, response: ServerResponse, url: URL): void {
    if (request.method !== "GET") return sendProblem(response, 405, "GET this address.");
    const asked = ask(request, url);
    const { principal, place } = asked;
    note(asked, request, "ofrep.events");
    const close = streams.open({
      place,
      caller: principal.author.id,
      mayStay: () => isStill(() => ask(request, url)),
      sink: {
        send(frame) {
          if (!response.headersSent) {
            response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
          }
          response.write(frame);
          return response.writableLength <= MOST_UNSENT_BYTES;
        },
        end: () => void response.end(() => response.socket?.destroy()),
      },
    });
    response.once("close", close);
  }

  function refuse(request: IncomingMessage, response: ServerResponse, action: string, error: unknown): void {
    if (!isDomainError(error)) {
      options.log.error({ err: error, action }, "an evaluation failed");
      return sendProblem(response, 500, "Something went wrong here.");
    }
    const status = STATUS[error.code] ?? 500;
    if (status === 429 && !response.hasHeader("retry-after")) response.setHeader("retry-after", "10");
    if (status === 401) response.setHeader("www-authenticate", "Bearer");
    if (status === 401 || status === 403) {
      options.observe({
        principal: undefined,
        address: options.addressOf(request),
        action,
        outcome: "refused",
        code: error.code,
        input: undefined,
      });
    }
    sendProblem(
      response,
      status,
      error.publicMessage,
      keyOf(new URL(request.url ?? "/", "http://x").pathname),
    );
  }

  return async (request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> => {
    if (pathname !== ALL && pathname !== EVENTS && !pathname.startsWith(ONE)) {
      return sendProblem(response, 404, "There is no such address.");
    }
    response.once("close", () => options.onAnswer(response.statusCode));
    try {
      const url = new URL(request.url ?? "/", "http://control-plane");
      if (pathname === EVENTS) follow(request, response, url);
      else await evaluate(request, response, url);
    } catch (error) {
      refuse(request, response, pathname === EVENTS ? "ofrep.events" : "ofrep.evaluate", error);
    }
  };
}

const unknown = (): DomainError =>
  new DomainError("UNAUTHENTICATED", "Send a token: Authorization: Bearer …, or X-API-Key: …");

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const bearer = /^Bearer (\S{1,200})$/.exec(headers.authorization ?? "")?.[1];
  return bearer ?? [headers["x-api-key"]].flat()[0];
}

/** What stands behind `flags/`, slashes and all; as it is where it can't be decoded. Empty for all flags. */
function keyOf(pathname: string): string {
  if (!pathname.startsWith(ONE)) return "";
  const raw = pathname.slice(ONE.length);
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

function isStill(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function send(response: ServerResponse, { status, body, etag }: OfrepAnswer): void {
  if (etag !== undefined) response.setHeader("etag", etag);
  response.setHeader("cache-control", "no-store");
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** As OFREP's clients read failures: with a code, and the key where one was asked for. */
function sendProblem(response: ServerResponse, status: number, errorDetails: string, key = ""): void {
  if (response.headersSent) return void response.destroy();
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify({ ...(key === "" ? {} : { key }), errorCode: "GENERAL", errorDetails }));
}
