import { client } from "../api/client.ts";
import type { MetricRange } from "../api/contract.ts";

interface Call {
  readonly signal?: AbortSignal;
}

/** What charts ask of the control plane. Each rejects with a `TRPCClientError`; read it by `failureOf`. */
export const metricsApi = {
  range: (asked: MetricRange, call: Call = {}) => client.metrics.range.query(asked, call),
  markers: (
    env: string,
    span: { readonly fromMs: number; readonly toMs: number },
    service: string | undefined,
    call: Call = {},
  ) => client.metrics.markers.query({ env, ...span, service }, call),
  compare: (env: string, changeSetId: string, call: Call = {}) =>
    client.metrics.compare.query({ env, changeSetId }, call),
  health: (env: string, call: Call = {}) => client.metrics.health.query({ env }, call),
};
