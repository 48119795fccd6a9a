import type { Rollout } from "../protocol/resource.ts";
import { type Context, compileConstraints } from "./constraints.ts";
import { type HashPrefix, murmur3After, murmur3Prefix } from "./murmur3.ts";

/** Basis points in a whole. */
export const WHOLE_BP = 10_000;

const toBucket = (hash: number): number => (hash % 100) * 100 + (Math.floor(hash / 100) % 100);

/**
 * The place of a sticky key among 10,000: `0 … 9999`. In when `bucket < shareBp`; at whole percents exactly Unleash's
 * cohort, resolved to 0.01 % (DESIGN §5, *Rollout arithmetic*).
 */
export const bucketBp = (salt: string, stickyKey: string): number =>
  toBucket(murmur3After(murmur3Prefix(`${salt}:`), stickyKey));

/** The same with the salt hashed beforehand. */
export const bucketAfter = (prefix: HashPrefix, stickyKey: string): number =>
  toBucket(murmur3After(prefix, stickyKey));

/** Whether a rollout's candidate is served to a context. Pure, and compiled once for each revision. */
export type Membership = (context: Context | undefined) => boolean;

const nobody: Membership = () => false;

/**
 * Compiles a rollout to the question that is asked at each decision. By instance the sticky key is the instance's id,
 * and so the answer is fixed unless constraints look at the context. By a context key, no context at all means by
 * instance; a context without that key means the stable spec.
 */
export function compileMembership(
  rollout: Omit<Rollout<unknown>, "candidate"> | undefined,
  instance: string,
): Membership {
  if (rollout === undefined || rollout.shareBp <= 0) return nobody;
  const { shareBp, stickiness } = rollout;
  const prefix = murmur3Prefix(`${rollout.salt}:`);
  const instanceIn = bucketAfter(prefix, instance) < shareBp;
  const keyed: Membership =
    stickiness === "instance"
      ? () => instanceIn
      : byContextKey(prefix, shareBp, stickiness.contextKey, instanceIn);
  if (rollout.constraints === undefined || rollout.constraints.length === 0) return keyed;
  const matches = compileConstraints(rollout.constraints);
  return (context) => matches(context) && keyed(context);
}

function byContextKey(
  prefix: HashPrefix,
  shareBp: number,
  contextKey: string,
  instanceIn: boolean,
): Membership {
  return (context) => {
    if (context === undefined) return instanceIn;
    const value = context[contextKey];
    if (value === undefined || value === "") return false;
    return bucketAfter(prefix, typeof value === "string" ? value : String(value)) < shareBp;
  };
}

/** The spec that an instance serves to a context: the candidate for members of the rollout, else the stable one. */
export function specFor<Spec>(
  resource: { readonly spec: Spec; readonly rollout?: Rollout<Spec> | undefined },
  instance: string,
  context?: Context,
): Spec {
  const { rollout } = resource;
  return rollout !== undefined && compileMembership(rollout, instance)(context)
    ? rollout.candidate
    : resource.spec;
}
