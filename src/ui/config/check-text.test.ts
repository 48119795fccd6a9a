import { parseConfigValue } from "@leverframe/agent/rules";
import { describe, expect, test } from "vitest";
import { faultOf } from "./check-text.ts";
import type { Format } from "./config-row.ts";

const GOOD: readonly [Format, string][] = [
  ["json", '{"a": [1, 2]}'],
  ["json", "null"],
  ["yaml", "a:\n  - 1\nb: {c: d}\n"],
  ["yaml", ""],
  ["properties", "# a comment\na=1\nb: two\nc=one \\\n  more\n\n! also\n"],
  ["text", "{ anything at all"],
];

const BROKEN: readonly [Format, string, number, number][] = [
  ["json", '{\n  "a": 1,\n}', 3, 1],
  ["json", '{\n  "a": yes\n}', 2, 8],
  ["json", '{"a": 1', 1, 8],
  ["json", "", 1, 1],
  ["yaml", "a: 1\na: 2\n", 2, 1],
  ["yaml", "a: 1\nb: [1, 2\nc: 3\n", 3, 1],
  ["properties", "a=1\nno separator\n", 2, 1],
  ["properties", "a=1 \\\n  2\n=3\n", 3, 1],
];

describe("a config's text", () => {
  test.each(GOOD)("%s %j has no fault, and agents read it", (format, text) => {
    expect(faultOf(format, text)).toBeUndefined();
    expect(() => parseConfigValue(format, text)).not.toThrow();
  });

  test.each(BROKEN)("%s %j is broken at %i:%i, and agents refuse it", (format, text, line, column) => {
    expect(faultOf(format, text)).toMatchObject({ line, column });
    expect(faultOf(format, text)?.message).not.toBe("");
    expect(() => parseConfigValue(format, text)).toThrow();
  });
});
