import type { ServiceInstance } from "./service-instance.ts";

/** Gives the next instance to call; undefined when nobody takes calls. */
export type Turns = () => ServiceInstance | undefined;

/**
 * The turns among a service's instances. Those that take calls share them by weight. Where there is none of them: the
 * drained, who can answer; then the suspect, who perhaps can. The isolated are never called.
 */
export function turnsOf(instances: readonly ServiceInstance[]): Turns {
  const callable = instances.filter((each) => each.address !== undefined && !each.isolated);
  const standing = callable.filter(({ state }) => state !== "suspect");
  const open = standing.filter((each) => !each.drained && each.weight > 0);
  if (open.length > 0) return byWeight(open);
  return inTurn(standing.length > 0 ? standing : callable);
}

/** One after the other. */
export function inTurn(instances: readonly ServiceInstance[]): Turns {
  const { length } = instances;
  let turn = 0;
  return () => {
    turn = turn + 1 < length ? turn + 1 : 0;
    return instances[turn];
  };
}

/**
 * Smooth weighted round robin, as nginx does it: over as many picks as the weights add up to, each is picked exactly as
 * often as its weight, and the picks of one lie apart.
 */
function byWeight(instances: readonly ServiceInstance[]): Turns {
  const [first] = instances;
  if (instances.every(({ weight }) => weight === first?.weight)) return inTurn(instances);
  const total = instances.reduce((sum, { weight }) => sum + weight, 0);
  const credit = new Float64Array(instances.length);
  return () => {
    let best = 0;
    for (let index = 0; index < instances.length; index++) {
      credit[index] = (credit[index] ?? 0) + (instances[index]?.weight ?? 0);
      if ((credit[index] ?? 0) > (credit[best] ?? 0)) best = index;
    }
    credit[best] = (credit[best] ?? 0) - total;
    return instances[best];
  };
}
