import { environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { guarded, router } from "../../server/trpc.ts";
import { MOST_SUMMARIES, type TraceReader } from "./trace-reader.ts";

export interface TracesPort {
  readonly reader: TraceReader;
  /** Throws NOT_FOUND for an environment that nobody made. */
  known(env: string): void;
}

const ms = z.number().int().min(0).max(4_102_444_800_000);
const durationMs = z.number().min(0).max(86_400_000);
const traceId = z.string().regex(/^[0-9a-f]{32}$/, { error: "a trace id: 32 hex digits in lower case" });
const spanId = z.string().regex(/^[0-9a-f]{16}$/, { error: "a span id: 16 hex digits in lower case" });
const name = z.string().min(1).max(500);
const span = { env: environmentName, fromMs: ms, toMs: ms };
const attribute = z.strictObject({
  key: z.string().min(1).max(200),
  value: z.string().max(1_000).optional(),
});

/** As with metrics: whoever may see one service of an environment sees the whole of it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createTracesRouter = (port: TracesPort) =>
  router({
    search: guarded(viewer)
      .input(
        z.strictObject({
          ...span,
          service: name.optional(),
          operation: name.optional(),
          leastMs: durationMs.optional(),
          mostMs: durationMs.optional(),
          status: z.enum(["error", "ok"]).optional(),
          attributes: z.array(attribute).max(10).optional(),
          revision: z.number().int().min(0).optional(),
          lever: name.optional(),
          order: z.enum(["slowest", "newest"]),
        }),
      )
      .query(({ input }) => {
        port.known(input.env);
        return port.reader.search(input);
      }),
    summaries: guarded(viewer)
      .input(z.strictObject({ ...span, traceIds: z.array(traceId).max(MOST_SUMMARIES) }))
      .query(({ input: { env, traceIds, ...around } }) => {
        port.known(env);
        return port.reader.summaries(env, traceIds, around);
      }),
    trace: guarded(viewer)
      .input(z.strictObject({ env: environmentName, traceId }))
      .query(({ input }) => {
        port.known(input.env);
        return port.reader.trace(input.env, input.traceId);
      }),
    span: guarded(viewer)
      .input(z.strictObject({ env: environmentName, traceId, spanId, baseMs: ms }))
      .query(async ({ input }) => {
        port.known(input.env);
        const [found] = await port.reader.spans(input.env, input.traceId, input);
        return found ?? null;
      }),
    spans: guarded(viewer)
      .input(
        z.strictObject({
          env: environmentName,
          traceId,
          baseMs: ms,
          offset: z.number().int().min(0).max(1_000_000),
        }),
      )
      .query(({ input }) => {
        port.known(input.env);
        return port.reader.spans(input.env, input.traceId, { baseMs: input.baseMs, offset: input.offset });
      }),
    names: guarded(viewer)
      .input(z.strictObject({ ...span, service: name.optional() }))
      .query(({ input }) => {
        port.known(input.env);
        return port.reader.names(input);
      }),
    statements: guarded(viewer)
      .input(z.strictObject({ ...span, service: name.optional(), leastMs: durationMs }))
      .query(({ input }) => {
        port.known(input.env);
        return port.reader.statements(input);
      }),
    percentiles: guarded(viewer)
      .input(z.strictObject({ ...span, service: name }))
      .query(({ input }) => {
        port.known(input.env);
        return port.reader.percentiles(input);
      }),
  });
