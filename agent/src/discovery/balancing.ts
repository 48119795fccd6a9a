import { isDeepStrictEqual } from "node:util";
import type { ToldBalancing, TrafficSpec } from "../protocol/index.ts";

export type Balancer = TrafficSpec["balancer"];

/** When an instance is ejected, and for how long; names as Envoy's and Istio's. */
export interface OutlierRule {
  /** Failed calls in a row; undefined where these eject nobody. */
  readonly consecutiveFailures: number | undefined;
  /** Percent of an interval's calls; undefined where these eject nobody. */
  readonly failurePercentThreshold: number | undefined;
  readonly intervalMs: number;
  readonly baseEjectionTimeMs: number;
  readonly maxEjectionPercent: number;
}

/** How the calls to a service are spread over its instances. */
export interface Balancing {
  readonly balancer: Balancer;
  readonly zoneFirst: boolean;
  /** Percent of the zone's weight, 1 … 100. */
  readonly localityMinHealthyPercent: number;
  /** Undefined: nobody is ejected. */
  readonly outlier: OutlierRule | undefined;
  readonly slowStartMs: number;
}

/** The fields of a traffic lever, or of a registration, that say how to balance. */
export type BalancingSpec = Omit<ToldBalancing, "revision">;

export const USUAL_BALANCING: Balancing = Object.freeze({
  balancer: "ROUND_ROBIN",
  zoneFirst: false,
  localityMinHealthyPercent: 70,
  outlier: undefined,
  slowStartMs: 0,
});

/** What fields make of it; what they don't say is as usual. */
export function balancingFrom(spec: BalancingSpec): Balancing {
  const { consecutiveFailures, failurePercentThreshold } = spec;
  const ejects = consecutiveFailures !== undefined || failurePercentThreshold !== undefined;
  return {
    balancer: spec.balancer,
    zoneFirst: spec.locality === "ZONE_FIRST",
    localityMinHealthyPercent: spec.localityMinHealthyPercent ?? USUAL_BALANCING.localityMinHealthyPercent,
    outlier: ejects
      ? {
          consecutiveFailures,
          failurePercentThreshold,
          intervalMs: spec.outlierIntervalMs ?? 10_000,
          baseEjectionTimeMs: spec.baseEjectionTimeMs ?? 30_000,
          maxEjectionPercent: spec.maxEjectionPercent ?? 50,
        }
      : undefined,
    slowStartMs: spec.slowStartMs ?? 0,
  };
}

/** What registrations tell callers of a spec, with the lever's revision; undefined where it is as usual. */
export function toldFrom(spec: TrafficSpec, revision: number): ToldBalancing | undefined {
  const { weights: _, drain: __, isolate: ___, ...told } = spec;
  return isDeepStrictEqual(balancingFrom(told), USUAL_BALANCING) ? undefined : { ...told, revision };
}

/** What a service's instances tell, taken together: the newest holds. Undefined where none says anything. */
export function toldBy(
  records: Iterable<{ readonly balancing?: ToldBalancing | undefined }>,
): Balancing | undefined {
  let newest: ToldBalancing | undefined;
  for (const { balancing } of records) {
    if (balancing !== undefined && balancing.revision > (newest?.revision ?? -1)) newest = balancing;
  }
  return newest && balancingFrom(newest);
}
