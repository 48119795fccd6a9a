import ipaddr from "ipaddr.js";
import { RE2JS } from "re2js";
import { compare, valid } from "semver";
import type { Constraint } from "../protocol/constraint.ts";

/** What a caller knows of the request at hand: `{ userId: "u-17", plan: "gold", region: "eu" }`. */
export type Context = Readonly<Record<string, string | number | boolean | undefined>>;

/** A compiled question about a context. Pure; no allocation for text, numbers and IN. */
export type Predicate = (context: Context | undefined) => boolean;

type Test = (value: string) => boolean;

/** A constraint that can't be compiled: the console refuses it, an agent holds the resource. */
export class ConstraintError extends Error {
  override readonly name = "ConstraintError";
}

const always: Predicate = () => true;

/**
 * Compiles a list of constraints, all of which must hold; an empty list always does. A field that the context lacks
 * fails its constraint, except NOT_IN, which it meets; `inverted` turns the answer round (as Unleash's clients do).
 * Throws `ConstraintError` for a pattern, range, date, number or version that can't be read.
 */
export function compileConstraints(constraints: readonly Constraint[] | undefined): Predicate {
  if (constraints === undefined || constraints.length === 0) return always;
  const [first = always, second, third, ...more] = constraints.map(compileOne);
  if (second === undefined) return first;
  if (third === undefined) return (context) => first(context) && second(context);
  if (more.length === 0) return (context) => first(context) && second(context) && third(context);
  const rest = [second, third, ...more];
  return (context) => first(context) && rest.every((predicate) => predicate(context));
}

function compileOne(constraint: Constraint): Predicate {
  const { contextName, inverted = false } = constraint;
  const test = compileTest(constraint);
  const whenMissing = (constraint.operator === "NOT_IN") !== inverted;
  return (context) => {
    const value = context?.[contextName];
    if (value === undefined) return whenMissing;
    return test(typeof value === "string" ? value : String(value)) !== inverted;
  };
}

function compileTest(constraint: Constraint): Test {
  const { operator, values, caseInsensitive = false } = constraint;
  const [only = ""] = values;
  switch (operator) {
    case "IN":
    case "NOT_IN": {
      const isIn = membership(values);
      return operator === "IN" ? isIn : (value) => !isIn(value);
    }
    case "STR_CONTAINS":
      return textTest(values, caseInsensitive, (value, part) => value.includes(part));
    case "STR_STARTS_WITH":
      return textTest(values, caseInsensitive, (value, part) => value.startsWith(part));
    case "STR_ENDS_WITH":
      return textTest(values, caseInsensitive, (value, part) => value.endsWith(part));
    case "NUM_EQ":
      return numberTest(constraint, only, (value, bound) => value === bound);
    case "NUM_GT":
      return numberTest(constraint, only, (value, bound) => value > bound);
    case "NUM_GTE":
      return numberTest(constraint, only, (value, bound) => value >= bound);
    case "NUM_LT":
      return numberTest(constraint, only, (value, bound) => value < bound);
    case "NUM_LTE":
      return numberTest(constraint, only, (value, bound) => value <= bound);
    case "DATE_BEFORE":
      return dateTest(constraint, only, (value, bound) => value < bound);
    case "DATE_AFTER":
      return dateTest(constraint, only, (value, bound) => value > bound);
    case "SEMVER_EQ":
      return versionTest(constraint, only, (order) => order === 0);
    case "SEMVER_GT":
      return versionTest(constraint, only, (order) => order > 0);
    case "SEMVER_GTE":
      return versionTest(constraint, only, (order) => order >= 0);
    case "SEMVER_LT":
      return versionTest(constraint, only, (order) => order < 0);
    case "SEMVER_LTE":
      return versionTest(constraint, only, (order) => order <= 0);
    case "REGEX":
      return patternTest(constraint, caseInsensitive);
    case "CIDR":
      return rangeTest(constraint);
  }
}

const fault = (constraint: Constraint, what: string): ConstraintError =>
  new ConstraintError(`${constraint.contextName} ${constraint.operator}: ${what}`);

/** A Set costs more than a comparison or two where the list is short. */
function membership(values: readonly string[]): Test {
  const [first, second] = values;
  if (values.length === 1) return (value) => value === first;
  if (values.length === 2) return (value) => value === first || value === second;
  const set = new Set(values);
  return (value) => set.has(value);
}

function textTest(
  values: readonly string[],
  caseInsensitive: boolean,
  holds: (value: string, part: string) => boolean,
): Test {
  const parts = caseInsensitive ? values.map((part) => part.toLowerCase()) : values;
  return (value) => {
    const text = caseInsensitive ? value.toLowerCase() : value;
    for (const part of parts) if (holds(text, part)) return true;
    return false;
  };
}

const toNumber = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

function numberTest(
  constraint: Constraint,
  text: string,
  holds: (value: number, bound: number) => boolean,
): Test {
  const bound = toNumber(text);
  if (!Number.isFinite(bound)) throw fault(constraint, `"${text}" is not a number`);
  return (value) => holds(toNumber(value), bound);
}

function dateTest(
  constraint: Constraint,
  text: string,
  holds: (value: number, bound: number) => boolean,
): Test {
  const bound = Date.parse(text);
  if (Number.isNaN(bound)) throw fault(constraint, `"${text}" is not a date such as 2026-01-31T08:00:00Z`);
  return (value) => holds(Date.parse(value), bound);
}

function versionTest(constraint: Constraint, text: string, holds: (order: number) => boolean): Test {
  if (valid(text) === null) throw fault(constraint, `"${text}" is not a version such as 1.4.2`);
  return (value) => valid(value) !== null && holds(compare(value, text));
}

/** RE2: time grows with the text's length only, whatever the pattern. The pattern may match anywhere. */
function patternTest(constraint: Constraint, caseInsensitive: boolean): Test {
  const patterns = constraint.values.map((text) => {
    try {
      return RE2JS.compile(text, caseInsensitive ? RE2JS.CASE_INSENSITIVE : 0);
    } catch (error) {
      throw fault(constraint, `"${text}" is not a pattern: ${(error as Error).message}`);
    }
  });
  return (value) => patterns.some((pattern) => pattern.matcher(value).find());
}

function rangeTest(constraint: Constraint): Test {
  const ranges = constraint.values.map((text) => {
    try {
      return text.includes("/") ? ipaddr.parseCIDR(text) : hostRange(text);
    } catch {
      throw fault(constraint, `"${text}" is not a range such as 10.0.0.0/8 or 2001:db8::/32`);
    }
  });
  return (value) => {
    if (!ipaddr.isValid(value)) return false;
    const address = ipaddr.process(value);
    return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
  };
}

function hostRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const address = ipaddr.parse(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}
