import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type AnyTRPCRouter,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  TRPCError,
  transformTRPCResponse,
} from "@trpc/server";
import type { RequestContext } from "./trpc.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface MutationOptions {
  readonly router: AnyTRPCRouter;
  /** With a slash at its end. */
  readonly basePath: string;
  readonly bodyBytes: number;
  readonly createContext: (request: IncomingMessage) => RequestContext;
  readonly onError: (error: TRPCError, path: string) => void;
  /** tRPC's own handler, which takes everything else; a body that was read by then is in `request.body`. */
  readonly others: Handler;
}

interface Call {
  readonly path: string;
  readonly batched: boolean;
}

type RawInput = { readonly read: true; readonly value: unknown } | { readonly read: false };

const HEADERS = { "content-type": "application/json", vary: "trpc-accept, accept" };

/**
 * Answers one mutation a request as tRPC's HTTP adapter does, byte for byte in the body and with the same status, but
 * without its way over fetch's `Request` and `Response`, which costs a pull about a millisecond. Whatever is not one
 * mutation in a JSON body of a known length goes to `others`.
 */
export function createMutationHandler(options: MutationOptions): Handler {
  const { router, others } = options;
  const config = router._def._config;
  const mutations: ReadonlySet<string> = new Set(
    Object.entries(router._def.procedures as unknown as Record<string, { _def: { type: string } }>)
      .filter(([, procedure]) => procedure._def.type === "mutation")
      .map(([path]) => path),
  );

  /** A body that superjson can't read is the client's fault. */
  const deserialized = (raw: unknown): unknown => {
    try {
      return raw === undefined ? undefined : config.transformer.input.deserialize(raw);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : "Invalid input";
      throw new TRPCError({ code: "BAD_REQUEST", message, cause });
    }
  };

  return (request, response) => {
    const call = callOf(request, options);
    if (call === undefined || !mutations.has(call.path)) return others(request, response);
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const text = Buffer.concat(parts).toString("utf8");
      const input = inputOf(text, call);
      if (input.read) return void answer(request, response, call, input.value);
      (request as IncomingMessage & { body?: string }).body = text;
      others(request, response);
    });
  };

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    { path, batched }: Call,
    raw: unknown,
  ): Promise<void> {
    let status = 200;
    let body: object;
    let ctx: RequestContext | undefined;
    let input: unknown;
    try {
      ctx = options.createContext(request);
      const data: unknown = await callTRPCProcedure({
        router,
        path,
        ctx,
        type: "mutation",
        signal: undefined,
        batchIndex: 0,
        getRawInput: async () => (input = deserialized(raw)),
      });
      body = transformTRPCResponse(config, { result: { data } });
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      options.onError(error, path);
      const shape = getTRPCErrorShape({ config, error, type: "mutation", path, input, ctx });
      status = shape.data.httpStatus;
      body = transformTRPCResponse(config, { error: shape });
    }
    const text = Buffer.from(JSON.stringify(batched ? [body] : body));
    response.writeHead(status, { ...HEADERS, "content-length": text.length }).end(text);
  }
}

/** The one procedure that a request calls; undefined where it is not as simple as that. */
function callOf(request: IncomingMessage, options: MutationOptions): Call | undefined {
  const { method, headers, url = "" } = request;
  if (method !== "POST" || headers["content-type"] !== "application/json") return undefined;
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (!(length <= options.bodyBytes)) return undefined;
  const streams = `${headers.accept} ${String(headers["trpc-accept"])}`.includes("application/jsonl");
  const [pathname = "", query, ...rest] = url.slice(options.basePath.length).split("?");
  const batched = query === "batch=1";
  if (streams || rest.length > 0 || (query !== undefined && !batched)) return undefined;
  return { path: pathname, batched };
}

function inputOf(text: string, { batched }: Call): RawInput {
  try {
    const value: unknown = JSON.parse(text);
    if (!batched) return { read: true, value };
    if (typeof value !== "object" || value === null) return { read: false };
    return { read: true, value: (value as Record<string, unknown>)["0"] };
  } catch {
    return { read: false };
  }
}
