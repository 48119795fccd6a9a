import { type OutputUnit, Validator } from "@cfworker/json-schema";
import type { ConfigSpec, Resource } from "@leverframe/agent/protocol";
import { parseConfigValue } from "@leverframe/agent/rules";

/**
 * Whether a config is what its own JSON Schema (`meta.jsonSchema`) asks, also its candidate and what it will go back to
 * by itself. Returns a sentence that names the place, or undefined. Sealed values are not looked into. Pure.
 */
export function jsonSchemaFault({ spec, rollout, meta }: Resource<"config">): string | undefined {
  if (meta.jsonSchema === undefined) return undefined;
  let validator: Validator;
  try {
    validator = new Validator(JSON.parse(meta.jsonSchema) as object | boolean, "2020-12", false);
    // Most of a schema is read only when it is used.
    validator.validate(null);
  } catch (error) {
    return `meta.jsonSchema: ${(error as Error).message}`;
  }
  const bodies: readonly (readonly [string, ConfigSpec | undefined])[] = [
    ["spec.value", spec],
    ["rollout.candidate.value", rollout?.candidate],
    ["expiry.restore.value", (meta.expiry?.restore ?? undefined) as ConfigSpec | undefined],
  ];
  for (const [path, body] of bodies) {
    const fault = body && faultOf(validator, body);
    if (fault !== undefined) return `${path}: is not what its JSON Schema asks: ${fault}`;
  }
  return undefined;
}

function faultOf(validator: Validator, { format, value }: ConfigSpec): string | undefined {
  if (value === undefined || format === "text") return undefined;
  try {
    const { valid, errors } = validator.validate(parseConfigValue(format, value));
    return valid ? undefined : sentenceOf(errors);
  } catch (error) {
    return (error as Error).message;
  }
}

const depthOf = ({ instanceLocation }: OutputUnit): number => instanceLocation.split("/").length;

/** The innermost error: those around it only say that there is one. */
function sentenceOf(errors: readonly OutputUnit[]): string {
  const deepest = Math.max(...errors.map(depthOf));
  const inner = errors.filter((error) => depthOf(error) === deepest);
  const said = inner.find(({ keyword }) => keyword !== "false") ?? inner[0];
  if (said === undefined) return "it does not fit";
  const place = said.instanceLocation.replace(/^#/, "") || "/";
  return said.keyword === "false" ? `${place} is not allowed` : `${place}: ${said.error}`;
}
