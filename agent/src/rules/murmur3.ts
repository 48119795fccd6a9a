/**
 * MurmurHash3_x86_32 over UTF-8, without allocation for ASCII text.
 * Source: Austin Appleby, MurmurHash3.cpp (public domain). Equal to
 * Unleash's `murmurhash3js` for ASCII; beyond it that one hashes the low bytes of UTF-16.
 */
const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

const encoder = new TextEncoder();

const scramble = (block: number): number => {
  const k = Math.imul(block, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
};

const mix = (hash: number, block: number): number => {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
};

const finish = (hash: number, tail: number, tailLength: number, length: number): number => {
  let h = (tailLength > 0 ? hash ^ scramble(tail) : hash) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** The state of a hash after a fixed beginning, from which many texts can be finished. */
export interface HashPrefix {
  readonly hash: number;
  readonly tail: number;
  readonly tailLength: number;
  readonly length: number;
}

const start = (seed: number): HashPrefix => ({ hash: seed | 0, tail: 0, tailLength: 0, length: 0 });

function absorb(from: HashPrefix, bytes: Uint8Array): HashPrefix {
  let { hash, tail, tailLength } = from;
  for (const byte of bytes) {
    tail |= byte << (8 * tailLength);
    tailLength += 1;
    if (tailLength === 4) {
      hash = mix(hash, tail);
      tail = 0;
      tailLength = 0;
    }
  }
  return { hash, tail, tailLength, length: from.length + bytes.length };
}

/** Hashes a beginning once, so that `murmur3After` pays only for what follows it. */
export const murmur3Prefix = (text: string, seed = 0): HashPrefix =>
  absorb(start(seed), encoder.encode(text));

/** The hash of the prefix's text followed by `text`: an unsigned 32-bit integer. */
export function murmur3After(prefix: HashPrefix, text: string): number {
  let hash = prefix.hash;
  let tail = prefix.tail;
  let shift = prefix.tailLength << 3;
  const length = text.length;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return finishBytes(absorb(prefix, encoder.encode(text)));
    tail |= code << shift;
    shift += 8;
    if (shift === 32) {
      hash = mix(hash, tail);
      tail = 0;
      shift = 0;
    }
  }
  return finish(hash, tail, shift, prefix.length + length);
}

const finishBytes = (state: HashPrefix): number =>
  finish(state.hash, state.tail, state.tailLength, state.length);

/** The hash of a whole text: an unsigned 32-bit integer. */
export const murmur3 = (text: string, seed = 0): number => murmur3After(start(seed), text);
