import { compileMembership } from "@leverframe/agent/rules";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isIn, moved, nextJoin, placesOf, readKeys, readShare } from "./share.ts";

const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 30 });
const share = fc.integer({ min: 0, max: 10_000 });

describe("the slider's places", () => {
  test("are those that agents decide by", () => {
    fc.assert(
      fc.property(keys, fc.string({ minLength: 1 }), share, (names, salt, shareBp) => {
        for (const place of placesOf(salt, names)) {
          const rollout = { id: "x", salt, shareBp, stickiness: "instance" as const };
          expect(isIn(place, shareBp)).toBe(compileMembership(rollout, place.key)(undefined));
        }
      }),
    );
  });

  test("raising a share only adds members, and the next joins exactly where it is said", () => {
    fc.assert(
      fc.property(keys, share, share, (names, a, b) => {
        const places = placesOf("salt", names);
        expect(moved(places, Math.min(a, b), Math.max(a, b)).leaves).toEqual([]);
        const next = nextJoin(places, a);
        const count = (bp: number): number => places.filter((place) => isIn(place, bp)).length;
        if (next === undefined) expect(count(a)).toBe(places.length);
        else expect([count(next - 1), count(next) > count(a)]).toEqual([count(a), true]);
      }),
    );
  });
});

test.each([
  ["10", 1_000],
  ["14.2 %", 1_420],
  ["0,05", 5],
  ["100", 10_000],
  ["101", undefined],
  ["-1", undefined],
  ["", undefined],
  ["ten", undefined],
])("%s is a share of %s basis points", (text, bp) => {
  expect(readShare(text)).toBe(bp);
});

test("pasted keys count once each, however they are parted", () => {
  expect(readKeys("u-1, u-2;u-3\nu-1  u-4")).toEqual(["u-1", "u-2", "u-3", "u-4"]);
});
