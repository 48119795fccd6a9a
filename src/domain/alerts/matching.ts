import { RE2JS } from "re2js";
import * as z from "zod";

/** Texts by name, such as `{service: "order", severity: "warning"}`. */
export type AlertLabels = Readonly<Record<string, string>>;

export const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/, {
  error: "a label's name is letters, digits and _, such as service",
});
const labelText = z.string().max(200, { error: "a label holds at most 200 characters" });

function compiles(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

/** What one label must be: a text, not a text, or what a pattern (RE2, the whole text) matches. A missing label is empty. */
export const matcher = z.strictObject({
  label: labelName,
  op: z.enum(["=", "!=", "=~", "!~"], { error: "op must be =, !=, =~ or !~" }),
  value: labelText,
});
export type Matcher = z.infer<typeof matcher>;

export const matchers = z
  .array(matcher)
  .max(20, { error: "at most 20 matchers" })
  .superRefine((all, context) => {
    all.forEach(({ op, value }, index) => {
      if ((op === "=~" || op === "!~") && !compiles(value)) {
        context.addIssue({
          code: "custom",
          path: [index, "value"],
          message: "is no pattern of RE2, such as order|payment",
        });
      }
    });
  });

const compiled = new Map<string, RE2JS>();
const MOST_COMPILED = 500;

function patternOf(text: string): RE2JS {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const made = RE2JS.compile(text);
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(text, made);
  return made;
}

function holds({ label, op, value }: Matcher, labels: AlertLabels): boolean {
  const found = labels[label] ?? "";
  if (op === "=") return found === value;
  if (op === "!=") return found !== value;
  return patternOf(value).matches(found) === (op === "=~");
}

/** Whether labels meet every matcher; with none, they do. */
export const matches = (all: readonly Matcher[], labels: AlertLabels): boolean =>
  all.every((one) => holds(one, labels));

/** `{service="order", severity=~"warning|critical"}` */
export const formatMatchers = (all: readonly Matcher[]): string =>
  `{${all.map(({ label, op, value }) => `${label}${op}${JSON.stringify(value)}`).join(", ")}}`;

/** The labels' identity: equal labels, equal text, in whatever order they were written. 64 bits of FNV-1a as hex. */
export function fingerprintOf(labels: AlertLabels): string {
  let hash = 0xcbf29ce484222325n;
  const add = (text: string): void => {
    for (const byte of encoder.encode(text))
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
    hash = ((hash ^ 0xffn) * 0x100000001b3n) & 0xffffffffffffffffn;
  };
  for (const name of Object.keys(labels).toSorted()) {
    add(name);
    add(labels[name] ?? "");
  }
  return hash.toString(16).padStart(16, "0");
}

const encoder = new TextEncoder();
