import { type Head, headSchema } from "../protocol/index.ts";

/** Undefined: it can't be read. */
const known = new WeakMap<Buffer, Head | undefined>();

/** Reads the value of a `~head`, once: the mirror asks for its epoch first, the state for all of it afterwards. */
export function readHead(value: Buffer): Head | undefined {
  if (known.has(value)) return known.get(value);
  const head = parse(value);
  known.set(value, head);
  return head;
}

function parse(value: Buffer): Head | undefined {
  try {
    const body: unknown = JSON.parse(value.toString("utf8"));
    return usualHead(body) ?? headSchema.parse(body);
  } catch {
    return undefined;
  }
}

const EPOCH = /^[a-z0-9]{12,40}$/;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * The head as every change writes it, told without the schema: it stands between a revision and the values that a
 * service reads. Undefined for all else, on which the schema has the say; where this gives a head, the schema gives
 * the same.
 */
export function usualHead(body: unknown): Head | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { epoch, confirms, changeSetId, keyCount, receiptSpreadMs } = body as Record<string, unknown>;
  if (typeof epoch !== "string" || !EPOCH.test(epoch) || confirms !== undefined) return undefined;
  if (typeof changeSetId !== "string" || !ULID.test(changeSetId)) return undefined;
  if (!isCount(keyCount) || !isCount(receiptSpreadMs) || receiptSpreadMs > 600_000) return undefined;
  return { epoch, changeSetId, keyCount, receiptSpreadMs };
}
