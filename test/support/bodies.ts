import {
  type BreakerSpec,
  type ConfigSpec,
  DEFAULT_RETRY,
  type DegradeSpec,
  type Head,
  type LimitSpec,
  type RetrySpec,
  type Rollout,
  type SwitchSpec,
  type TrafficSpec,
} from "@leverframe/agent/protocol";

/** Bodies as they stand in etcd, for tests that put them raw. */

const meta = { version: 1, changeSetId: "01ARZ3NDEKTSV4RRFFQ69G5FAV", updatedAt: "2026-01-02T03:04:05.000Z" };

type Extra = Readonly<Record<string, unknown>>;

const body = (spec: unknown, extra: Extra = {}): string =>
  JSON.stringify({
    schema: 1,
    spec,
    meta: { ...meta, ...(extra["meta"] as object | undefined) },
    ...withoutMeta(extra),
  });

const withoutMeta = ({ meta: _, ...rest }: Extra): Extra => rest;

export const switchBody = (
  position: SwitchSpec["position"],
  o: Partial<SwitchSpec> & { extra?: Extra; rollout?: Rollout<SwitchSpec> } = {},
): string => {
  const { extra, rollout, ...spec } = o;
  return body(
    { position, level: "non-core", strategy: "placeholder", ...spec },
    { ...extra, ...(rollout === undefined ? {} : { rollout }) },
  );
};

export const configBody = (value: string, format: ConfigSpec["format"] = "json", extra: Extra = {}): string =>
  body({ format, value }, extra);

export const breakerBody = (spec: BreakerSpec): string => body(spec);

export const trafficBody = (spec: Partial<TrafficSpec>): string => body({ balancer: "ROUND_ROBIN", ...spec });

export const timeoutBody = (timeoutMs: number, attemptTimeoutMs?: number): string =>
  body({ timeoutMs, ...(attemptTimeoutMs === undefined ? {} : { attemptTimeoutMs }) });

export const retryBody = (spec: Partial<RetrySpec> = {}): string => body({ ...DEFAULT_RETRY, ...spec });

export const limitBody = (spec: LimitSpec): string => body(spec);

export const degradeBody = (spec: DegradeSpec): string => body(spec);

/** Of a kind that this release checks and does not act on. */
export const samplingBody = (rateBp: number, routes?: Readonly<Record<string, number>>): string =>
  body({ rateBp, ...(routes === undefined ? {} : { routes }) });

/** JSON, but no switch: what a hand that knows no schema puts. */
export const badSwitchBody = (position = "OFF"): string =>
  body({ position, level: "non-core", strategy: "placeholder" });

export const headBody = (head: Partial<Head> = {}): string =>
  JSON.stringify({ epoch: "epoch0000001a", keyCount: 0, receiptSpreadMs: 0, ...head });
