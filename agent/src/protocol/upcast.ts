import type { Kind } from "./names.ts";

/** The newest schema version of each kind. A body of an older one is lifted step by step before it is checked. */
export const SCHEMA_VERSIONS: Readonly<Record<Kind, number>> = {
  config: 1,
  switch: 1,
  breaker: 1,
  retry: 1,
  timeout: 1,
  limit: 1,
  traffic: 1,
  sampling: 1,
  degrade: 1,
};

/** Lifts a spec from version n to n + 1. Pure; must accept every spec that version n accepted. */
export type Upcaster = (spec: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** By kind: the step from version `index + 1`. Grows by one with each new version of a kind. */
export const UPCASTERS: Readonly<Record<Kind, readonly Upcaster[]>> = {
  config: [],
  switch: [],
  breaker: [],
  retry: [],
  timeout: [],
  limit: [],
  traffic: [],
  sampling: [],
  degrade: [],
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Lifts a stored body to the newest version of its kind, the rollout's candidate with it. A body whose version is
 * missing or newer than ours is returned as it is: the schema's check then says so.
 */
export function upcastResource(
  kind: Kind,
  body: unknown,
  upcasters: readonly Upcaster[] = UPCASTERS[kind],
): unknown {
  if (!isRecord(body) || typeof body["schema"] !== "number") return body;
  const from = body["schema"];
  if (!Number.isInteger(from) || from < 1 || from > upcasters.length) return body;
  const steps = upcasters.slice(from - 1);
  const lift = (spec: unknown): unknown =>
    isRecord(spec) ? steps.reduce<Record<string, unknown>>((lifted, step) => step(lifted), spec) : spec;
  const rollout = body["rollout"];
  return {
    ...body,
    schema: upcasters.length + 1,
    spec: lift(body["spec"]),
    ...(isRecord(rollout) ? { rollout: { ...rollout, candidate: lift(rollout["candidate"]) } } : {}),
  };
}
