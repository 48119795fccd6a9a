import type { Endpoint } from "./endpoint.ts";
import { type Bits, byLower, byUpper } from "./random.ts";
import { type Choose, shareAlike } from "./turns.ts";

/** Whether `right` should take the next call rather than `left`, which was drawn first. */
export type Better = (left: Endpoint, right: Endpoint) => boolean;

/**
 * The better of two that were drawn (Mitzenmacher, *The Power of Two Choices*, 2001). Where shares differ, each is drawn as
 * often as its share says (Walker's alias table); two draws of the same one leave it that.
 */
export function twoChoices(endpoints: readonly Endpoint[], bits: Bits, better: Better): Choose {
  if (!shareAlike(endpoints)) return weightedTwoChoices(endpoints, bits, better);
  if (better === fewerInFlight) return fewerOfTwo(endpoints, bits);
  const { length } = endpoints;
  return () => {
    const drawn = bits();
    const first = byLower(drawn, length);
    const left = endpoints[first];
    const right = endpoints[skipping(first, byUpper(drawn, length - 1))];
    if (left === undefined || right === undefined) return left;
    return better(left, right) ? right : left;
  };
}

/** The one with fewer calls under way, for its share. */
export const fewerInFlight: Better = (left, right) =>
  right.inFlight * left.share < left.inFlight * right.share;

/** A number of one less, with `gap` left out. Without a branch: half of the guesses at one would be wrong. */
const skipping = (gap: number, drawn: number): number => drawn + ((gap - drawn - 1) >>> 31);

/** The same with shares alike, and as short as it can be: this is what most services run. */
function fewerOfTwo(endpoints: readonly Endpoint[], bits: Bits): Choose {
  const { length } = endpoints;
  if (length < 2) return () => endpoints[0];
  return () => {
    const drawn = bits();
    const first = byLower(drawn, length);
    const second = skipping(first, byUpper(drawn, length - 1));
    const left = endpoints[first];
    const right = endpoints[second];
    if (left === undefined || right === undefined) return left;
    // All ones where the second has fewer, else 0: again no branch.
    const swaps = (right.inFlight - left.inFlight) >> 31;
    return endpoints[first + ((second - first) & swaps)];
  };
}

function weightedTwoChoices(endpoints: readonly Endpoint[], bits: Bits, better: Better): Choose {
  const one = aliasTable(
    endpoints.map(({ share }) => share),
    bits,
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
export function aliasTable(shares: readonly number[], bits: Bits): () => number {
  const { length } = shares;
  const total = shares.reduce((sum, share) => sum + share, 0);
  const scaled = Float64Array.from(shares, (share) => (share * length) / total);
  const keep = new Int32Array(length).fill(KEEPS);
  const alias = Int32Array.from({ length }, (_, index) => index);
  const small: number[] = [];
  const large: number[] = [];
  scaled.forEach((share, index) => {
    (share < 1 ? small : large).push(index);
  });
  for (;;) {
    const [less, more] = [small.pop(), large.at(-1)];
    if (less === undefined || more === undefined) break;
    keep[less] = Math.round((scaled[less] ?? 0) * KEEPS);
    alias[less] = more;
    scaled[more] = (scaled[more] ?? 0) + (scaled[less] ?? 0) - 1;
    if ((scaled[more] ?? 0) < 1) small.push(large.pop() ?? more);
  }
  return () => {
    const drawn = bits();
    const index = byLower(drawn, length);
    return drawn >>> 16 < (keep[index] ?? 0) ? index : (alias[index] ?? 0);
  };
}
