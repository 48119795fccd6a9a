import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ByteBudget } from "./byte-budget.ts";
import { Refusal } from "./refusal.ts";

/** Of one body, once it is unpacked: what OTLP advises. */
export const MOST_BODY_BYTES = 64 * 1024 * 1024;
/** From the first byte of a body to its last. Exporters give up after 10 s. */
export const BODY_MS = 15_000;

/** A body in hand: its bytes count until `done`. */
export interface Body {
  readonly bytes: Buffer;
  done(): void;
}

/**
 * Reads a body, unpacked if it is gzipped. What it unpacks to counts while it comes, so that no bomb goes off. Throws a
 * `Refusal`: too large, too slow, too much in hand, or broken off; its bytes are given back then, and the source is left
 * as it is, so that its sender can still be answered.
 */
export function readBody(
  source: Readable,
  options: { readonly gzip: boolean; readonly budget: ByteBudget; readonly bodyMs?: number },
): Promise<Body> {
  const { budget, gzip, bodyMs = BODY_MS } = options;
  const gunzip = gzip ? createGunzip() : undefined;
  const stream = gunzip ?? source;
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (): void => {
      settled = true;
      clearTimeout(late);
      stream.off("data", onPart).off("end", onEnd);
      source.off("close", onBroken).off("error", onBroken);
      if (gunzip !== undefined) {
        source.unpipe(gunzip);
        gunzip.destroy();
      }
    };
    const refuse = (refusal: Refusal): void => {
      if (settled) return;
      settle();
      budget.give(size);
      reject(refusal);
    };
    const late = setTimeout(() => {
      refuse(new Refusal("tooSlow", `the body did not come within ${bodyMs / 1_000} s`));
    }, bodyMs);
    const onPart = (part: Buffer): void => {
      if (size + part.length > MOST_BODY_BYTES) return refuse(tooLarge());
      if (!budget.take(part.length)) return refuse(overloaded(budget));
      size += part.length;
      parts.push(part);
    };
    const onEnd = (): void => {
      settle();
      const [first] = parts;
      const bytes = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, size);
      resolve({ bytes, done: () => budget.give(size) });
    };
    const onBroken = (): void => {
      // What is packed may still be on its way through the unpacking.
      if (gunzip === undefined || !source.readableEnded)
        refuse(new Refusal("malformed", "the body broke off"));
    };
    // Also after it is settled: a late error must find somebody.
    gunzip?.on("error", () => refuse(new Refusal("malformed", "the body is no gzip, or broke off")));
    source.on("error", () => undefined);
    stream.on("data", onPart).once("end", onEnd);
    source.once("close", onBroken).once("error", onBroken);
    if (gunzip !== undefined) source.pipe(gunzip);
  });
}

export const tooLarge = (): Refusal =>
  new Refusal("tooLarge", `a body may be ${MOST_BODY_BYTES} bytes long, unpacked; send smaller batches`);

export const overloaded = (budget: ByteBudget): Refusal =>
  new Refusal("overloaded", `${budget.bound} bytes are in hand already; come again in a second`);
