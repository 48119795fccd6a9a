import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeRange, prefixEnd } from "./requests.ts";

describe("the end of a prefix", () => {
  it("takes in every key with the prefix, and no other", () => {
    const key = fc.string({ unit: fc.constantFrom("/", "a", "b", "~", "\u007f", "é"), maxLength: 6 });
    fc.assert(
      fc.property(key, key, (prefix, other) => {
        fc.pre(prefix !== "");
        const [start, end, candidate] = [Buffer.from(prefix), prefixEnd(prefix), Buffer.from(other)];
        const inside = Buffer.compare(candidate, start) >= 0 && Buffer.compare(candidate, end) < 0;
        expect(inside).toBe(other.startsWith(prefix));
      }),
    );
  });

  it("is etcd's own word for everything when there is no prefix", () => {
    expect(prefixEnd("")).toEqual(Buffer.from([0]));
    expect(encodeRange({ prefix: "" })).toMatchObject({ key: Buffer.from([0]), range_end: Buffer.from([0]) });
  });
});
