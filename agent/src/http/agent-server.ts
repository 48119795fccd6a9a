import { createServer, type Server, type ServerResponse } from "node:http";

export interface AgentServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The text of `/metrics` and its content type. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** What `/healthz` says; 503 where `ok` is false. */
  readonly health: () => { readonly ok: boolean; readonly body: unknown };
}

const MOST_CONNECTIONS = 64;
const REQUEST_MS = 10_000;

/** `/metrics` and `/healthz`, for scrapers. Never keeps the process alive. */
export class AgentServer {
  readonly #server: Server;
  readonly port: number;

  /** Listens. Rejects when the port is taken. */
  static async listen(options: AgentServerOptions): Promise<AgentServer> {
    const server = createServer(
      { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
      (request, response) => {
        answer(options, request.method ?? "", request.url ?? "", response).catch(() => response.destroy());
      },
    );
    server.maxConnections = MOST_CONNECTIONS;
    server.unref();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port, options.host, () => {
        server.off("error", reject);
        server.on("error", () => undefined);
        resolve();
      });
    });
    const address = server.address();
    return new AgentServer(
      server,
      typeof address === "object" && address !== null ? address.port : options.port,
    );
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Ends open connections, too. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(
  options: AgentServerOptions,
  method: string,
  url: string,
  response: ServerResponse,
): Promise<void> {
  const [path] = url.split("?");
  if (method !== "GET" && method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
  } else if (path === "/metrics") {
    const { type, text } = await options.metrics();
    response.writeHead(200, { "content-type": type }).end(text);
  } else if (path === "/healthz") {
    const { ok, body } = options.health();
    response.writeHead(ok ? 200 : 503, { "content-type": "application/json" }).end(JSON.stringify(body));
  } else {
    response.writeHead(404).end();
  }
}
