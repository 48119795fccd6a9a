import fc from "fast-check";
import { expect, test } from "vitest";
import vectors from "./fixtures/murmur3-vectors.json" with { type: "json" };
import { murmur3, murmur3After, murmur3Prefix } from "./murmur3.ts";
import { bucketBp, compileMembership, specFor } from "./rollout.ts";

test("equals an independent implementation for every text, ASCII or not, and every seed", () => {
  for (const { text, seed, hash } of vectors.hashes) expect(murmur3(text, seed), text).toBe(hash);
});

test("a prefix hashed beforehand changes nothing", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "grapheme" }),
      fc.nat(),
      (head, tail, seed) => {
        // A lone surrogate half at the seam would be encoded apart: whole graphemes never have one.
        expect(murmur3After(murmur3Prefix(head, seed), tail)).toBe(murmur3(head + tail, seed));
      },
    ),
  );
});

test("buckets equal the independent ones, and at whole percents Unleash's cohort", () => {
  for (const { salt, key, bucket, unleash } of vectors.buckets) {
    expect(bucketBp(salt, key)).toBe(bucket);
    for (let percent = 0; percent <= 100; percent += 1)
      expect(bucket < percent * 100).toBe(unleash <= percent);
  }
});

const rollout = (shareBp: number) => ({
  id: "01J00000000000000000000000",
  salt: "salt-1",
  shareBp,
  stickiness: { contextKey: "userId" } as const,
});

test("raising the share only adds members", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: 0, max: 10_000 }),
      fc.string(),
      (a, b, userId) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        if (!compileMembership(rollout(low), "i-1")({ userId })) return;
        expect(compileMembership(rollout(high), "i-1")({ userId })).toBe(true);
      },
    ),
  );
});

test("no context means by instance, a context without the key means stable", () => {
  const whole = compileMembership(rollout(10_000), "i-1");
  expect(whole(undefined)).toBe(true);
  expect(whole({ plan: "gold" })).toBe(false);
  expect(whole({ userId: "u-1" })).toBe(true);
  const half = compileMembership(rollout(5_000), "i-1");
  expect(half(undefined)).toBe(bucketBp("salt-1", "i-1") < 5_000);
});

test("constraints narrow a rollout, and nobody is a member at 0", () => {
  const constraints = [{ contextName: "plan", operator: "IN" as const, values: ["gold"] }];
  const gold = compileMembership({ ...rollout(10_000), constraints }, "i-1");
  expect(gold({ userId: "u-1", plan: "gold" })).toBe(true);
  expect(gold({ userId: "u-1", plan: "free" })).toBe(false);
  expect(compileMembership(rollout(0), "i-1")({ userId: "u-1" })).toBe(false);
  expect(
    specFor<string>({ spec: "stable", rollout: { ...rollout(10_000), candidate: "candidate" } }, "i-1", {
      userId: "u",
    }),
  ).toBe("candidate");
});
