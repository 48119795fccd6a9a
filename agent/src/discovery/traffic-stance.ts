import type { Effective } from "../live-state/index.ts";
import { specFor } from "../rules/index.ts";

/** What an instance's own traffic levers make of it, as its registration tells its callers. */
export interface TrafficStance {
  /** Its share of calls, 0 … 1,000. */
  readonly weight: number;
  readonly drained: boolean;
  readonly isolated: boolean;
}

export const USUAL_WEIGHT = 100;

/** The stance of an instance under the levers in force: any lever may take calls away, and the least weight holds. */
export function stanceOf(instance: string, levers: Iterable<Effective>): TrafficStance {
  let weight: number | undefined;
  let drained = false;
  let isolated = false;
  for (const { lever } of levers) {
    if (lever.kind !== "traffic") continue;
    const spec = specFor(lever.resource, instance);
    const own = spec.weights?.[instance];
    if (own !== undefined) weight = Math.min(weight ?? own, own);
    drained ||= spec.drain?.includes(instance) ?? false;
    isolated ||= spec.isolate?.includes(instance) ?? false;
  }
  return { weight: weight ?? USUAL_WEIGHT, drained, isolated };
}

export const sameStance = (left: TrafficStance, right: TrafficStance): boolean =>
  left.weight === right.weight && left.drained === right.drained && left.isolated === right.isolated;
