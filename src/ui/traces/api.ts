import { client } from "../api/client.ts";
import type { TraceSearchInput } from "../api/contract.ts";

interface Call {
  readonly signal?: AbortSignal;
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the pages of traces ask of the control plane. Each rejects with a `TRPCClientError`; read it by `failureOf`. */
export const tracesApi = {
  search: (asked: TraceSearchInput, call: Call = {}) => client.traces.search.query(asked, call),
  summaries: (env: string, traceIds: readonly string[], span: Stretch, call: Call = {}) =>
    client.traces.summaries.query({ env, traceIds: [...traceIds], ...span }, call),
  trace: (env: string, traceId: string, call: Call = {}) => client.traces.trace.query({ env, traceId }, call),
  span: (env: string, traceId: string, spanId: string, baseMs: number, call: Call = {}) =>
    client.traces.span.query({ env, traceId, spanId, baseMs }, call),
  spans: (env: string, traceId: string, baseMs: number, offset: number, call: Call = {}) =>
    client.traces.spans.query({ env, traceId, baseMs, offset }, call),
  names: (env: string, service: string | undefined, span: Stretch, call: Call = {}) =>
    client.traces.names.query({ env, service, ...span }, call),
  statements: (
    env: string,
    asked: Stretch & { readonly service: string | undefined; readonly leastMs: number },
    call: Call = {},
  ) => client.traces.statements.query({ env, ...asked }, call),
  percentiles: (env: string, service: string, span: Stretch, call: Call = {}) =>
    client.traces.percentiles.query({ env, service, ...span }, call),
  /** A lever as it was in force: at a revision, or at a time where no revision is known. */
  leverAt: (
    env: string,
    ref: { readonly service: string; readonly kind: string; readonly name: string },
    moment: { readonly revision: number } | { readonly at: string },
    call: Call = {},
  ) => client.history.versionAt.query({ env, ...ref, kind: ref.kind as "switch", moment }, call),
};
