import { resourceName } from "@leverframe/agent/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { translateConstraint } from "./constraint.ts";
import { importUnleash } from "./import.ts";
import { flagNames } from "./names.ts";
import { translateStrategy } from "./strategy.ts";

const NO_SEGMENTS = new Map();
const strategyOf = (name: string, parameters: object, more: object = {}) =>
  translateStrategy({ name, parameters, ...more } as never, NO_SEGMENTS);

describe("a strategy", () => {
  test.each([
    ["default", {}, {}],
    [
      "userWithId",
      { userIds: "1, 2" },
      { constraints: [{ contextName: "userId", operator: "IN", values: ["1", "2"] }] },
    ],
    [
      "flexibleRollout",
      { rollout: "12.7", stickiness: "tenant", groupId: "g" },
      { rollout: { shareBp: 1_200, stickiness: "tenant", salt: "g" } },
    ],
    ["flexibleRollout", { rollout: 50 }, { rollout: { shareBp: 5_000, stickiness: "default", salt: "" } }],
    [
      "gradualRolloutUserId",
      { percentage: "200", groupId: "g" },
      { rollout: { shareBp: 10_000, stickiness: "userId", salt: "g" } },
    ],
    [
      "gradualRolloutSessionId",
      { percentage: "no number" },
      { rollout: { shareBp: 0, stickiness: "sessionId", salt: "" } },
    ],
    [
      "gradualRolloutRandom",
      { percentage: "5" },
      { rollout: { shareBp: 500, stickiness: "random", salt: "" } },
    ],
    [
      "remoteAddress",
      { IPs: "10.0.0.0/8, nonsense" },
      { constraints: [{ contextName: "remoteAddress", operator: "CIDR", values: ["10.0.0.0/8"] }] },
    ],
    [
      "applicationHostname",
      { hostNames: "web.1,WEB-2" },
      {
        constraints: [
          {
            contextName: "hostname",
            operator: "REGEX",
            values: ["^(?:web\\.1|WEB-2)$"],
            caseInsensitive: true,
          },
        ],
      },
    ],
  ])("%s %j", (name, parameters, strategy) => {
    expect(strategyOf(name, parameters)).toEqual({ strategy, notes: [] });
  });

  test.each([
    ["of its owner's own making", "lottery", {}, "no built-in one"],
    ["for nobody", "userWithId", { userIds: "" }, "compares with nothing"],
  ])("%s lets nobody in, and says so", (_, name, parameters, words) => {
    const { strategy, notes } = strategyOf(name, parameters);
    expect(strategy).toBeUndefined();
    expect(notes.join()).toContain(words);
  });

  test("whose segment the file does not hold lets nobody in", () => {
    const { strategy, notes } = strategyOf("default", {}, { segments: ["7"] });
    expect([strategy, notes.join()]).toEqual([undefined, expect.stringContaining("segment 7")]);
  });
});

describe("a constraint that no client can read is what it always comes to", () => {
  test.each([
    [{ operator: "NOT_AN_OPERATOR", value: "1", inverted: true }, false],
    [{ operator: "IN", values: [] }, false],
    [{ operator: "NOT_IN", values: [] }, true],
    [{ operator: "IN", values: [], inverted: true }, true],
    [{ operator: "NUM_GT", value: "many" }, false],
    [{ operator: "NUM_GT", value: "many", inverted: true }, true],
    [{ operator: "SEMVER_EQ", value: "v1.2.3" }, false],
    [{ operator: "DATE_AFTER", value: "soon" }, false],
    [{ operator: "REGEX", value: "(" }, false],
    [{ operator: "IN_CIDR", values: ["nonsense"] }, false],
    [{ operator: "CIDR", values: ["10.0.0.0/8"] }, false],
  ])("%j", (constraint, always) => {
    expect(translateConstraint({ contextName: "field", ...constraint } as never)).toMatchObject({ always });
  });
});

test("names are valid, distinct, and the same whatever else the file holds", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 20 }), (features) => {
      const names = flagNames(features);
      expect(new Set(names.values()).size).toBe(new Set(features).size);
      for (const name of names.values()) expect(resourceName.safeParse(name).success).toBe(true);
    }),
  );
  expect(flagNames(["New.Checkout", "newui", "newUI"])).toEqual(
    new Map([
      ["New.Checkout", "new.checkout"],
      ["newui", "newui"],
      ["newUI", expect.stringMatching(/^newui-[0-9a-f]{8}$/)],
    ]),
  );
});

test("an export of one environment is read like what clients get", () => {
  const exported = {
    features: [
      { name: "a", description: "one", type: "release", project: "shop" },
      { name: "b", archived: true },
      { name: "c" },
    ],
    featureStrategies: [
      { featureName: "a", name: "default", sortOrder: 2, segments: [3] },
      { featureName: "a", name: "userWithId", sortOrder: 1, parameters: { userIds: "1" } },
      { featureName: "c", name: "default", disabled: true },
    ],
    featureEnvironments: [
      { featureName: "a", environment: "production", enabled: true, variants: [{ name: "v", weight: 1000 }] },
      { featureName: "c", environment: "production", enabled: true },
    ],
    segments: [{ id: 3, name: "eu", constraints: [{ contextName: "zone", operator: "IN", values: ["eu"] }] }],
    dependencies: [{ feature: "a", dependencies: [{ feature: "c", enabled: false }] }],
  };
  expect(importUnleash(exported)).toEqual({
    refused: [],
    flags: [
      {
        feature: "a",
        name: "a",
        description: "one",
        tags: ["unleash", "release", "shop"],
        notes: [],
        flag: {
          enabled: true,
          strategies: [
            { constraints: [{ contextName: "userId", operator: "IN", values: ["1"] }] },
            { constraints: [{ contextName: "zone", operator: "IN", values: ["eu"] }] },
          ],
          variants: [{ name: "v", weight: 1000 }],
          requires: [{ flag: "c", enabled: false }],
        },
      },
      {
        feature: "c",
        name: "c",
        description: undefined,
        tags: ["unleash"],
        notes: ["no strategy is left that lets anybody in"],
        flag: { enabled: true, strategies: [] },
      },
    ],
  });
});

test("a feature that can't be held is refused with its reason, the others are not", () => {
  const { flags, refused } = importUnleash({
    features: [
      { name: "good", enabled: true, strategies: [] },
      {
        name: "bad",
        enabled: true,
        strategies: [
          { name: "default", constraints: [{ contextName: "no name!", operator: "IN", values: ["a"] }] },
        ],
      },
    ],
  });
  expect(flags.map(({ name }) => name)).toEqual(["good"]);
  expect(refused).toEqual([{ feature: "bad", why: expect.stringContaining("contextName") }]);
});

test.each([
  [null],
  [[]],
  [{}],
  [{ features: 7 }],
  [{ features: [{ enabled: true }] }],
  [{ events: [{ type: "?" }] }],
])("%j is no file of Unleash's", (document) => {
  expect(() => importUnleash(document)).toThrow(/needs features|features|events/);
});
