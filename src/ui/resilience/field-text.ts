import { canonical } from "../switches/json.ts";
import { FIELDS, fieldsOf, type Shape } from "./fields.ts";
import type { ResilienceKind, Spec } from "./kinds.ts";
import { usualValue } from "./seeds.ts";

const number = (text: string): unknown => {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const value = Number(trimmed.replaceAll(",", ""));
  // What is no number stays as typed: the schema says what is wrong with it.
  return Number.isFinite(value) ? value : trimmed;
};

const share = (text: string): unknown => {
  const value = number(text);
  return typeof value === "number" ? Math.round(value * 100) : value;
};

/** `name = value`, a line each; a text that is no such list is handed on as it is. */
function record(text: string, read: (text: string) => unknown): unknown {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0) return undefined;
  const entries = lines.map((line) => {
    const at = line.lastIndexOf("=");
    return at < 1 ? undefined : ([line.slice(0, at).trim(), read(line.slice(at + 1))] as const);
  });
  const whole = entries.every((entry) => entry !== undefined);
  return whole ? Object.fromEntries(entries) : text;
}

/** The value that a text stands for; what can't be read is handed on as it is. Pure. */
export function readField(shape: Shape, text: string): unknown {
  switch (shape.as) {
    case "whole":
    case "number":
      return number(text);
    case "share":
      return share(text);
    case "choice":
      return text === "" ? undefined : text;
    case "text":
      return text.trim() === "" ? undefined : text.trim();
    case "list": {
      const names = text
        .split(/[\n,]+/)
        .map((name) => name.trim())
        .filter(Boolean);
      return names.length === 0 ? undefined : names;
    }
    case "steps": {
      const parts = text.split(/[\n,]+/).filter((part) => part.trim() !== "");
      return parts.length === 0 ? undefined : parts.map(share);
    }
    case "shares":
      return record(text, share);
    case "numbers":
      return record(text, number);
    case "elsewhere":
      return undefined;
  }
}

const percentOf = (value: unknown): string => (typeof value === "number" ? String(value / 100) : "");

const lined = (value: unknown, write: (part: unknown) => string): string =>
  typeof value === "object" && value !== null
    ? Object.entries(value)
        .map(([name, part]) => `${name} = ${write(part)}`)
        .join("\n")
    : JSON.stringify(value);

/** A value as its field shows it. Pure. */
export function writeField(shape: Shape, value: unknown): string {
  if (value === undefined) return "";
  switch (shape.as) {
    case "share":
      return percentOf(value);
    case "list":
      return Array.isArray(value) ? value.join("\n") : JSON.stringify(value);
    case "steps":
      return Array.isArray(value) ? value.map(percentOf).join(", ") : JSON.stringify(value);
    case "shares":
      return lined(value, percentOf);
    case "numbers":
      return lined(value, String);
    case "whole":
    case "number":
    case "text":
    case "choice":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "elsewhere":
      return JSON.stringify(value);
  }
}

/** What was typed, by key. */
export type Edits = Readonly<Record<string, string>>;

/** The key whose value is a breaker's mode: no text field. */
export const MODE = "mode";

/**
 * The spec that typed texts make of a base. Keys that no form knows are kept; those that mean nothing beside the others
 * are left out; those that then are needed begin with their usual value. Pure.
 */
export function specFrom(kind: ResilienceKind, base: Spec, edits: Edits): Spec {
  const spec: Record<string, unknown> = { ...base };
  const put = (key: string, value: unknown): void => {
    if (value === undefined) delete spec[key];
    else spec[key] = value;
  };
  if (edits[MODE] !== undefined) spec[MODE] = edits[MODE];
  const shown = new Set(fieldsOf(kind, { ...base, ...edits }));
  for (const field of FIELDS[kind]) {
    const { key, shape, optional } = field;
    const text = edits[key];
    if (!shown.has(field)) put(key, undefined);
    else if (text !== undefined && shape.as !== "elsewhere") put(key, readField(shape, text));
    else if (!(key in base) && !optional) put(key, usualValue(kind, key));
  }
  return spec;
}

/** Edits without those that say what the base says. Pure. */
export function withoutEqual(kind: ResilienceKind, base: Spec, edits: Edits): Edits {
  const shapes = new Map(fieldsOf(kind, { ...base, ...edits }).map(({ key, shape }) => [key, shape]));
  return Object.fromEntries(
    Object.entries(edits).filter(([key, text]) => {
      const shape = shapes.get(key);
      if (shape === undefined) return key !== MODE || text !== base[key];
      const shown = writeField(shape, base[key]);
      return text !== shown;
    }),
  );
}

/** Whether two specs say the same. */
export const sameSpec = (a: Spec, b: Spec): boolean => canonical(a) === canonical(b);
