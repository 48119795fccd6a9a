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
 * `Refusal`: too large, too slow, too much in hand, or broken off; its bytes are given back then.
 */
export async function readBody(
  source: Readable,
  options: { readonly gzip: boolean; readonly budget: ByteBudget; readonly bodyMs?: number },
): Promise<Body> {
  const { budget, gzip, bodyMs = BODY_MS } = options;
  const parts: Buffer[] = [];
  let size = 0;
  const stream = gzip ? source.pipe(createGunzip()) : source;
  const onBroken = (): void => void stream.destroy(new Refusal("malformed", "the body broke off"));
  const late = setTimeout(() => {
    stream.destroy(new Refusal("tooSlow", `the body did not come within ${bodyMs / 1_000} s`));
  }, bodyMs);
  if (gzip) source.once("error", onBroken).once("aborted", onBroken);
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      if (size + part.length > MOST_BODY_BYTES) throw tooLarge();
      if (!budget.take(part.length)) throw overloaded(budget);
      size += part.length;
      parts.push(part);
    }
    const [first] = parts;
    const bytes = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, size);
    return { bytes, done: () => budget.give(size) };
  } catch (error) {
    budget.give(size);
    if (error instanceof Refusal) throw error;
    const packed = gzip ? "the body is no gzip, or broke off" : "the body broke off";
    throw new Refusal("malformed", packed);
  } finally {
    clearTimeout(late);
    source.off("error", onBroken).off("aborted", onBroken);
  }
}

export const tooLarge = (): Refusal =>
  new Refusal("tooLarge", `a body may be ${MOST_BODY_BYTES} bytes long, unpacked; send smaller batches`);

export const overloaded = (budget: ByteBudget): Refusal =>
  new Refusal("overloaded", `${budget.bound} bytes are in hand already; come again in a second`);
