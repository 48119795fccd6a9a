import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configBody, switchBody } from "../../../test/support/bodies.ts";
import { parseResourceStrict } from "../protocol/resource.ts";
import { FlagTable, type TableLever } from "./flag-table.ts";
import { answerAll, answerOne, type OfrepFlags } from "./ofrep.ts";
import { canonicalContext, readFlagContext } from "./read-context.ts";
import { bucketBp } from "./rollout.ts";

const id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const lever = (kind: "switch" | "config", name: string, body: string, service = "order"): TableLever => ({
  kind,
  name,
  service,
  revision: 7,
  resource: parseResourceStrict(kind, JSON.parse(body)),
});
const around = { nowMs: () => Date.parse("2026-11-23T03:00:00Z"), random: () => 0.5 };
const tableOf = (levers: readonly TableLever[], instance?: string): FlagTable =>
  new FlagTable(levers, { instance, around });
const flagBody = (flag: object): string => configBody(JSON.stringify(flag), "flag");
const byKey = (contextKey: string, shareBp = 5_000) => ({
  id,
  salt: "s",
  shareBp,
  stickiness: { contextKey },
});
const audience = [{ contextName: "plan", operator: "IN" as const, values: ["free"] }];

describe("a key finds", () => {
  const table = tableOf([
    lever("switch", "both", switchBody("DEGRADED")),
    lever("config", "both", configBody('"of the config"')),
    lever("config", "limit", configBody("7")),
    lever("config", "checkout", flagBody({ enabled: true, key: "New.Checkout", strategies: [{}] })),
  ]);

  test.each([
    ["both", true],
    ["switch/both", true],
    ["config/both", "of the config"],
    ["limit", 7],
    ["checkout", true],
    ["New.Checkout", true],
    ["config/New.Checkout", true],
  ])("%s", (key, value) => {
    expect(table.evaluate(key, {})).toMatchObject({ value });
  });

  test.each(["switch/limit", "nobody", "variant/limit", "variant/nobody", "traffic/both", "", "/"])(
    "nothing for %j",
    (key) => {
      expect(table.evaluate(key, {})).toMatchObject({ errorCode: "FLAG_NOT_FOUND" });
    },
  );

  test("all are listed once, under the key that finds them", () => {
    expect(table.keys()).toEqual(["New.Checkout", "both", "checkout", "config/both", "limit"]);
  });
});

describe("a reason says by what it was decided", () => {
  const candidate = { position: "DEGRADED", level: "core", strategy: "simplified" } as const;
  const table = tableOf(
    [
      lever("switch", "plain", switchBody("NORMAL")),
      lever("switch", "for-some", switchBody("DEGRADED", { audience })),
      lever("switch", "by-user", switchBody("NORMAL", { rollout: { ...byKey("userId"), candidate } })),
      lever(
        "switch",
        "by-target",
        switchBody("NORMAL", { rollout: { ...byKey("targetingKey"), candidate } }),
      ),
      lever("switch", "whole", switchBody("NORMAL", { rollout: { ...byKey("userId", 10_000), candidate } })),
      lever("config", "off", flagBody({ enabled: false, strategies: [{}] })),
    ],
    "order-1",
  );

  test.each([
    ["plain", {}, { value: false, reason: "STATIC", variant: "NORMAL" }],
    ["for-some", { plan: "free" }, { value: true, reason: "TARGETING_MATCH", variant: "DEGRADED" }],
    ["for-some", { plan: "gold" }, { value: false, reason: "DEFAULT" }],
    ["by-user", { userId: "u" }, { value: bucketBp("s", "u") < 5_000, reason: "SPLIT" }],
    ["by-user", {}, { value: false, reason: "DEFAULT" }],
    ["by-target", { targetingKey: "u" }, { value: bucketBp("s", "u") < 5_000, reason: "SPLIT" }],
    ["by-target", { userId: "u" }, { errorCode: "TARGETING_KEY_MISSING" }],
    ["whole", { userId: "u" }, { value: true, reason: "TARGETING_MATCH" }],
    ["off", {}, { value: false, reason: "DISABLED" }],
  ])("%s %j", (key, context, answer) => {
    expect(table.evaluate(key, context)).toMatchObject(answer);
  });
});

test("a share by instance goes by this process's id, or by the one that whoever asks from elsewhere names", () => {
  const candidate = { format: "json", value: "2" } as const;
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9-]{1,20}$/),
      fc.integer({ min: 0, max: 10_000 }),
      (instance, shareBp) => {
        const rollout = { id, salt: "s", shareBp, stickiness: "instance", candidate } as const;
        const levers = [lever("config", "limit", configBody("1", "json", { rollout }))];
        const value = bucketBp("s", instance) < shareBp ? 2 : 1;
        expect(tableOf(levers, instance).evaluate("limit", {})).toMatchObject({ value });
        expect(tableOf(levers).evaluate("limit", { instance })).toMatchObject({ value });
        expect(tableOf(levers).evaluate("limit", {})).toMatchObject({ value: 1 });
      },
    ),
  );
});

test("a secret is no flag, and null is the code's default", () => {
  const sealed = JSON.stringify({
    schema: 1,
    spec: { format: "json", secret: { kid: "k", iv: "i", ct: "c", tag: "t" } },
    meta: { version: 1, changeSetId: id, updatedAt: "2026-01-02T03:04:05.000Z" },
  });
  const table = tableOf([lever("config", "key", sealed), lever("config", "nothing", configBody("null"))]);
  expect(table.evaluate("config/key", {})).toMatchObject({ errorCode: "FLAG_NOT_FOUND" });
  expect(table.keys()).toEqual(["nothing"]);
  const flags: OfrepFlags = { table, state: "r1", metadata: {} };
  expect(answerOne(flags, "nothing", '{"context":{}}').body).not.toHaveProperty("value");
});

describe("OFREP", () => {
  const flags: OfrepFlags = {
    table: tableOf([
      lever("switch", "comments", switchBody("DEGRADED", { strategy: "static", payload: { text: "later" } })),
      lever("config", "limit", configBody("7"), "*"),
    ]),
    state: "r7",
    metadata: { revision: 7 },
  };

  test("answers one flag", () => {
    expect(answerOne(flags, "comments", '{"context":{"targetingKey":"u"}}')).toEqual({
      status: 200,
      body: {
        key: "comments",
        value: true,
        reason: "STATIC",
        variant: "DEGRADED",
        metadata: {
          kind: "switch",
          name: "comments",
          service: "order",
          revision: 7,
          version: 1,
          level: "non-core",
          strategy: "static",
          payload: '{"text":"later"}',
        },
      },
    });
  });

  test.each([
    ["{", 400, "PARSE_ERROR"],
    ["", 400, "PARSE_ERROR"],
    ["[]", 400, "INVALID_CONTEXT"],
    ['{"context":null}', 400, "INVALID_CONTEXT"],
    ['{"context":[]}', 400, "INVALID_CONTEXT"],
    ['{"context":{"targetingKey":7}}', 400, "INVALID_CONTEXT"],
    [JSON.stringify({ context: { a: "x".repeat(5_000) } }), 400, "INVALID_CONTEXT"],
  ])("refuses %.40j", (body, status, errorCode) => {
    expect(answerOne(flags, "comments", body)).toMatchObject({
      status,
      body: { key: "comments", errorCode },
    });
    expect(answerAll(flags, body, undefined)).toMatchObject({ status, body: { errorCode } });
  });

  test("all flags have one name for one state and one context, in whatever order it was written", () => {
    const first = answerAll(flags, '{"context":{"a":1,"b":"x"}}', undefined);
    expect(first.body?.["flags"]).toHaveLength(2);
    const again = answerAll(flags, '{"context":{"b":"x","a":1}}', first.etag);
    expect(again).toEqual({ status: 304, etag: first.etag });
    expect(answerAll(flags, '{"context":{"b":"x","a":1}}', `W/${first.etag}`).status).toBe(304);
    expect(answerAll(flags, '{"context":{"b":"x","a":2}}', first.etag).status).toBe(200);
    expect(answerAll({ ...flags, state: "r8" }, '{"context":{"a":1,"b":"x"}}', first.etag).status).toBe(200);
  });

  test("whatever comes, an answer comes back", () => {
    fc.assert(
      fc.property(fc.string(), fc.oneof(fc.string(), fc.json()), (key, body) => {
        expect([200, 400, 404]).toContain(answerOne(flags, key, body).status);
        expect([200, 400]).toContain(answerAll(flags, body, undefined).status);
      }),
    );
  });
});

test("a context is read flat, and named alike in every order", () => {
  const at = new Date("2026-11-23T03:00:00Z");
  const read = readFlagContext({
    b: 1,
    a: true,
    at,
    nested: { c: 1 },
    list: [1],
    none: null,
    not: Number.NaN,
  });
  expect("context" in read && { ...read.context }).toEqual({ b: 1, a: true, at: at.toISOString() });
  expect(canonicalContext({ b: 1, a: 2 })).toBe(canonicalContext({ a: 2, b: 1 }));
  expect(
    readFlagContext(Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, 1]))),
  ).toHaveProperty("fault");
});
