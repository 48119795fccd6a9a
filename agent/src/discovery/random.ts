/** 32 random bits, as a signed whole number. */
export type Bits = () => number;

/**
 * Bits for choosing an instance: fast and without allocation, not for secrets. The same seed gives the same bits. xorshift32
 * (Marsaglia, 2003).
 */
export function bitsFrom(seed: number): Bits {
  const state = Int32Array.of(seed | 0 || 1);
  return () => {
    let next = state[0] ?? 1;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    state[0] = next;
    return next;
  };
}

/**
 * A whole number from 0 up to, and without, `count`, by the lower or the upper 16 bits; `count` is below 65,536, and no number
 * is preferred by more than count in 65,536.
 */
export const byLower = (bits: number, count: number): number => Math.imul(bits & 0xffff, count) >>> 16;
export const byUpper = (bits: number, count: number): number => Math.imul(bits >>> 16, count) >>> 16;
