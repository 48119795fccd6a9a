import { describe, expect, test } from "vitest";
import type { Constraint, Operator } from "../protocol/constraint.ts";
import { type Context, compileConstraints } from "./constraints.ts";

const one = (
  operator: Operator,
  values: string[],
  context: Context,
  extra: Partial<Constraint> = {},
): boolean => compileConstraints([{ contextName: "field", operator, values, ...extra }])(context);

/** operator, values, the field, whether it holds, options. */
const table: [Operator, string[], string | number | boolean | undefined, boolean, Partial<Constraint>?][] = [
  ["IN", ["a", "b"], "a", true],
  ["IN", ["a", "b", "c"], "c", true],
  ["IN", ["a"], "x", false],
  ["IN", ["a"], undefined, false],
  ["IN", ["true"], true, true],
  ["IN", ["7"], 7, true],
  ["NOT_IN", ["a"], "b", true],
  ["NOT_IN", ["a"], "a", false],
  ["NOT_IN", ["a"], undefined, true],
  ["NOT_IN", ["a"], "a", true, { inverted: true }],
  ["IN", ["a"], undefined, true, { inverted: true }],
  ["STR_CONTAINS", ["ail"], "rails", true],
  ["STR_CONTAINS", ["AIL"], "rails", false],
  ["STR_CONTAINS", ["AIL"], "rails", true, { caseInsensitive: true }],
  ["STR_STARTS_WITH", ["ra", "xx"], "rails", true],
  ["STR_ENDS_WITH", ["ls"], "rails", true],
  ["STR_ENDS_WITH", ["ra"], "rails", false],
  ["NUM_EQ", ["5"], "5.0", true],
  ["NUM_GT", ["5"], 5, false],
  ["NUM_GT", ["5"], 5.1, true],
  ["NUM_GTE", ["5"], 5, true],
  ["NUM_LT", ["5"], -1, true],
  ["NUM_LTE", ["5"], "abc", false],
  ["NUM_LTE", ["5"], "", false],
  ["DATE_AFTER", ["2026-01-01T00:00:00Z"], "2026-01-02T00:00:00Z", true],
  ["DATE_BEFORE", ["2026-01-01T00:00:00Z"], "2026-01-02T00:00:00Z", false],
  ["DATE_BEFORE", ["2026-01-01T00:00:00Z"], "yesterday", false],
  ["SEMVER_GT", ["1.2.3"], "1.10.0", true],
  ["SEMVER_LT", ["1.2.3"], "1.2.3-beta", true],
  ["SEMVER_EQ", ["1.2.3"], "v1.2.3", true],
  ["SEMVER_EQ", ["1.2.3"], "not one", false],
  ["REGEX", ["^u-\\d+$"], "u-17", true],
  ["REGEX", ["^U-"], "u-17", true, { caseInsensitive: true }],
  ["REGEX", ["^u-$"], "u-17", false],
  ["CIDR", ["10.0.0.0/8"], "10.2.3.4", true],
  ["CIDR", ["10.0.0.0/8"], "11.2.3.4", false],
  ["CIDR", ["10.0.0.0/8"], "::ffff:10.2.3.4", true],
  ["CIDR", ["2001:db8::/32", "192.168.1.1"], "2001:db8::1", true],
  ["CIDR", ["192.168.1.1"], "192.168.1.1", true],
  ["CIDR", ["10.0.0.0/8"], "not an address", false],
];

describe("each operator", () => {
  test.each(table)("%s %j of %s is %s %j", (operator, values, field, holds, extra) => {
    expect(one(operator, values, field === undefined ? {} : { field }, extra)).toBe(holds);
  });
});

test("all constraints must hold, up to any number", () => {
  const equal = (name: string): Constraint => ({ contextName: name, operator: "IN", values: ["1"] });
  for (const names of [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]]) {
    const holds = compileConstraints(names.map(equal));
    expect(holds(Object.fromEntries(names.map((name) => [name, "1"])))).toBe(true);
    for (const wrong of names) {
      expect(holds(Object.fromEntries(names.map((name) => [name, name === wrong ? "2" : "1"])))).toBe(false);
    }
  }
  expect(compileConstraints([])(undefined)).toBe(true);
});

test("a pattern that would hang a backtracking engine answers at once", () => {
  const evil = compileConstraints([{ contextName: "field", operator: "REGEX", values: ["^(a+)+$"] }]);
  expect(evil({ field: `${"a".repeat(5_000)}!` })).toBe(false);
});

test.each([
  ["REGEX", "("],
  ["CIDR", "10.0.0.0/64"],
  ["NUM_GT", "many"],
  ["DATE_AFTER", "soon"],
  ["SEMVER_GT", "one"],
] as const)("%s refuses %s and says what it wants", (operator, value) => {
  expect(() => compileConstraints([{ contextName: "field", operator, values: [value] }])).toThrow(
    /field .*is not/,
  );
});
