import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** A refusal with its status; the message says what to do. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const common = { "cache-control": "no-store", ...headers };
  if (body === undefined) response.writeHead(status, common).end();
  else
    response.writeHead(status, { "content-type": "application/json", ...common }).end(JSON.stringify(body));
}

/** Reads a body; throws a `Refusal` past the bound. */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > mostBytes) throw new Refusal(413, `the body is larger than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Whether a request bears the token, as `Authorization: Bearer` or `X-API-Key`; the time taken tells nothing of it. */
export function bearsToken({ headers }: IncomingMessage, token: string): boolean {
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
  const given = Buffer.from(bearer ?? [headers["x-api-key"]].flat()[0] ?? "");
  const right = Buffer.from(token);
  return given.length === right.length && timingSafeEqual(given, right);
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/;

/** A page of another site whose name was bound to loopback bears that name: it reads nothing here. */
export const namesLoopback = ({ headers }: IncomingMessage): boolean =>
  LOOPBACK_HOST.test(headers.host ?? "");

/** The value of a path's part; a `Refusal` where it can't be decoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, "the address can't be decoded: encode its parts as a URL");
  }
}
