import { expect, test } from "vitest";
import { findFault } from "./check-resource.ts";
import { parseConfigValue } from "./config-value.ts";
import { compileSwitch } from "./switch-decision.ts";

test("reads each format", () => {
  expect(parseConfigValue("json", '{"a":[1]}')).toEqual({ a: [1] });
  expect(parseConfigValue("yaml", "a:\n  - 1\n")).toEqual({ a: [1] });
  expect(parseConfigValue("text", " as it is\n")).toBe(" as it is\n");
  expect(parseConfigValue("properties", "# note\na=1\nb : two \\\n   parts\n__proto__=x\n")).toEqual(
    Object.fromEntries([
      ["a", "1"],
      ["b", "two parts"],
      ["__proto__", "x"],
    ]),
  );
});

test("says where a text is broken", () => {
  expect(() => parseConfigValue("properties", "a=1\nnonsense")).toThrow("line 2");
  expect(findFault("config", { spec: { format: "yaml", value: "a: [" } })).toMatch(/^spec\.value: /);
});

test("a switch answers by position, audience and rollout", () => {
  const normal = { position: "NORMAL", level: "core", strategy: "simplified" } as const;
  const degraded = { ...normal, position: "DEGRADED" } as const;
  const gold = {
    ...degraded,
    audience: [{ contextName: "tier", operator: "IN" as const, values: ["gold"] }],
  };
  expect(compileSwitch({ spec: normal }, "i").isDegraded({})).toBe(false);
  expect(compileSwitch({ spec: degraded }, "i")).toMatchObject({ constant: true });
  expect(compileSwitch({ spec: gold }, "i").isDegraded({ tier: "gold" })).toBe(true);
  expect(compileSwitch({ spec: gold }, "i").isDegraded({ tier: "free" })).toBe(false);
  const rollout = {
    id: "r",
    salt: "s",
    shareBp: 10_000,
    stickiness: { contextKey: "userId" },
    candidate: degraded,
  } as const;
  const rolled = compileSwitch({ spec: normal, rollout }, "i");
  expect(rolled.isDegraded({ userId: "u" })).toBe(true);
  expect(rolled.isDegraded({})).toBe(false);
  expect(rolled.specFor({ userId: "u" })).toBe(degraded);
});
