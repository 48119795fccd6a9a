import { parse as parseYaml } from "yaml";
import { type Flag, flagSchema } from "../protocol/flag.ts";
import { describeIssues, lenient } from "../protocol/objects.ts";
import type { ConfigSpec } from "../protocol/specs.ts";

/**
 * Reads a config's text in its format. `properties` gives a flat record of text (`key=value` lines, `#` and `!`
 * comments, a backslash continues a line); `text` is given back as it is; `flag` gives the flag, not what it decides.
 * Throws an `Error` that says where.
 */
export function parseConfigValue(format: ConfigSpec["format"], text: string): unknown {
  switch (format) {
    case "json":
      return JSON.parse(text);
    case "yaml":
      return parseYaml(text, { maxAliasCount: 100 });
    case "properties":
      return parseProperties(text);
    case "text":
      return text;
    case "flag":
      return parseFlag(text);
  }
}

const flag = flagSchema(lenient);

/** Reads a flag; fields that are not known are passed over. Throws an `Error` that names the field at fault. */
export function parseFlag(text: string): Flag {
  const result = flag.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(describeIssues(result.error));
  return result.data;
}

function parseProperties(text: string): Record<string, string> {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  const lines = text.replace(/\\\r?\n[ \t]*/g, "").split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith("!")) continue;
    const separator = line.search(/[=:]/);
    if (separator <= 0) throw new Error(`line ${index + 1} is not key=value: ${line.slice(0, 60)}`);
    values[line.slice(0, separator).trim()] = line.slice(separator + 1).trim();
  }
  return { ...values };
}
