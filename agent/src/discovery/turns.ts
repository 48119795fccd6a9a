import type { Endpoint } from "./endpoint.ts";

/** Gives the endpoint of the next call; undefined when nobody takes calls. Allocates nothing. */
export type Choose = () => Endpoint | undefined;

/** One after the other. */
export function inTurn(endpoints: readonly Endpoint[]): Choose {
  const { length } = endpoints;
  let turn = 0;
  return () => {
    turn = turn + 1 < length ? turn + 1 : 0;
    return endpoints[turn];
  };
}

export const shareAlike = (endpoints: readonly Endpoint[]): boolean =>
  endpoints.every(({ share }) => share === endpoints[0]?.share);

/**
 * Smooth weighted round robin, as nginx does it: over as many picks as the shares add up to, each is picked exactly as
 * often as its share, and the picks of one lie apart.
 */
export function byWeight(endpoints: readonly Endpoint[]): Choose {
  if (shareAlike(endpoints)) return inTurn(endpoints);
  const shares = Float64Array.from(endpoints, ({ share }) => share);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const credit = new Float64Array(endpoints.length);
  return () => {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < shares.length; index++) {
      const sum = (credit[index] ?? 0) + (shares[index] ?? 0);
      credit[index] = sum;
      if (sum > most) {
        most = sum;
        best = index;
      }
    }
    credit[best] = most - total;
    return endpoints[best];
  };
}
