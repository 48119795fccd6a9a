import type { Kind } from "../protocol/names.ts";
import type { Resource } from "../protocol/resource.ts";
import type { ConfigSpec, SwitchSpec } from "../protocol/specs.ts";
import { parseConfigValue, parseFlag } from "./config-value.ts";
import { compileConstraints } from "./constraints.ts";
import { compileFlag } from "./flag-decision.ts";

/**
 * What a schema can't see: whether patterns, ranges, versions and texts can be read. Both sides ask it, the console
 * before it stores and the agent before it obeys. Returns a sentence that names the field, or undefined.
 */
export function findFault<K extends Kind>(
  kind: K,
  resource: Pick<Resource<K>, "spec" | "rollout">,
): string | undefined {
  const { rollout } = resource;
  return (
    faultOf("spec", kind, resource.spec) ??
    (rollout === undefined
      ? undefined
      : (attempt("rollout.constraints", () => compileConstraints(rollout.constraints)) ??
        faultOf("rollout.candidate", kind, rollout.candidate)))
  );
}

function faultOf(path: string, kind: Kind, spec: unknown): string | undefined {
  if (kind === "switch")
    return attempt(`${path}.audience`, () => compileConstraints((spec as SwitchSpec).audience));
  if (kind !== "config") return undefined;
  const { format, value } = spec as ConfigSpec;
  if (value === undefined) return undefined;
  return attempt(`${path}.value`, () =>
    format === "flag" ? compileFlag("", parseFlag(value)) : parseConfigValue(format, value),
  );
}

function attempt(path: string, work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return `${path}: ${(error as Error).message}`;
  }
}
