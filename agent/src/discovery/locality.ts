import type { Endpoint } from "./endpoint.ts";
import type { Choose } from "./turns.ts";

/**
 * The share of calls that stays in the caller's zone, 0 … 1: all while enough of the zone's weight takes calls, else as much
 * as is left of what is enough (Envoy's overprovisioning; 70 % is its factor of 1.4). `standing` are all instances that are
 * registered or missed, `open` those that take calls.
 */
export function localShare(
  zone: string,
  standing: readonly Endpoint[],
  open: readonly Endpoint[],
  minHealthyPercent: number,
): number {
  const whole = weightIn(zone, standing);
  const well = weightIn(zone, open);
  if (well === 0) return 0;
  if (well === weightIn(undefined, open)) return 1;
  return Math.min(1, (well * 100) / (whole * minHealthyPercent));
}

/** Spreads calls over two groups, exactly by `share` and evenly in time. */
export function inShares(share: number, local: Choose, others: Choose): Choose {
  if (share >= 1) return local;
  if (share <= 0) return others;
  const credit = new Float64Array(1);
  return () => {
    const sum = (credit[0] ?? 0) + share;
    const stays = sum >= 1;
    credit[0] = stays ? sum - 1 : sum;
    return stays ? local() : others();
  };
}

function weightIn(zone: string | undefined, endpoints: readonly Endpoint[]): number {
  let sum = 0;
  for (const { instance } of endpoints)
    if (zone === undefined || instance.zone === zone) sum += instance.weight;
  return sum;
}
