import * as z from "zod";
import { constraintSchema } from "./constraint.ts";
import { resourceName } from "./names.ts";
import type { Objects } from "./objects.ts";

/**
 * A feature flag, as the value of a config of the format `flag`: for whom a value is another. Strategies are OR-ed,
 * the constraints of one are AND-ed. Holds all that Unleash's public client specification knows (ADR 0018).
 */
const contextKey = z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/, {
  error: "must be 1 to 63 of A-Z, a-z, 0-9, '.', '_' and -, starting with a letter",
});

/** `default`: userId, else sessionId, else by chance. `random`: by chance at each decision. Else a field of the context. */
const stickiness = contextKey;

const variantSchema = ({ object }: Objects) =>
  object({
    name: z.string().min(1).max(200),
    /** Against the sum of all weights of the list. */
    weight: z.int().min(0, { error: "must be at least 0" }).max(1_000_000),
    payload: object({ type: z.string().min(1).max(20), value: z.string().max(65_536) }).optional(),
    /** Of the whole list; the first variant's counts. Left out: the strategy's, or `default`. */
    stickiness: stickiness.optional(),
    /** Whoever has one of these values gets this variant, whatever the weights say. */
    overrides: z
      .array(object({ contextName: contextKey, values: z.array(z.string().max(256)).max(1_000) }))
      .max(20)
      .optional(),
  });

const strategySchema = (objects: Objects) =>
  objects.object({
    /** All must hold; none: everybody. */
    constraints: z.array(constraintSchema(objects)).max(50).optional(),
    /** A share of those whom the constraints let through; left out: all of them. */
    rollout: objects
      .object({
        shareBp: z
          .int()
          .min(0, { error: "must be at least 0" })
          .max(10_000, { error: "must be at most 10000" }),
        stickiness,
        /** Hashed before the sticky key; Unleash's groupId. */
        salt: z.string().max(256),
      })
      .optional(),
    /** Instead of the flag's own, for whom this strategy lets in. */
    variants: z.array(variantSchema(objects)).max(100).optional(),
  });

const requirementSchema = ({ object }: Objects) =>
  object({
    /** The config that is the flag asked for: this service's own, or else the one of every service. */
    flag: resourceName,
    /** False: that flag must be off. Default true. */
    enabled: z.boolean().optional(),
    /** That flag must be on with one of these; `disabled` is on without a variant. */
    variants: z.array(z.string().max(200)).max(100).optional(),
  });

export const flagSchema = (objects: Objects) =>
  objects.object({
    /** False: off for everybody, whatever the strategies say. */
    enabled: z.boolean({ error: "must be true or false" }),
    /** Another name by which OFREP and OpenFeature find it, as it is written: a name of Unleash's, say. */
    key: z.string().min(1).max(200).optional(),
    /** What it is where it is on; default true. */
    value: z.json().optional(),
    /** What it is where it is off; default false. */
    otherwise: z.json().optional(),
    /** One that lets in suffices; none lets nobody in. */
    strategies: z.array(strategySchema(objects)).max(100),
    variants: z.array(variantSchema(objects)).max(100).optional(),
    /** Flags that it stands on, one step deep: one that itself requires any is never met. */
    requires: z.array(requirementSchema(objects)).max(20).optional(),
  });

export type Flag = z.infer<ReturnType<typeof flagSchema>>;
export type FlagStrategy = z.infer<ReturnType<typeof strategySchema>>;
export type FlagVariant = z.infer<ReturnType<typeof variantSchema>>;
export type FlagRequirement = z.infer<ReturnType<typeof requirementSchema>>;

/** The first agent release that reads flags. */
export const FLAG_MIN_AGENT = "0.2.0";
