import { describe, expect, test } from "vitest";
import * as z from "zod";
import fixtures from "./fixtures/resources-v1.json" with { type: "json" };
import { headKey, journalKey, liveKey, parseForeignKey, parseKey, receiptKey, registryKey } from "./keys.ts";
import { KINDS, type Kind, parseRef } from "./names.ts";
import { describeIssues } from "./objects.ts";
import { parseResourceLenient, parseResourceStrict } from "./resource.ts";
import { SCHEMA_VERSIONS, UPCASTERS, upcastResource } from "./upcast.ts";

const cases = fixtures.map((fixture) => ({ ...fixture, kind: fixture.kind as Kind }));

describe("fixtures of every version", () => {
  test("there is one of each kind and version", () => {
    for (const kind of KINDS) {
      for (let version = 1; version <= SCHEMA_VERSIONS[kind]; version += 1) {
        expect(
          cases.some((one) => one.kind === kind && one.schema === version),
          `${kind} v${version}`,
        ).toBe(true);
      }
      expect(UPCASTERS[kind]).toHaveLength(SCHEMA_VERSIONS[kind] - 1);
    }
  });

  test.each(cases)("$kind v$schema is read whole by both sides", ({ kind, body }) => {
    expect(parseResourceStrict(kind, body)).toEqual(body);
    expect(parseResourceLenient(kind, body)).toEqual(body);
  });

  test.each(cases)(
    "$kind with a field of tomorrow: refused by the console, passed over by agents",
    ({ kind, body }) => {
      const future = { ...body, spec: { ...body.spec, tomorrow: 1 }, later: true };
      expect(() => parseResourceStrict(kind, future)).toThrow(/tomorrow/);
      expect(parseResourceLenient(kind, future)).toEqual(body);
    },
  );
});

const faultOf = (kind: Kind, spec: unknown): string => {
  const fixture = cases.find((one) => one.kind === kind);
  try {
    parseResourceStrict(kind, { ...fixture?.body, spec });
    return "";
  } catch (error) {
    return error instanceof z.ZodError ? describeIssues(error) : String(error);
  }
};

const specOf = (kind: Kind): Record<string, unknown> => cases.find((one) => one.kind === kind)!.body.spec;

describe("a refusal names the field and says what to do", () => {
  test.each([
    [
      "breaker",
      { slidingWindowType: "COUNT_BASED", minimumNumberOfCalls: 20 },
      "spec.minimumNumberOfCalls: must be at most slidingWindowSize (10), or the breaker never opens",
    ],
    [
      "breaker",
      { successesToClose: 6 },
      "spec.successesToClose: must be at most permittedNumberOfCallsInHalfOpenState (5)",
    ],
    ["breaker", { failureRateThreshold: 0 }, "spec.failureRateThreshold: must be above 0 %"],
    ["breaker", { slidingWindowSize: 1.5 }, "spec.slidingWindowSize: must be a whole number"],
    ["switch", { position: "ON" }, "spec.position: must be NORMAL or DEGRADED"],
    ["switch", { payload: undefined }, "spec.payload: is what a static strategy serves: give one"],
    [
      "switch",
      { audience: [{ contextName: "a", operator: "NUM_GT", values: ["1", "2"] }] },
      "spec.audience.0.values: NUM_GT compares with exactly one value, not 2",
    ],
    ["config", { value: "{" }, "spec.value: is not JSON"],
    [
      "config",
      { secret: { kid: "", iv: "", ct: "", tag: "" } },
      "spec.value: give either value or secret, and not both",
    ],
    ["retry", { maxWaitDurationMs: 1 }, "spec.maxWaitDurationMs: must be at least waitDurationMs (200)"],
    ["limit", { type: "CONCURRENCY" }, "spec.maxConcurrentCalls: is needed by a CONCURRENCY limit"],
    [
      "limit",
      { maxConcurrentCalls: 5, adaptation: "GRADIENT" },
      "spec.adaptation: means nothing for a RATE limit",
    ],
    ["limit", { hotKey: "userId" }, "spec.hotPermitsPerSecond: is needed by a hotKey"],
    ["limit", { hotPermitsPerSecond: 5 }, "spec.hotKey: is needed by hotPermitsPerSecond"],
    [
      "limit",
      {
        type: "CONCURRENCY",
        permitsPerSecond: undefined,
        burst: undefined,
        maxConcurrentCalls: 4,
        adaptation: "GRADIENT",
        minConcurrentCalls: 9,
      },
      "spec.minConcurrentCalls: must be at most maxConcurrentCalls (4)",
    ],
    ["timeout", { attemptTimeoutMs: 4_000 }, "spec.attemptTimeoutMs: must be at most timeoutMs (3000)"],
    ["degrade", { recoverBelow: 60 }, "spec.recoverBelow: must be below above (50)"],
    ["degrade", { breaker: "bank" }, "spec.switch: give either the switch to degrade or the breaker to trip"],
    ["degrade", { switch: undefined }, "spec.switch: give either the switch to degrade"],
    ["degrade", { above: 100 }, "spec.above: must be below 100 for failureRate"],
    ["degrade", { signal: "cpuPercent", of: "bank" }, "spec.of: means nothing for cpuPercent"],
  ] as const)("%s %j", (kind, change, message) => {
    expect(faultOf(kind, { ...specOf(kind), ...change })).toContain(message);
  });

  test("a rollout by context is for configs and switches only", () => {
    const [, body] = cases.filter((one) => one.kind === "breaker").map((one) => one.body);
    const rolled = { ...body, rollout: { ...body?.rollout, stickiness: { contextKey: "userId" } } };
    expect(() => parseResourceStrict("breaker", rolled)).toThrow(/a breaker has no caller's context/);
  });
});

test("an older body is lifted step by step, its candidate with it; a newer one is left for the check", () => {
  const steps = [
    (spec: Readonly<Record<string, unknown>>) => ({ ...spec, second: true }),
    (spec: Readonly<Record<string, unknown>>) => ({ ...spec, third: spec["second"] }),
  ];
  const old = { schema: 1, spec: { a: 1 }, rollout: { shareBp: 1, candidate: { a: 2 } }, meta: {} };
  expect(upcastResource("timeout", old, steps)).toEqual({
    schema: 3,
    spec: { a: 1, second: true, third: true },
    rollout: { shareBp: 1, candidate: { a: 2, second: true, third: true } },
    meta: {},
  });
  expect(upcastResource("timeout", { schema: 2, spec: {} }, steps)).toEqual({
    schema: 3,
    spec: { third: undefined },
  });
  for (const strange of [{ schema: 4, spec: {} }, { schema: 0 }, { spec: {} }, null, "text"]) {
    expect(upcastResource("timeout", strange, steps)).toBe(strange);
  }
});

test("keys are read back as they were made", () => {
  const ref = { service: "order", kind: "switch", name: "a.b" } as const;
  expect(parseKey(liveKey("prod", ref))).toEqual({ at: "live", env: "prod", ...ref });
  expect(parseKey(headKey("prod", "*"))).toEqual({ at: "head", env: "prod", service: "*" });
  expect(parseKey(registryKey("prod", "order", "i-1"))).toEqual({
    at: "registry",
    env: "prod",
    service: "order",
    instance: "i-1",
  });
  expect(parseKey(receiptKey("prod", "order", "i-1"))).toEqual({
    at: "receipt",
    env: "prod",
    service: "order",
    instance: "i-1",
  });
  expect(parseKey(journalKey("prod", "X"))).toEqual({ at: "journal", env: "prod", changeSetId: "X" });
  expect(parseKey(liveKey("prod", { ...ref, kind: "hologram" }))).toMatchObject({
    at: "unknown-kind",
    kind: "hologram",
  });
  for (const strange of [
    "",
    "/x",
    "/leverframe/v1/env/",
    "/leverframe/v1/env/a/live/b",
    "/leverframe/v1/env/a/live/b/c/d/e",
  ]) {
    expect(parseKey(strange)).toEqual({ at: "other" });
  }
  expect(parseForeignKey("/services/order/10.0.0.1:80")).toEqual({
    service: "order",
    address: "10.0.0.1:80",
  });
  expect(parseForeignKey("/services/order")).toBeUndefined();
  expect(() => parseRef("order/gizmo/x")).toThrow(/kind must be one of/);
});
