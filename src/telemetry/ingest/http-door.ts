import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { answerJsonOf, answerOf, statusOf } from "./answers.ts";
import { MOST_BODY_BYTES, readBody, tooLarge } from "./body.ts";
import { count } from "./counters.ts";
import type { Intake, Signal } from "./intake.ts";
import { GRPC_STATUS, HTTP_STATUS, RETRY_AFTER_SECONDS, RETRYABLE, Refusal } from "./refusal.ts";

const SIGNALS: Readonly<Record<string, Signal>> = { "/v1/traces": "traces", "/v1/metrics": "metrics" };
const MOST_CONNECTIONS = 1_024;
/** How much of a refused body is still read, so that its sender sees the answer rather than a broken pipe. */
const LEFTOVER_BYTES = 16 * 1024 * 1024;
const LEFTOVER_MS = 2_000;

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";

/** OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp): protobuf and JSON, plain or gzipped, answered in kind. */
export function createHttpDoor(intake: Intake, bodyMs?: number): Server {
  const server = createServer(
    {
      requestTimeout: 30_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
    },
    (request, response) => {
      response.on("error", () => undefined);
      void serve(request, response);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  return server;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signal = SIGNALS[(request.url ?? "").split("?")[0] ?? ""];
    const isJson = (request.headers["content-type"] ?? "").split(";")[0]?.trim() === JSON_TYPE;
    if (signal === undefined)
      return refuse(request, response, isJson, 404, 5, "POST /v1/traces or /v1/metrics.");
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      return refuse(request, response, isJson, 405, 12, `POST ${request.url ?? ""}.`);
    }
    const protocol = isJson ? "http/json" : "http/protobuf";
    try {
      await answer(request, response, signal, isJson);
      count(intake.counters.requests, `${signal}|${protocol}|ok`);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal("failed", "the ingest has failed");
      count(intake.counters.requests, `${signal}|${protocol}|${refusal.kind}`);
      if (RETRYABLE.has(refusal.kind)) response.setHeader("retry-after", RETRY_AFTER_SECONDS);
      const { kind, message } = refusal;
      refuse(request, response, isJson, HTTP_STATUS[kind], GRPC_STATUS[kind], message);
    }
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    signal: Signal,
    isJson: boolean,
  ): Promise<void> {
    const bearer = await intake.bearer(request.headers.authorization);
    const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim();
    if (!isJson && type !== PROTOBUF_TYPE) {
      throw new Refusal(
        "unsupported",
        `Send ${PROTOBUF_TYPE} or ${JSON_TYPE}, not ${type === "" ? "nothing" : type}.`,
      );
    }
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity" && encoding !== "gzip") {
      throw new Refusal("unsupported", "Send a body as it is, or gzipped.");
    }
    if (Number(request.headers["content-length"] ?? 0) > MOST_BODY_BYTES) throw tooLarge();
    intake.expectRoom();
    const gzip = encoding === "gzip";
    const body = await readBody(request, {
      gzip,
      budget: intake.budget,
      ...(bodyMs === undefined ? {} : { bodyMs }),
    });
    const outcome = await intake.take(signal, body, bearer, isJson);
    const content = isJson ? answerJsonOf(signal, outcome) : answerOf(outcome);
    response.writeHead(200, { "content-type": isJson ? JSON_TYPE : PROTOBUF_TYPE }).end(content);
  }
}

/**
 * Errors carry a Status in the request's kind. The connection ends, but not before what is still coming was read for a
 * while: a sender whose socket is reset while it writes never sees the answer.
 */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  isJson: boolean,
  status: number,
  code: number,
  message: string,
): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const content = isJson ? Buffer.from(JSON.stringify({ code, message })) : statusOf(code, message);
  response.writeHead(status, {
    "content-type": isJson ? JSON_TYPE : PROTOBUF_TYPE,
    "content-length": content.length,
    connection: "close",
  });
  if (request.complete || request.destroyed) return void response.end(content);
  response.write(content);
  let left = LEFTOVER_BYTES;
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LEFTOVER_MS).unref();
  request.on("error", () => undefined);
  request.once("end", end).once("close", end);
  request.on("data", (part: Buffer) => {
    left -= part.length;
    if (left < 0) end();
  });
}
