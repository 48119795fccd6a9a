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
    return headSchema.parse(JSON.parse(value.toString("utf8")));
  } catch {
    return undefined;
  }
}
