import type { IncomingMessage, ServerResponse } from "node:http";

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}

/** Reads a small body; rejects with a `SyntaxError` past the bound. */
export async function readBody(request: IncomingMessage, bound: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > bound) throw new SyntaxError(`the body is larger than ${bound} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
