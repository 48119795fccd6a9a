import type { FlagVariant } from "../protocol/flag.ts";
import type { Context } from "./constraints.ts";
import { murmur3After, murmur3Prefix } from "./murmur3.ts";

/** A variant as it was chosen. */
export interface Variant {
  readonly name: string;
  readonly payload: { readonly type: string; readonly value: string } | undefined;
}

/** Chooses one of a list; undefined where all weights are 0. */
export type Choose = (context: Context | undefined, random: () => number) => Variant | undefined;

/** Of Unleash, so that whoever got a variant by a share is not always the same. Source: its client specification. */
const VARIANT_SEED = 86_028_157;
/** What `default` looks for, in this order. */
const DEFAULT_STICKINESS = ["userId", "sessionId"] as const;
const DEFAULT_VARIANT_STICKINESS = [...DEFAULT_STICKINESS, "remoteAddress"] as const;

const textOf = (value: Context[string]): string | undefined =>
  value === undefined || value === "" ? undefined : String(value);

const firstOf = (context: Context | undefined, names: readonly string[]): string | undefined => {
  for (const name of names) {
    const text = textOf(context?.[name]);
    if (text !== undefined) return text;
  }
  return undefined;
};

/** The sticky key of a share; undefined where the context has none, or none is asked for. */
export const stickyValue = (context: Context | undefined, stickiness: string): string | undefined => {
  if (stickiness === "default") return firstOf(context, DEFAULT_STICKINESS);
  return stickiness === "random" ? undefined : textOf(context?.[stickiness]);
};

/**
 * Compiles a list of variants: an override first, then by weight, `murmur3(salt:key) % total + 1`. A context without the
 * sticky key gets one by chance. `inherited` is the stickiness where the first variant says none. Undefined for no list.
 */
export function compileVariants(
  variants: readonly FlagVariant[] | undefined,
  salt: string,
  inherited: string | undefined,
): Choose | undefined {
  const [first] = variants ?? [];
  if (variants === undefined || first === undefined) return undefined;
  const chosen = variants.map(({ name, payload }): Variant => ({ name, payload }));
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  const stickiness = first.stickiness ?? inherited ?? "default";
  const prefix = murmur3Prefix(`${salt}:`, VARIANT_SEED);
  const hasOverrides = variants.some(({ overrides }) => overrides !== undefined);
  return (context, random) => {
    if (total <= 0) return undefined;
    if (hasOverrides) {
      const index = variants.findIndex((variant) => isOverridden(variant, context));
      if (index >= 0) return chosen[index];
    }
    const key =
      stickiness === "default"
        ? firstOf(context, DEFAULT_VARIANT_STICKINESS)
        : stickyValue(context, stickiness);
    const target =
      key === undefined ? Math.floor(random() * total) + 1 : (murmur3After(prefix, key) % total) + 1;
    let sum = 0;
    for (const [index, { weight }] of variants.entries()) {
      sum += weight;
      if (weight > 0 && sum >= target) return chosen[index];
    }
    return undefined;
  };
}

const isOverridden = ({ overrides }: FlagVariant, context: Context | undefined): boolean =>
  overrides?.some(({ contextName, values }) => {
    const value = context?.[contextName];
    return value !== undefined && values.includes(String(value));
  }) === true;
