import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Agent } from "../agent/agent.ts";
import type { ServiceHandle } from "../discovery/index.ts";
import { type Logger, reasonOf } from "../logger.ts";
import { describeIssues, serviceName } from "../protocol/index.ts";
import {
  answerAll,
  answerOne,
  etagOf,
  OFREP_BODY_BYTES,
  type OfrepAnswer,
  type OfrepFlags,
} from "../rules/index.ts";
import { bearsToken, decoded, namesLoopback, Refusal, readBody, sendJson } from "./answers.ts";
import { ConfigReader } from "./config-reader.ts";
import type { SidecarOptions } from "./options.ts";
import { isLoopback } from "./options.ts";
import { RefetchClients } from "./refetch-clients.ts";

const MOST_CONNECTIONS = 256;
const MOST_SERVICES = 200;
const REQUEST_MS = 10_000;
const LONGEST_POLL_SECONDS = 55;
/** How long the first question for a service waits for its instances. */
const FIRST_LOOK_MS = 1_000;
const EVALUATE = "/ofrep/v1/evaluate/flags";
const INACTIVITY_SECONDS = 120;

/**
 * An agent over HTTP, for a service of any language on the same machine: OFREP, configs, discovery and health. The agent
 * registers the service and sends its receipts; what clients ask for is what it reads.
 */
export class Sidecar {
  readonly #agent: Agent;
  readonly #options: SidecarOptions;
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #configs: ConfigReader;
  readonly #clients = new RefetchClients();
  readonly #services = new Map<string, ServiceHandle>();
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;

  constructor(agent: Agent, options: SidecarOptions, logger: Logger) {
    this.#agent = agent;
    this.#options = options;
    this.#logger = logger;
    this.#configs = new ConfigReader(agent);
    this.#server = createServer(
      { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
      (request, response) => {
        this.#answer(request, response).catch((error: unknown) => this.#refuse(response, error));
      },
    );
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#stopListening = agent.on("applied", () => this.#clients.tell(this.#state(), Date.now()));
  }

  /** Listens; gives the port. Rejects where it is taken. */
  async listen(): Promise<number> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) =>
          this.#logger.warn({ reason: reasonOf(error) }, "the server failed"),
        );
        resolve();
      });
    });
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Answers what is under way, ends streams and polls, closes the agent. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    this.#clients.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), 1_000).unref();
    await Promise.all([closed, this.#agent.close()]);
    clearTimeout(late);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request);
    const { token, host } = this.#options;
    if (isLoopback(host) && !namesLoopback(request)) {
      throw new Refusal(421, "this sidecar answers to loopback's own names alone, such as 127.0.0.1");
    }
    if (url.pathname === "/healthz") return this.#health(response);
    if (token !== undefined && !bearsToken(request, token)) {
      throw new Refusal(401, "send the token of --token-file: Authorization: Bearer …, or X-API-Key: …");
    }
    const [, first, second, name, what, ...rest] = url.pathname.split("/");
    if (url.pathname.startsWith("/ofrep/")) return this.#ofrep(request, response, url.pathname);
    if (request.method !== "GET") throw new Refusal(405, "GET this address");
    const isOne = first === "v1" && name !== undefined && name !== "" && rest.length === 0;
    if (isOne && second === "config" && what === undefined) {
      return this.#config(request, response, decoded(name), url);
    }
    if (isOne && second === "services" && (what === undefined || what === "pick")) {
      return this.#service(response, decoded(name), what === "pick");
    }
    throw new Refusal(404, "there is no such address");
  }

  #health(response: ServerResponse): void {
    const { status } = this.#agent;
    const ready = this.#agent.ready() && status.source !== "default";
    sendJson(response, ready ? 200 : 503, { ready, ...status });
  }

  async #ofrep(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    if (pathname === "/ofrep/v1/events" && request.method === "GET") return this.#clients.add(response);
    if (pathname !== EVALUATE && !pathname.startsWith(`${EVALUATE}/`))
      throw new Refusal(404, "there is no such address");
    if (request.method !== "POST") throw new Refusal(405, "POST to this address");
    const body = await readBody(request, OFREP_BODY_BYTES);
    const flags = this.#flags();
    const answer: OfrepAnswer =
      pathname === EVALUATE
        ? answerAll(flags, body, request.headers["if-none-match"])
        : answerOne(flags, decoded(pathname.slice(EVALUATE.length + 1)), body);
    sendJson(response, answer.status, answer.body, answer.etag === undefined ? {} : { etag: answer.etag });
  }

  #flags(): OfrepFlags {
    const { env, service, source, stale, ownRevision, sharedRevision, hold } = this.#agent.status;
    const old = stale || source !== "live" || hold !== undefined;
    const revision = Math.max(ownRevision, sharedRevision);
    return {
      table: this.#agent.flags,
      state: `${this.#state()} ${old}`,
      metadata: { env, service, revision, ...(old ? { stale: true } : {}) },
      eventStreams: [
        { type: "sse", endpoint: { requestUri: "/ofrep/v1/events" }, inactivityDelaySec: INACTIVITY_SECONDS },
      ],
    };
  }

  #state(): string {
    const { epoch, ownRevision, sharedRevision } = this.#agent.status;
    return etagOf(epoch ?? "", String(ownRevision), String(sharedRevision));
  }

  /** `?wait=SECONDS` with `If-None-Match` answers when the config is another, or with 304 when the time is over. */
  async #config(request: IncomingMessage, response: ServerResponse, name: string, url: URL): Promise<void> {
    const mayOpen = this.#options.token !== undefined;
    const wait = url.searchParams.get("wait");
    const seconds = wait === null ? 0 : Number(wait);
    if (!(seconds >= 0 && seconds <= LONGEST_POLL_SECONDS)) {
      throw new Refusal(400, `wait must be 0 to ${LONGEST_POLL_SECONDS} seconds`);
    }
    const known = request.headers["if-none-match"];
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const untilMs = performance.now() + seconds * 1_000;
    let found = this.#configs.read(name, mayOpen);
    while (found.etag === known && performance.now() < untilMs && !this.#closing.signal.aborted) {
      const signal = AbortSignal.any([this.#closing.signal, gone.signal]);
      await this.#configs.change(name, untilMs - performance.now(), signal);
      if (gone.signal.aborted) return;
      found = this.#configs.read(name, mayOpen);
    }
    const headers = { etag: found.etag };
    if (found.etag === known) sendJson(response, 304, undefined, headers);
    else sendJson(response, 200, found.body, headers);
  }

  async #service(response: ServerResponse, name: string, onlyOne: boolean): Promise<void> {
    const followed = this.#services.has(name);
    const handle = this.#follow(name);
    if (!followed) await this.#firstLook(handle);
    if (!onlyOne) return sendJson(response, 200, { service: name, instances: handle.instances() });
    const picked = handle.pick();
    if (picked === undefined) throw new Refusal(503, `no instance of ${name} takes calls now`);
    sendJson(response, 200, picked);
  }

  #follow(name: string): ServiceHandle {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const named = serviceName.safeParse(name);
    if (!named.success) throw new Refusal(400, describeIssues(named.error));
    if (this.#services.size >= MOST_SERVICES)
      throw new Refusal(429, `more than ${MOST_SERVICES} services are followed`);
    const handle = this.#agent.service(name);
    this.#services.set(name, handle);
    return handle;
  }

  /** A service that was never asked for is followed from now on: its instances come within a moment. */
  async #firstLook(handle: ServiceHandle): Promise<void> {
    const untilMs = performance.now() + FIRST_LOOK_MS;
    while (handle.instances().length === 0 && performance.now() < untilMs && !this.#closing.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 20).unref());
    }
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (!(error instanceof Refusal)) this.#logger.error({ reason: reasonOf(error) }, "a request failed");
    const [status, errorDetails] =
      error instanceof Refusal ? [error.status, error.message] : [500, "something went wrong here"];
    const headers =
      status === 429 ? { "retry-after": "10" } : status === 401 ? { "www-authenticate": "Bearer" } : {};
    sendJson(response, status, { errorCode: "GENERAL", errorDetails }, headers);
  }
}

function urlOf(request: IncomingMessage): URL {
  const text = request.url ?? "/";
  // Anything else is a proxy's way of asking, or no path at all.
  if (!text.startsWith("/") || text.startsWith("//")) throw new Refusal(400, "the address can't be read");
  return new URL(text, "http://sidecar");
}
