import { configBody, switchBody } from "./bodies.ts";
import type { Edits } from "./operator.ts";
import { seeded } from "./seeded.ts";

/** Levers of every sort that a flag can be, and contexts that fall on all sides of them. */
export const OFREP_LEVERS = {
  own: ownLevers(),
  shared: {
    "switch/comments": switchBody("NORMAL"),
    "switch/everywhere": switchBody("DEGRADED", {
      audience: [{ contextName: "zone", operator: "IN", values: ["eu"] }],
    }),
    "config/greeting": configBody('"hello"'),
  } satisfies Edits,
} as const;

function rollout(
  salt: string,
  shareBp: number,
  contextKey: string | undefined,
  candidate: object,
  more: object = {},
) {
  return {
    id: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    salt,
    shareBp,
    stickiness: contextKey === undefined ? "instance" : { contextKey },
    candidate,
    ...more,
  };
}

function ownLevers(): Edits {
  const degraded = { position: "DEGRADED", level: "core", strategy: "simplified" } as const;
  const audience = [
    { contextName: "plan", operator: "IN" as const, values: ["free", "trial"] },
    { contextName: "age", operator: "NUM_GTE" as const, values: ["18"], inverted: true },
  ];
  const flag = {
    enabled: true,
    key: "New.Checkout",
    strategies: [
      {
        constraints: [{ contextName: "version", operator: "SEMVER_GTE", values: ["2.0.0"] }],
        rollout: { shareBp: 5_000, stickiness: "default", salt: "New.Checkout" },
      },
      { constraints: [{ contextName: "plan", operator: "IN", values: ["gold"] }] },
    ],
    variants: [
      { name: "blue", weight: 500, stickiness: "userId", payload: { type: "json", value: '{"c":"b"}' } },
      { name: "red", weight: 500, payload: { type: "json", value: '{"c":"r"}' } },
    ],
  };
  return {
    "switch/comments": switchBody("DEGRADED", { strategy: "static", payload: { text: "later" } }),
    "switch/for-some": switchBody("DEGRADED", { audience }),
    "switch/by-user": switchBody("NORMAL", { rollout: rollout("u", 2_500, "userId", degraded) as never }),
    "switch/by-target": switchBody("NORMAL", {
      rollout: rollout("t", 5_000, "targetingKey", degraded) as never,
    }),
    "switch/eu-share": switchBody("NORMAL", {
      rollout: rollout(
        "z",
        3_333,
        "userId",
        { ...degraded, audience },
        {
          constraints: [
            { contextName: "zone", operator: "STR_STARTS_WITH", values: ["EU"], caseInsensitive: true },
          ],
        },
      ) as never,
    }),
    "switch/by-instance": switchBody("NORMAL", {
      rollout: rollout("i", 5_000, undefined, degraded) as never,
    }),
    "config/limit": configBody("20", "json", {
      rollout: rollout("l", 4_000, "userId", { format: "json", value: "50" }),
    }),
    "config/title": configBody("Sale", "text", {
      rollout: rollout("x", 1_000, "targetingKey", { format: "text", value: "Big sale" }),
    }),
    "config/banner": configBody("text: sale\ndays: [1, 2]\n", "yaml"),
    "config/words": configBody("a=1\nb=2", "properties"),
    "config/new-checkout": configBody(JSON.stringify(flag), "flag"),
    "config/needs-checkout": configBody(
      JSON.stringify({
        enabled: true,
        value: "with",
        otherwise: "without",
        strategies: [{}],
        requires: [{ flag: "new-checkout", variants: ["red"] }],
      }),
      "flag",
    ),
  };
}

/** What a client asks each flag as. */
export const OFREP_DEFAULTS: Readonly<Record<string, boolean | string | number | object>> = {
  comments: false,
  "for-some": false,
  "by-user": false,
  "by-target": false,
  "eu-share": false,
  "by-instance": false,
  everywhere: false,
  greeting: "",
  limit: 0,
  title: "",
  banner: {},
  words: {},
  "new-checkout": false,
  "New.Checkout": false,
  "needs-checkout": "",
  "variant/new-checkout": {},
};

export type RandomContext = Readonly<Record<string, string | number | boolean>>;

/**
 * Contexts from a seed; fields are missing now and then, but never both that a flag is sticky by: chance would decide
 * then, and nobody agrees with chance. `instance` stands in each, for shares by instance.
 */
export function randomContexts(seed: number, count: number, instance: string): RandomContext[] {
  const random = seeded(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const maybe = (name: string, share: number, value: () => string | number | boolean): object =>
    random() < share ? { [name]: value() } : {};
  return Array.from({ length: count }, () => {
    const userId = maybe("userId", 0.9, () =>
      pick([`u${Math.floor(random() * 1e6)}`, Math.floor(random() * 1e6)]),
    );
    const targeted = "userId" in userId ? 0.9 : 1;
    return {
      instance,
      ...userId,
      ...maybe("targetingKey", targeted, () => `t${Math.floor(random() * 1e6)}`),
      ...maybe("plan", 0.8, () => pick(["free", "trial", "gold", "Free", ""])),
      ...maybe("age", 0.7, () => pick<string | number>([17, 18, 19.5, "18", "x"])),
      ...maybe("zone", 0.8, () => pick(["eu", "EU-west", "us", "皖"])),
      ...maybe("version", 0.6, () => pick(["1.9.9", "2.0.0", "2.1.0-beta.1", "none"])),
      ...maybe("beta", 0.3, () => random() < 0.5),
    };
  });
}
