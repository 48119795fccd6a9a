import { BREAKER_MODES, specSchemas, strict } from "@leverframe/agent/protocol";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import english from "../messages/en.json";
import chinese from "../messages/zh-CN.json";
import { faultsOf } from "./faults.ts";
import { MODE, readField, sameSpec, specFrom, withoutEqual, writeField } from "./field-text.ts";
import { FIELDS, fieldsOf } from "./fields.ts";
import { KINDS, type ResilienceKind, type Spec } from "./kinds.ts";
import { SEEDS } from "./seeds.ts";

type Texts = Readonly<Record<string, string>>;
const LANGUAGES = { english, chinese } as const;
const textsOf = (tree: object, name: string): Texts => (tree as Record<string, Texts>)[name] ?? {};

const keysOfSchema = (kind: ResilienceKind): string[] => {
  const schema = specSchemas(strict)[kind] as unknown as z.ZodObject;
  return Object.keys(schema.shape);
};
const keysOfForm = (kind: ResilienceKind): string[] => [
  ...(kind === "breaker" ? [MODE] : []),
  ...FIELDS[kind].map(({ key }) => key),
];

/** What must stand beside a field, so that it means something. */
const BESIDE: Readonly<Record<string, Spec>> = {
  "degrade-breaker": { switch: undefined },
  "limit-maxConcurrentCalls": { type: "CONCURRENCY" },
  "limit-adaptation": { type: "CONCURRENCY" },
  "limit-minConcurrentCalls": { type: "CONCURRENCY", maxConcurrentCalls: 100_000, adaptation: "GRADIENT" },
  "limit-hotPermitsPerSecond": { hotKey: "userId" },
  "traffic-localityMinHealthyPercent": { locality: "ZONE_FIRST" },
};

describe.each(KINDS)("the form of a %s", (kind) => {
  it("has every field of the protocol's schema, and no other", () => {
    expect(keysOfForm(kind).sort()).toEqual(keysOfSchema(kind).sort());
  });

  it.each(Object.entries(LANGUAGES))("names and explains every field in %s", (_, tree) => {
    for (const key of keysOfSchema(kind)) {
      expect([key, textsOf(tree, "fieldNames")[`${kind}-${key}`]]).toEqual([key, expect.any(String)]);
      expect([key, (textsOf(tree.leverFields, "hint")[`${kind}-${key}`] ?? "").length > 8]).toEqual([
        key,
        true,
      ]);
    }
  });

  it("begins with a spec that the protocol takes, but for what a rule acts on: nobody can guess that", () => {
    expect(faultsOf(kind, SEEDS[kind]).map(({ key }) => key)).toEqual(kind === "degrade" ? ["switch"] : []);
  });

  it("says the schema's own bounds, and its choices", () => {
    for (const field of FIELDS[kind]) {
      const { key, shape } = field;
      const withIt = (value: unknown): Spec => {
        const typed = BESIDE[`${kind}-${key}`] ?? {};
        return specFrom(kind, { ...SEEDS[kind], ...typed, [key]: value }, {});
      };
      const wrong = (value: unknown): string[] =>
        faultsOf(kind, withIt(value))
          .filter((fault) => fault.key === key && !fault.word.includes("-"))
          .map(({ word }) => word);
      if (shape.as === "choice") {
        for (const choice of shape.choices) {
          expect([key, choice, wrong(choice)]).toEqual([key, choice, []]);
          for (const tree of Object.values(LANGUAGES))
            expect(textsOf(tree.leverFields, "choice")[choice]).toBeTruthy();
        }
        expect(wrong("SOMETHING")).toEqual(["choice"]);
      }
      if (!("min" in shape)) continue;
      const scale = shape.as === "share" ? 100 : 1;
      expect([key, wrong((shape.above ? shape.min + 1 : shape.min) * scale)]).toEqual([key, []]);
      expect([key, wrong(shape.max * scale)]).toEqual([key, []]);
      expect([key, wrong(shape.max * scale + 1)]).toEqual([key, ["most"]]);
      const tooSmall = shape.above ? shape.min : shape.min * scale - 1;
      expect([key, wrong(tooSmall)]).toEqual([key, [shape.above ? "above" : "least"]]);
    }
  });

  it("shows a value so that reading it back gives the same", () => {
    const filled: Spec = {
      ...SEEDS[kind],
      ...(kind === "retry" ? { retryOn: ["ECONNRESET", "503"] } : {}),
      ...(kind === "limit" ? { hotKey: "userId", hotPermitsPerSecond: 5, hotOverrides: { "u-1": 0 } } : {}),
      ...(kind === "degrade" ? { of: "bank", recoverStepsBp: [5_000, 1_250] } : {}),
      ...(kind === "sampling" ? { routes: { "/orders": 10_000, "/a=b": 25 } } : {}),
    };
    for (const { key, shape } of fieldsOf(kind, filled)) {
      if (shape.as === "elsewhere") continue;
      expect([key, readField(shape, writeField(shape, filled[key]))]).toEqual([key, filled[key]]);
    }
  });
});

it("names and explains every mode in both languages", () => {
  for (const mode of BREAKER_MODES) {
    for (const messages of [english, chinese]) {
      expect(messages.breakers.mode[mode]).toBeTruthy();
      expect(messages.breakers.modeHint[mode].length).toBeGreaterThan(8);
    }
  }
});

describe("what is typed", () => {
  const bank = SEEDS.breaker;
  it("becomes a spec, and an equal text no change", () => {
    const edits = withoutEqual("breaker", bank, { failureRateThreshold: "30", successesToClose: "3" });
    expect(edits).toEqual({ failureRateThreshold: "30" });
    expect(specFrom("breaker", bank, edits)).toEqual({ ...bank, failureRateThreshold: 30 });
  });

  it("is kept where it is no number, and found wrong by the schema", () => {
    expect(faultsOf("breaker", specFrom("breaker", bank, { slidingWindowSize: "ten" }))).toEqual([
      { key: "slidingWindowSize", word: "whole", values: {} },
    ]);
    expect(faultsOf("breaker", specFrom("breaker", bank, { failureRateThreshold: "" }))).toEqual([
      { key: "failureRateThreshold", word: "number", values: {} },
    ]);
  });

  it.each([
    ["breaker", { successesToClose: "9" }, { key: "successesToClose", limit: 5 }],
    [
      "breaker",
      { slidingWindowType: "COUNT_BASED", slidingWindowSize: "5" },
      { key: "minimumNumberOfCalls", limit: 5 },
    ],
    ["breaker", { slidingWindowSize: "4000" }, { key: "slidingWindowSize", limit: 3_600 }],
    ["retry", { maxWaitDurationMs: "100" }, { key: "maxWaitDurationMs", limit: 200 }],
    ["degrade", { switch: "comments", recoverBelow: "60" }, { key: "recoverBelow", limit: 50 }],
    ["timeout", { attemptTimeoutMs: "5000" }, { key: "attemptTimeoutMs", limit: 3_000 }],
    [
      "limit",
      { type: "CONCURRENCY", maxConcurrentCalls: "8", adaptation: "GRADIENT", minConcurrentCalls: "9" },
      { key: "minConcurrentCalls", limit: 8 },
    ],
  ] as const)("of a %s that breaks a rule between fields is marked at its field", (kind, edits, expected) => {
    const [fault, ...others] = faultsOf(kind, specFrom(kind, SEEDS[kind], edits));
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ key: expected.key, values: { limit: expected.limit } });
    expect(fault?.word).toBe(`${kind}-${expected.key}`);
  });

  it("is said wrong in words that both languages have", () => {
    const words = new Set(Object.keys(english.leverFields.fault));
    const tries: [ResilienceKind, Record<string, string>][] = [
      ["sampling", { routes: "/orders" }],
      ["sampling", { routes: "/orders = 200" }],
      ["sampling", { rateBp: "101" }],
      ["retry", { retryOn: "x".repeat(70) }],
      ["limit", { permitsPerSecond: "" }],
      ["limit", { hotKey: "user id" }],
      ["limit", { hotKey: "userId", hotPermitsPerSecond: "5", hotOverrides: "u-1" }],
      ["limit", { hotKey: "userId" }],
      ["degrade", { switch: "Comments" }],
      ["degrade", { switch: "" }],
      ["degrade", { above: "100" }],
      ["degrade", { recoverStepsBp: "half" }],
      ["degrade", { recoverStepsBp: "50, 200" }],
      ["timeout", { timeoutMs: "1.5" }],
      ["traffic", { balancer: "SOMEHOW" }],
    ];
    for (const [kind, edits] of tries) {
      const [fault] = faultsOf(kind, specFrom(kind, SEEDS[kind], edits));
      expect([edits, words.has(fault?.word ?? "") && fault?.word !== "other"]).toEqual([edits, true]);
    }
  });

  it("takes along only what the chosen type knows", () => {
    const concurrent = specFrom("limit", SEEDS.limit, { type: "CONCURRENCY" });
    expect(concurrent).toEqual({ type: "CONCURRENCY", maxConcurrentCalls: 100, maxQueueDurationMs: 0 });
    expect(faultsOf("limit", concurrent)).toEqual([]);
    expect(sameSpec(specFrom("limit", concurrent, { type: "RATE" }), SEEDS.limit)).toBe(true);
  });

  it("leaves what a form does not know as it was", () => {
    const base = { ...SEEDS.traffic, weights: { "order-1": 5 } };
    expect(specFrom("traffic", base, { balancer: "P2C" })).toEqual({ ...base, balancer: "P2C" });
  });
});
