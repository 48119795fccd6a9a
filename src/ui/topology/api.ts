import { client } from "../api/client.ts";

interface Call {
  readonly signal?: AbortSignal;
}
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What topology asks of the control plane. Each rejects with a `TRPCClientError`; read it by `failureOf`. */
export const topologyApi = {
  look: (
    env: string,
    asked: { readonly atMs?: number | undefined; readonly windowMs: number },
    call: Call = {},
  ) => client.topology.look.query({ env, ...asked }, call),
  levers: (env: string, service: string, atMs: number | undefined, call: Call = {}) =>
    client.topology.levers.query({ env, service, atMs }, call),
  routes: (env: string, caller: string, callee: string, { fromMs, toMs }: Span, call: Call = {}) =>
    client.topology.routes.query({ env, caller, callee, fromMs, toMs }, call),
  timeline: (env: string, { fromMs, toMs }: Span, stepMs: number, call: Call = {}) =>
    client.topology.timeline.query({ env, fromMs, toMs, stepMs }, call),
};
