/** A whole number from 0 up to, and without, `below`. 0 where `below` is 0. */
export type Draw = (below: number) => number;

/**
 * Draws for choosing an instance: fast and without allocation, not for secrets. The same seed gives the same draws.
 * xorshift32 (Marsaglia, 2003); `below` is at most 65,536, so that no instance is preferred by more than 1 in 65,536.
 */
export function drawsFrom(seed: number): Draw {
  const state = Int32Array.of(seed | 0 || 1);
  return (below) => {
    let next = state[0] ?? 1;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    state[0] = next;
    return Math.floor(((next >>> 0) / 4_294_967_296) * below);
  };
}
