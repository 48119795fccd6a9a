import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { answerOf, statusOf } from "./answers.ts";
import { type Body, MOST_BODY_BYTES, readBody, tooLarge } from "./body.ts";
import { count } from "./counters.ts";
import type { Intake, Signal } from "./intake.ts";
import { GRPC_STATUS, RETRYABLE, Refusal } from "./refusal.ts";

const SIGNALS: Readonly<Record<string, Signal>> = {
  "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
  "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "metrics",
};
const FRAME_BYTES = 5;
const MOST_SESSIONS = 512;
const MOST_STREAMS = 32;
const IDLE_MS = 120_000;
const TYPE = { ":status": 200, "content-type": "application/grpc" } as const;
const unpack = promisify(gunzip);

/**
 * OTLP/gRPC. Its calls are unary, so the protocol (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) is
 * spoken here over HTTP/2 itself: who asks is known before the body is read, and its bytes count while it comes.
 */
export function createGrpcDoor(intake: Intake): Http2Server {
  const server = createServer({
    maxSessionMemory: 8,
    settings: { maxConcurrentStreams: MOST_STREAMS, initialWindowSize: 1024 * 1024 },
  });
  let sessions = 0;
  server.on("session", (session) => {
    sessions += 1;
    session.once("close", () => (sessions -= 1));
    session.on("error", () => undefined);
    session.setTimeout(IDLE_MS, () => session.close());
    if (sessions > MOST_SESSIONS) session.destroy();
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    void serve(stream, headers);
  });
  return server;

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const signal = SIGNALS[headers[":path"] ?? ""];
    if (signal === undefined || headers[":method"] !== "POST") {
      return end(stream, 12, "This port takes OTLP's traces and metrics.");
    }
    try {
      const answer = await exported(stream, headers, signal);
      count(intake.counters.requests, `${signal}|grpc|ok`);
      if (stream.destroyed || stream.closed) return;
      stream.respond(TYPE, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(framed(answer));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal("failed", "the ingest has failed");
      count(intake.counters.requests, `${signal}|grpc|${refusal.kind}`);
      end(stream, GRPC_STATUS[refusal.kind], refusal.message, RETRYABLE.has(refusal.kind));
    }
  }

  async function exported(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    signal: Signal,
  ): Promise<Buffer> {
    const bearer = await intake.bearer(headers.authorization);
    if (!(headers["content-type"] ?? "").startsWith("application/grpc")) {
      throw new Refusal("unsupported", "Send application/grpc.");
    }
    const encoding = [headers["grpc-encoding"]].flat()[0] ?? "identity";
    if (encoding !== "identity" && encoding !== "gzip") {
      throw new Refusal("unsupported", "Send messages as they are, or gzipped.");
    }
    intake.expectRoom();
    const framed = await readBody(stream, { gzip: false, budget: intake.budget });
    const body = await messageOf(framed, encoding === "gzip", intake);
    return answerOf(await intake.take(signal, body, bearer, false));
  }
}

/** The one message of a unary call. What it unpacks to counts in place of what came. */
async function messageOf(body: Body, mayBePacked: boolean, { budget }: Intake): Promise<Body> {
  const { bytes } = body;
  try {
    if (bytes.length < FRAME_BYTES || bytes.readUInt32BE(1) !== bytes.length - FRAME_BYTES) {
      throw new Refusal("malformed", "the call does not hold one message");
    }
    const message = bytes.subarray(FRAME_BYTES);
    if (bytes[0] === 0) return { bytes: message, done: () => body.done() };
    if (bytes[0] !== 1 || !mayBePacked)
      throw new Refusal("malformed", "the message is packed in no known way");
    const room = Math.min(MOST_BODY_BYTES, budget.bound - budget.held);
    const unpacked = await unpack(message, { maxOutputLength: Math.max(1, room) }).catch((error: unknown) => {
      const isLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
      if (!isLarge) throw new Refusal("malformed", "the message is no gzip, or broke off");
      if (room < MOST_BODY_BYTES) throw new Refusal("overloaded", "too much is in hand already; come again");
      throw tooLarge();
    });
    if (!budget.take(unpacked.length))
      throw new Refusal("overloaded", "too much is in hand already; come again");
    body.done();
    return { bytes: unpacked, done: () => budget.give(unpacked.length) };
  } catch (error) {
    body.done();
    throw error;
  }
}

function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, FRAME_BYTES);
  return frame;
}

function end(stream: ServerHttp2Stream, code: number, message: string, retry = false): void {
  if (stream.destroyed || stream.closed) return;
  const headers: OutgoingHttpHeaders = {
    ...TYPE,
    "grpc-status": `${code}`,
    "grpc-message": encodeURIComponent(message),
    "grpc-accept-encoding": "identity,gzip",
  };
  if (retry) headers["grpc-status-details-bin"] = statusOf(code, message, true).toString("base64");
  stream.respond(headers, { endStream: true });
  stream.resume();
}
