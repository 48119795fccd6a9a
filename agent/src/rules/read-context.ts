import type { Context } from "./constraints.ts";

/** Bounds of a context from outside. */
export const CONTEXT_LIMITS = { fields: 200, textLength: 4_096 } as const;

export type ReadContext = { readonly context: Context } | { readonly fault: string };

/**
 * Reads the context of an OpenFeature client: text, finite numbers, booleans and times (as ISO 8601 text). What is
 * nested, and null, is passed over: no constraint can ask for it. Never throws; a fault says what to change.
 */
export function readFlagContext(given: unknown): ReadContext {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return { fault: 'context must be an object, such as {"targetingKey":"user-17"}' };
  }
  const entries = Object.entries(given);
  if (entries.length > CONTEXT_LIMITS.fields) {
    return { fault: `context has ${entries.length} fields; at most ${CONTEXT_LIMITS.fields} are read` };
  }
  // Without a prototype, so that no field is found which nobody gave.
  const context = Object.create(null) as Record<string, string | number | boolean>;
  for (const [name, value] of entries) {
    if (name === "targetingKey" && value !== undefined && value !== null && typeof value !== "string") {
      return { fault: "context.targetingKey must be text" };
    }
    if (typeof value === "string" && value.length > CONTEXT_LIMITS.textLength) {
      return { fault: `context.${name.slice(0, 64)} is longer than ${CONTEXT_LIMITS.textLength} characters` };
    }
    const scalar = scalarOf(value);
    if (scalar !== undefined) context[name] = scalar;
  }
  return { context };
}

function scalarOf(value: unknown): string | number | boolean | undefined {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
}

/** The same text for the same context, in whatever order its fields came. */
export const canonicalContext = (context: Context): string =>
  JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
