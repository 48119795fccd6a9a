import { createRequire } from "node:module";
import { parseResourceStrict } from "@leverframe/agent/protocol";
import { FlagTable, isFault, NO_VARIANT } from "@leverframe/agent/rules";
import { describe, expect, test } from "vitest";
import { importUnleash } from "../../src/domain/unleash/import.ts";
import { configBody } from "../support/bodies.ts";
import { seeded } from "../support/seeded.ts";

/**
 * Random features, segments and dependencies through the import, beside Unleash's own Node client on the same file: both
 * say the same of every feature and variant. Chance is left out (each context has a userId), and so are sticky keys beyond
 * ASCII, which that client hashes by the low bytes of UTF-16 and Leverframe, like Unleash's other clients, by UTF-8.
 */
interface Feature {
  readonly name: string;
  readonly enabled: boolean;
  readonly strategies: readonly object[];
  readonly variants: readonly object[];
  readonly dependencies?: readonly object[];
}
interface Segment {
  readonly id: number;
  readonly constraints: readonly object[];
}
type UnleashContext = Readonly<Record<string, unknown>> & { readonly properties: Record<string, string> };
interface Client {
  isEnabled(name: string, context: UnleashContext, fallback: () => boolean): boolean;
  getVariant(name: string, context: UnleashContext): { readonly name: string };
}
interface Repository {
  getToggle(name: string): Feature | undefined;
  getSegment(id: number): Segment | undefined;
}

const require = createRequire(import.meta.url);
const { default: UnleashClient } = require("unleash-client/lib/client") as {
  default: new (repository: Repository, strategies: readonly object[]) => Client;
};
const { defaultStrategies } = require("unleash-client/lib/strategy") as {
  defaultStrategies: readonly object[];
};

const VALUES = {
  userId: ["1", "2", "u3", "u44"],
  sessionId: ["s1", "s2"],
  remoteAddress: ["10.0.0.1", "127.0.0.1", "2001:db8::1", "bad"],
  environment: ["dev", "prod"],
  plan: ["gold", "Free", "free"],
  age: ["17", "18", "18.0", "x", "-1", "1e3"],
  version: ["1.2.3", "1.2.3-beta.1", "2.0.0", "no", "1.2"],
  country: ["no", "se", "at"],
} as const;
const TOP = ["sessionId", "remoteAddress", "environment"] as const;
const CUSTOM = ["plan", "age", "version", "country"] as const;
const LISTS = ["IN", "NOT_IN", "STR_CONTAINS", "STR_STARTS_WITH", "STR_ENDS_WITH"] as const;
const BOUNDS = {
  age: { operators: ["NUM_EQ", "NUM_GT", "NUM_GTE", "NUM_LT", "NUM_LTE"], values: ["18", "17.5", "x", "0"] },
  currentTime: {
    operators: ["DATE_AFTER", "DATE_BEFORE"],
    values: ["2026-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z", "never"],
  },
  version: {
    operators: ["SEMVER_EQ", "SEMVER_GT", "SEMVER_GTE", "SEMVER_LT", "SEMVER_LTE"],
    values: ["1.2.3", "2.0.0-rc.1", "bad"],
  },
  plan: { operators: ["REGEX", "BOGUS"], values: ["^g", "r.e", "(", "^(?i)FREE$"] },
} as const;
const CIDRS = ["10.0.0.0/8", "127.0.0.1", "nonsense", "2001:db8::/32"];

/** Everything random of one run. */
function world(seed: number) {
  const random = seeded(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const maybe = (share: number, make: () => object): object => (random() < share ? make() : {});
  const some = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: below(most + 1) }, (_, index) => make(index));

  function constraint(): object {
    const turned = {
      ...maybe(0.3, () => ({ inverted: true })),
      ...maybe(0.3, () => ({ caseInsensitive: true })),
    };
    if (random() < 0.1) {
      return { contextName: "remoteAddress", operator: "IN_CIDR", values: [pick(CIDRS)], ...turned };
    }
    if (random() < 0.5) {
      const contextName = pick(Object.keys(VALUES)) as keyof typeof VALUES;
      const values = some(3, () => pick<string>(VALUES[contextName]));
      return { contextName, operator: pick(LISTS), values, ...turned };
    }
    const contextName = pick(Object.keys(BOUNDS)) as keyof typeof BOUNDS;
    const { operators, values } = BOUNDS[contextName];
    return { contextName, operator: pick<string>(operators), value: pick<string>(values), ...turned };
  }

  const variants = (): object[] =>
    some(3, (index) => ({
      name: `v${index}`,
      weight: pick([0, 1, 33, 500]),
      ...maybe(0.7, () => ({ payload: { type: "string", value: `p${index}` } })),
      ...maybe(0.3, () => ({ overrides: [{ contextName: "userId", values: [pick(VALUES.userId)] }] })),
    }));

  const PARAMETERS: Readonly<Record<string, () => object>> = {
    default: () => ({}),
    lottery: () => ({}),
    userWithId: () => ({ userIds: "1, u3" }),
    remoteAddress: () => ({ IPs: "10.0.0.0/8,127.0.0.1" }),
    flexibleRollout: () => ({
      rollout: String(below(101)),
      stickiness: pick(["default", "userId", "sessionId", "country"]),
      groupId: pick(["g1", "g2"]),
    }),
    gradualRolloutUserId: () => ({ percentage: String(below(101)), groupId: "g" }),
    gradualRolloutSessionId: () => ({ percentage: String(below(101)), groupId: "g" }),
  };

  function strategy(): object {
    const name = pick(Object.keys(PARAMETERS));
    return {
      name,
      parameters: PARAMETERS[name]?.(),
      ...maybe(0.6, () => ({ constraints: some(2, constraint) })),
      ...maybe(0.2, () => ({ segments: [pick([1, 2, 99])] })),
      ...(name === "flexibleRollout" ? maybe(0.4, () => ({ variants: variants() })) : {}),
    };
  }

  const dependency = (): object => ({
    feature: `Feature.${below(4)}`,
    ...maybe(0.4, () => ({ enabled: random() < 0.5 })),
    ...maybe(0.3, () => ({ variants: ["v0", "disabled"] })),
  });

  function context(): UnleashContext {
    const field = (name: keyof typeof VALUES): object =>
      maybe(0.7, () => ({ [name]: pick<string>(VALUES[name]) }));
    return {
      userId: pick(VALUES.userId),
      ...Object.assign({}, ...TOP.map(field)),
      ...maybe(0.5, () => ({ currentTime: pick(["2026-06-01T00:00:00Z", "2019-01-01T00:00:00Z"]) })),
      properties: Object.assign({}, ...CUSTOM.map(field)) as Record<string, string>,
    };
  }

  const segments = [1, 2].map((id): Segment => ({ id, constraints: [constraint(), ...some(1, constraint)] }));
  const features = Array.from(
    { length: 6 },
    (_, index): Feature => ({
      name: `Feature.${index}`,
      enabled: random() < 0.85,
      strategies: some(2, strategy),
      variants: random() < 0.5 ? variants() : [],
      ...(index > 2 ? maybe(0.6, () => ({ dependencies: [dependency()] })) : {}),
    }),
  );
  return { features, segments, contexts: Array.from({ length: 20 }, context) };
}

describe.each(Array.from({ length: 200 }, (_, index) => index + 1))("seed %d", (seed) => {
  test("the import and Unleash's client agree", () => {
    const { features, segments, contexts } = world(seed);
    const client = new UnleashClient(
      {
        getToggle: (name) => features.find((feature) => feature.name === name),
        getSegment: (id) => segments.find((segment) => segment.id === id),
      },
      defaultStrategies,
    );
    const { flags, refused } = importUnleash({ version: 2, features, segments });
    expect(refused).toEqual([]);
    const levers = flags.map(({ name, flag }) => ({
      kind: "config" as const,
      name,
      service: "order",
      revision: 1,
      resource: parseResourceStrict("config", JSON.parse(configBody(JSON.stringify(flag), "flag"))),
    }));
    const around = { nowMs: Date.now, random: Math.random };
    const table = new FlagTable(levers, { instance: undefined, around });
    for (const context of contexts) {
      const { properties, ...top } = context;
      for (const { name } of features) {
        const answer = table.evaluate(name, { ...properties, ...(top as Record<string, string>) });
        const ours = isFault(answer)
          ? answer
          : { value: answer.value, variant: answer.variant ?? NO_VARIANT };
        const theirs = {
          value: client.isEnabled(name, context, () => false),
          variant: client.getVariant(name, context).name,
        };
        expect(ours, JSON.stringify({ name, context })).toEqual(theirs);
      }
    }
  });
});
