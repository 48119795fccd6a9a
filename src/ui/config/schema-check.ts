import { type OutputUnit, Validator } from "@cfworker/json-schema";
import { parseConfigValue } from "@leverframe/agent/rules";
import { isNode, parseDocument } from "yaml";
import { at, type Fault } from "./check-text.ts";
import type { Format } from "./config-row.ts";

/** A JSON Schema that can be asked. */
export type Shape = (value: unknown) => readonly OutputUnit[];

/** Reads a JSON Schema. Throws an `Error` that says what is wrong with it. */
export function readShape(schema: string): Shape {
  const validator = new Validator(JSON.parse(schema) as object | boolean, "2020-12", false);
  // Most of a schema is read only when it is used.
  validator.validate(null);
  return (value) => {
    const { valid, errors } = validator.validate(value);
    return valid ? [] : errors;
  };
}

const depthOf = ({ instanceLocation }: OutputUnit): number => instanceLocation.split("/").length;

/**
 * Where a text that is good in its format is not what its JSON Schema asks: the innermost place. Undefined where it fits.
 * The control plane judges by the same schema (`domain/json-schema.ts`).
 */
export function misfitOf(format: Format, text: string, shape: Shape): Fault | undefined {
  if (format === "text") return undefined;
  let errors: readonly OutputUnit[];
  try {
    errors = shape(parseConfigValue(format, text));
  } catch (error) {
    return at(text, 0, error instanceof Error ? error.message : String(error));
  }
  if (errors.length === 0) return undefined;
  const deepest = Math.max(...errors.map(depthOf));
  const inner = errors.filter((error) => depthOf(error) === deepest);
  const said = inner.find(({ keyword }) => keyword !== "false") ?? inner[0];
  if (said === undefined) return undefined;
  const keys = pointerOf(said.instanceLocation);
  const place = keys.length === 0 ? "" : `/${keys.join("/")} `;
  const message = said.keyword === "false" ? "is not allowed" : said.error;
  return at(text, offsetOf(format, text, keys), `${place}${message}`);
}

const pointerOf = (location: string): readonly string[] =>
  location
    .replace(/^#\/?/, "")
    .split("/")
    .filter(Boolean)
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));

/** Where a key's value begins in the text; 0 where that can't be told. JSON is read as the YAML that it is. */
function offsetOf(format: Format, text: string, keys: readonly string[]): number {
  if (format === "properties") {
    const [key = ""] = keys;
    const line = text.split("\n").findIndex((each) => each.trimStart().startsWith(key));
    return line <= 0 ? 0 : text.split("\n").slice(0, line).join("\n").length + 1;
  }
  const document = parseDocument(text, { prettyErrors: false });
  for (let length = keys.length; length >= 0; length -= 1) {
    const path = keys.slice(0, length).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
