import fc from "fast-check";
import { expect, test } from "vitest";
import { describeDiff, diffResource, diffValues } from "./diff.ts";

const ref = { service: "order", kind: "breaker", name: "bank" } as const;

test("names what differs by key, and leaves bookkeeping out", () => {
  const before = { spec: { a: 1, deep: { b: [1] } }, meta: { version: 1, reason: "x", owner: "o" } };
  const after = { spec: { a: 2, deep: { b: [1, 2] } }, meta: { version: 2, reason: "y", owner: "p" } };
  expect(diffResource(ref, before, after)).toEqual({
    ref,
    op: "change",
    entries: [
      { path: "spec.a", before: 1, after: 2 },
      { path: "spec.deep.b", before: [1], after: [1, 2] },
      { path: "meta.owner", before: "o", after: "p" },
    ],
  });
  expect(describeDiff(diffResource(ref, before, after))).toBe(
    "order/breaker/bank: a 1 → 2, deep.b [1] → [1,2], meta.owner o → p",
  );
});

test("says new, deleted and same", () => {
  expect(diffResource(ref, undefined, { spec: { a: { b: 1 } } })).toMatchObject({
    op: "create",
    entries: [{ path: "spec.a.b", after: 1 }],
  });
  expect(describeDiff(diffResource(ref, { spec: {} }, undefined))).toBe("order/breaker/bank: deleted");
  expect(diffResource(ref, { spec: { a: 1 } }, { spec: { a: 1 } }).op).toBe("same");
});

test("a value never differs from itself, and a changed leaf is named by its path", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(diffValues(value, structuredClone(value))).toEqual([]);
    }),
  );
  const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(path, fc.integer(), fc.integer(), (keys, before, after) => {
      fc.pre(before !== after);
      const at = (leaf: number): unknown =>
        keys.reduceRight<unknown>((inner, key) => ({ [key]: inner, same: 1 }), leaf);
      expect(diffValues(at(before), at(after))).toEqual([{ path: keys.join("."), before, after }]);
    }),
  );
});
