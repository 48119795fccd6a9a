import type { Endpoint } from "./endpoint.ts";
import type { Draw } from "./random.ts";
import { type Choose, shareAlike } from "./turns.ts";

/** Whether `right` should take the next call rather than `left`, which was drawn first. */
export type Better = (left: Endpoint, right: Endpoint) => boolean;

/**
 * The better of two that were drawn (Mitzenmacher, *The Power of Two Choices*, 2001). Where shares differ, each is drawn as
 * often as its share says (Walker's alias table); two draws of the same one leave it that.
 */
export function twoChoices(endpoints: readonly Endpoint[], draw: Draw, better: Better): Choose {
  const { length } = endpoints;
  if (!shareAlike(endpoints)) return weightedTwoChoices(endpoints, draw, better);
  return () => {
    const first = draw(length);
    const other = draw(length - 1);
    const left = endpoints[first];
    const right = endpoints[other < first ? other : other + 1];
    if (left === undefined || right === undefined) return left;
    return better(left, right) ? right : left;
  };
}

/** The one with fewer calls under way, for its share. */
export const fewerInFlight: Better = (left, right) =>
  right.inFlight * left.share < left.inFlight * right.share;

function weightedTwoChoices(endpoints: readonly Endpoint[], draw: Draw, better: Better): Choose {
  const one = aliasTable(
    endpoints.map(({ share }) => share),
    draw,
  );
  return () => {
    const left = endpoints[one()];
    const right = endpoints[one()];
    if (left === undefined || right === undefined || left === right) return left;
    return better(left, right) ? right : left;
  };
}

const KEEPS = 65_536;

/** Draws an index as often as its share says, in constant time (Vose, 1991). At least one share is above 0. */
export function aliasTable(shares: readonly number[], draw: Draw): () => number {
  const { length } = shares;
  const total = shares.reduce((sum, share) => sum + share, 0);
  const scaled = Float64Array.from(shares, (share) => (share * length) / total);
  const keep = new Float64Array(length).fill(KEEPS);
  const alias = Int32Array.from({ length }, (_, index) => index);
  const small: number[] = [];
  const large: number[] = [];
  scaled.forEach((share, index) => {
    (share < 1 ? small : large).push(index);
  });
  for (;;) {
    const [less, more] = [small.pop(), large.at(-1)];
    if (less === undefined || more === undefined) break;
    keep[less] = (scaled[less] ?? 0) * KEEPS;
    alias[less] = more;
    scaled[more] = (scaled[more] ?? 0) + (scaled[less] ?? 0) - 1;
    if ((scaled[more] ?? 0) < 1) small.push(large.pop() ?? more);
  }
  return () => {
    const index = draw(length);
    return draw(KEEPS) < (keep[index] ?? 0) ? index : (alias[index] ?? 0);
  };
}
