import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { sendJson } from "./answers.ts";

/** Kept open to the ingest, and so many at once: what is more waits in the kernel, not here. */
const SOCKETS = 64;
const FORWARDED = [
  "authorization",
  "content-type",
  "content-encoding",
  "content-length",
  "transfer-encoding",
];
const ANSWERED = ["content-type", "content-length", "retry-after"];

/**
 * `/v1/traces` and `/v1/metrics` of the console's own port: bytes go through to the ingest and are not looked at here.
 * `portOf` gives its port on loopback; undefined while it is away, which is a 503 that exporters try again.
 */
export function createOtlpProxy(portOf: () => number | undefined) {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: SOCKETS });
  const away = (response: ServerResponse, why: string): void => {
    if (response.headersSent) return void response.destroy();
    response.setHeader("retry-after", 1);
    sendJson(response, 503, { code: 14, message: why });
  };
  return {
    handle(request: IncomingMessage, response: ServerResponse, pathname: string): void {
      const port = portOf();
      if (port === undefined) {
        request.resume();
        return away(response, "Telemetry is off here, or its ingest is starting. Come again.");
      }
      const headers = Object.fromEntries(
        FORWARDED.flatMap((name) => {
          const value = request.headers[name];
          return value === undefined ? [] : [[name, value]];
        }),
      );
      const onward = httpRequest({
        agent,
        host: "127.0.0.1",
        port,
        path: pathname,
        method: request.method,
        headers,
      });
      onward.on("response", (answer) => {
        response.statusCode = answer.statusCode ?? 502;
        for (const name of ANSWERED) {
          const value = answer.headers[name];
          if (value !== undefined) response.setHeader(name, value);
        }
        answer.on("error", () => response.destroy());
        answer.pipe(response);
      });
      onward.on("error", () => away(response, "The ingest does not answer. Come again."));
      request.on("aborted", () => onward.destroy());
      response.on("close", () => onward.destroy());
      request.pipe(onward);
    },
    close(): void {
      agent.destroy();
    },
  };
}
