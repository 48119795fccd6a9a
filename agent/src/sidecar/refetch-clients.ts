import type { ServerResponse } from "node:http";
import { Refusal } from "./answers.ts";

const MOST_CLIENTS = 64;
const MOST_UNSENT_BYTES = 64 * 1024;
const HEARTBEAT_MS = 25_000;

/** Clients that are told by server-sent events when to evaluate anew (OFREP 0.3.0). Bounded; ended when one lags. */
export class RefetchClients {
  readonly #clients = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor() {
    this.#heartbeat = setInterval(() => this.#send(": still here\n\n"), HEARTBEAT_MS).unref();
  }

  /** Throws a `Refusal` past the bound. */
  add(response: ServerResponse): void {
    if (this.#clients.size >= MOST_CLIENTS) throw new Refusal(429, "there are too many event streams");
    this.#clients.add(response);
    response.once("close", () => this.#clients.delete(response));
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write("retry: 3000\n: flags are followed\n\n");
  }

  tell(etag: string, nowMs: number): void {
    const lastModified = Math.floor(nowMs / 1_000);
    const data = JSON.stringify({ type: "refetchEvaluation", etag, lastModified });
    this.#send(`id: ${etag}\nevent: message\ndata: ${data}\n\n`);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  #send(frame: string): void {
    for (const client of this.#clients) {
      client.write(frame);
      if (client.writableLength > MOST_UNSENT_BYTES) client.destroy();
    }
  }
}
