import { isDeepStrictEqual } from "node:util";
import type { Effective } from "../live-state/index.ts";
import type { ToldBalancing, TrafficSpec } from "../protocol/index.ts";
import { specFor } from "../rules/index.ts";
import { type Balancing, balancingFrom, toldFrom } from "./balancing.ts";

/** What an instance's own traffic levers make of it, as its registration tells its callers. */
export interface TrafficStance {
  /** Its share of calls, 0 … 1,000. */
  readonly weight: number;
  readonly drained: boolean;
  readonly isolated: boolean;
  /** How callers are asked to balance; undefined where no lever says it. */
  readonly balancing: ToldBalancing | undefined;
}

export const USUAL_WEIGHT = 100;
export const USUAL_STANCE: TrafficStance = Object.freeze({
  weight: USUAL_WEIGHT,
  drained: false,
  isolated: false,
  balancing: undefined,
});
/** The lever that the console makes; it goes before the others where several say how to balance. */
const USUAL_NAME = "default";

interface TrafficLever {
  readonly name: string;
  readonly spec: TrafficSpec;
  readonly revision: number;
}

function* trafficLevers(instance: string, levers: Iterable<Effective>): Iterable<TrafficLever> {
  for (const { name, lever, revision } of levers) {
    if (lever.kind === "traffic") yield { name, spec: specFor(lever.resource, instance), revision };
  }
}

/**
 * The stance of an instance under the levers in force: any lever may take calls away, and the least weight holds. How to
 * balance is told by one of them: the one named `default`, else the first by name; never one that is named after a service
 * that this one calls (`isCalled`), which says how this one balances.
 */
export function stanceOf(
  instance: string,
  levers: Iterable<Effective>,
  isCalled: (service: string) => boolean = () => false,
): TrafficStance {
  let weight: number | undefined;
  let drained = false;
  let isolated = false;
  let telling: TrafficLever | undefined;
  for (const lever of trafficLevers(instance, levers)) {
    const { spec } = lever;
    const own = spec.weights?.[instance];
    if (own !== undefined) weight = Math.min(weight ?? own, own);
    drained ||= spec.drain?.includes(instance) ?? false;
    isolated ||= spec.isolate?.includes(instance) ?? false;
    if (!isCalled(lever.name) && goesBefore(lever.name, telling?.name)) telling = lever;
  }
  const balancing = telling && toldFrom(telling.spec, telling.revision);
  return { weight: weight ?? USUAL_WEIGHT, drained, isolated, balancing };
}

/** How a caller's own levers want its calls to be spread: lever name, which is the service that is called → balancing. */
export function ownBalancing(instance: string, levers: Iterable<Effective>): ReadonlyMap<string, Balancing> {
  const own = new Map<string, Balancing>();
  for (const { name, spec } of trafficLevers(instance, levers)) own.set(name, balancingFrom(spec));
  return own;
}

/** Whether callers would make the same of both; a lever's revision alone is nothing new to them. */
export const sameStance = (left: TrafficStance, right: TrafficStance): boolean =>
  isDeepStrictEqual(undated(left), undated(right));

const undated = ({ balancing, ...stance }: TrafficStance) => ({
  ...stance,
  balancing: { ...balancing, revision: 0 },
});

function goesBefore(name: string, other: string | undefined): boolean {
  if (other === undefined || name === USUAL_NAME) return true;
  return other !== USUAL_NAME && name < other;
}
