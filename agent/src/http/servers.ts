import type { IncomingMessage, ServerResponse } from "node:http";
import { InboundRequest, type ServerOptions, type ServingAgent } from "./inbound-request.ts";

/** What handles a request; what it throws, or rejects with, is answered 500 where no answer has begun. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface ListenerOptions extends ServerOptions {
  /** The route's template, by which requests are counted. Default: `other` for all. */
  readonly route?: (request: IncomingMessage) => string | undefined;
}

/**
 * Wraps the listener of a plain `node:http` server: it runs in the context of its request (`currentContext()`), behind its
 * limit, and is counted. A request whose deadline is over is answered 504 and never seen by it.
 */
export function leverframeListener(
  agent: ServingAgent,
  listener: Listener,
  options: ListenerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const inbound = new InboundRequest(agent, request, response, options);
    inbound.route = () => options.route?.(request) ?? "other";
    if (inbound.refuse()) return;
    inbound.run(() => {
      try {
        Promise.resolve(listener(request, response)).catch((error: unknown) => inbound.fail(error));
      } catch (error) {
        inbound.fail(error);
      }
    });
  };
}

/** What Express adds to a request once it is routed. */
interface Routed extends IncomingMessage {
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

/** Express middleware; `app.use` it before all others. Requests are counted by the template of the route that answered. */
export function leverframeExpress(
  agent: ServingAgent,
  options: ServerOptions = {},
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request: Routed, response, next) => {
    const inbound = new InboundRequest(agent, request, response, options);
    inbound.route = () => {
      const path = request.route?.path;
      return typeof path === "string" ? `${request.baseUrl ?? ""}${path}` : "other";
    };
    if (!inbound.refuse()) inbound.run(() => next());
  };
}

/** What of Fastify the plugin touches. */
export interface FastifyHost {
  addHook(name: "onRequest" | "preValidation", hook: FastifyHook): unknown;
}
export type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly routeOptions: { readonly url?: string | undefined };
}
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/** A Fastify plugin, for `app.register`; it holds for all routes. Requests are counted by their route's template. */
export function leverframeFastify(
  agent: ServingAgent,
  options: ServerOptions = {},
): (app: FastifyHost, _: unknown, done: () => void) => void {
  const requests = new WeakMap<IncomingMessage, InboundRequest>();
  const plugin = (app: FastifyHost, _: unknown, ready: () => void): void => {
    app.addHook("onRequest", ({ raw, routeOptions }, reply, done) => {
      const inbound = new InboundRequest(agent, raw, reply.raw, options);
      inbound.route = () => routeOptions.url ?? "other";
      requests.set(raw, inbound);
      if (inbound.refuse()) reply.hijack();
      else inbound.run(done);
    });
    // Reading a body leaves the context: the handler is let in again.
    app.addHook("preValidation", ({ raw }, __, done) => {
      const inbound = requests.get(raw);
      if (inbound === undefined) done();
      else inbound.within(done);
    });
    ready();
  };
  // Fastify's word for: the hooks are the whole application's.
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
}
