import type { Flag, FlagRequirement, FlagStrategy } from "../protocol/flag.ts";
import { type Context, compileConstraints, type Predicate } from "./constraints.ts";
import { type Choose, compileVariants, stickyValue, type Variant } from "./flag-variants.ts";
import { murmur3Prefix } from "./murmur3.ts";
import { bucketAfter, WHOLE_BP } from "./rollout.ts";

/** What a decision may stand on beside the context. Handed in, so that a decision is pure. */
export interface Surroundings {
  /** Wall time in ms: `currentTime`, where the context says none. */
  readonly nowMs: () => number;
  /** From 0 to below 1, for what is decided by chance. */
  readonly random: () => number;
  /** The flag of that name as it stands for a context: this service's own, or else the one of every service. */
  readonly flag: (name: string, context: Context | undefined) => CompiledFlag | undefined;
  /** Fields that hold where the context does not say otherwise: `appName`, `environment`, `hostname`. */
  readonly defaults?: Context;
}

/** What a flag says to a context. */
export interface FlagDecision {
  readonly enabled: boolean;
  /** The variant, where the flag is on and has any. */
  readonly variant: Variant | undefined;
  /** By what it was decided; for a reason that people read. */
  readonly by: "disabled" | "requirement" | "strategy" | "share" | "none";
}

/** A flag compiled once a revision. */
export interface CompiledFlag {
  readonly flag: Flag;
  /** What it is where it is on, and where it is off. */
  readonly on: unknown;
  readonly off: unknown;
  /** Pure but for what `around` hands in. */
  readonly decide: (context: Context | undefined, around: Surroundings) => FlagDecision;
}

/** The variant of a flag that is off, or on without one; the name is Unleash's. */
export const NO_VARIANT = "disabled";

type Lets = (context: Context | undefined, random: () => number) => boolean;
interface Strategy {
  readonly matches: Predicate;
  readonly lets: Lets;
  /** Whether a share decides, too. */
  readonly split: boolean;
  readonly choose: Choose | undefined;
}

const OFF: FlagDecision = { enabled: false, variant: undefined, by: "none" };
const DISABLED: FlagDecision = { ...OFF, by: "disabled" };
const UNMET: FlagDecision = { ...OFF, by: "requirement" };

/**
 * Compiles a flag. `name` is hashed before the sticky key where a variant is chosen from the flag's own list; the flag's
 * `key` stands in for it. Decides as Unleash's Node client 6 does for its public specification (ADR 0018). Throws
 * `ConstraintError` for a constraint that can't be read.
 */
export function compileFlag(name: string, flag: Flag): CompiledFlag {
  const strategies = flag.strategies.map(compileStrategy);
  const choose = compileVariants(flag.variants, flag.key ?? name, undefined);
  const mentioned = fieldsOf(flag);
  const completing: Completing = {
    user: mentioned.has("userId"),
    time: mentioned.has("currentTime"),
    defaults: DEFAULTED.some((field) => mentioned.has(field)),
  };
  const decide = (given: Context | undefined, around: Surroundings): FlagDecision => {
    if (!flag.enabled) return DISABLED;
    const context = complete(given, around, completing);
    if (flag.requires?.some((requirement) => !isMet(requirement, given, around))) return UNMET;
    for (const strategy of strategies) {
      if (!strategy.matches(context) || !strategy.lets(context, around.random)) continue;
      const variant = strategy.choose?.(context, around.random) ?? choose?.(context, around.random);
      return { enabled: true, variant, by: strategy.split ? "share" : "strategy" };
    }
    return OFF;
  };
  const { value = true, otherwise = false } = flag;
  return { flag, on: value, off: otherwise, decide };
}

function compileStrategy({ constraints, rollout, variants }: FlagStrategy): Strategy {
  const choose = compileVariants(variants, rollout?.salt ?? "", rollout?.stickiness);
  const matches = compileConstraints(constraints);
  if (rollout === undefined) return { matches, lets: () => true, split: false, choose };
  const { shareBp, stickiness } = rollout;
  const prefix = murmur3Prefix(`${rollout.salt}:`);
  const lets: Lets = (context, random) => {
    if (shareBp <= 0) return false;
    if (stickiness === "random") return random() * WHOLE_BP < shareBp;
    const key = stickyValue(context, stickiness);
    if (key !== undefined) return bucketAfter(prefix, key) < shareBp;
    return stickiness === "default" && random() * WHOLE_BP < shareBp;
  };
  return { matches, lets, split: shareBp < WHOLE_BP, choose };
}

/** One step deep: a flag that itself requires others is never met, as in Unleash. */
function isMet(requirement: FlagRequirement, context: Context | undefined, around: Surroundings): boolean {
  const asked = around.flag(requirement.flag, context);
  if (asked === undefined || (asked.flag.requires?.length ?? 0) > 0) return false;
  const { enabled, variant } = asked.decide(context, around);
  if (requirement.enabled === false) return !enabled;
  if (requirement.variants === undefined || requirement.variants.length === 0) return enabled;
  return enabled && requirement.variants.includes(variant?.name ?? NO_VARIANT);
}

/** What a flag asks of a context that may not say it: most contexts then need no copy. */
interface Completing {
  readonly user: boolean;
  readonly time: boolean;
  readonly defaults: boolean;
}

/** Fields that `Surroundings.defaults` may hold. */
const DEFAULTED = ["appName", "environment", "hostname"] as const;

/** Every field that a flag may look at. */
function fieldsOf({ strategies, variants }: Flag): ReadonlySet<string> {
  const all = [...strategies.flatMap((strategy) => strategy.variants ?? []), ...(variants ?? [])];
  const sticky = [
    ...strategies.map(({ rollout }) => rollout?.stickiness),
    ...all.map(({ stickiness }) => stickiness),
  ];
  return new Set([
    ...strategies.flatMap(({ constraints }) => constraints?.map(({ contextName }) => contextName) ?? []),
    ...all.flatMap(({ overrides }) => overrides?.map(({ contextName }) => contextName) ?? []),
    ...sticky.filter((name) => name !== undefined),
    // What `default` begins with, which is also what a list of variants without a word goes by.
    ...(all.length > 0 || sticky.includes("default") ? ["userId"] : []),
  ]);
}

/** OpenFeature's `targetingKey` is Unleash's `userId`, where that is not said. */
function complete(
  context: Context | undefined,
  { defaults, nowMs }: Surroundings,
  completing: Completing,
): Context | undefined {
  const user = completing.user && context?.["userId"] === undefined ? context?.["targetingKey"] : undefined;
  const time = completing.time && context?.["currentTime"] === undefined;
  const more = completing.defaults ? defaults : undefined;
  if (more === undefined && user === undefined && !time) return context;
  return {
    ...more,
    ...context,
    ...(user === undefined ? {} : { userId: user }),
    ...(time ? { currentTime: new Date(nowMs()).toISOString() } : {}),
  };
}
