import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bearer } from "./bearer.ts";
import { protobufOfJson } from "./json.ts";
import { METRICS, TRACES } from "./json-schema.ts";
import { MetricDecoder } from "./metrics.ts";
import { Redaction } from "./redaction.ts";
import type { Outcome } from "./request.ts";
import { RowWriter } from "./row-writer.ts";
import { TraceDecoder } from "./traces.ts";
import { Cursor, MalformedError } from "./wire.ts";

const NOW_MS = Date.UTC(2026, 10, 23);
const bounds = { fromMs: NOW_MS - 1_000, toMs: NOW_MS + 1_000 };
const bearer = new Bearer({ hash: "", scopes: [{ role: "reporter", env: "dev", services: "*" }] });
const atNs = `${NOW_MS}000000`;

function traces(body: Buffer): { rows: Buffer; outcome: Outcome } {
  const out = new RowWriter();
  const outcome = new TraceDecoder(new Redaction()).decode(body, bearer, bounds, out);
  return { rows: out.take(), outcome };
}

function metrics(body: Buffer): { tables: Record<string, Buffer>; outcome: Outcome } {
  const writers = new Map<string, RowWriter>();
  const outcome = new MetricDecoder(new Redaction()).decode(body, bearer, bounds, (table) => {
    const writer = writers.get(table) ?? new RowWriter();
    writers.set(table, writer);
    return writer;
  });
  return {
    tables: Object.fromEntries([...writers].map(([table, writer]) => [table, writer.take()])),
    outcome,
  };
}

const span = (more: object): object => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "order" } }] },
      scopeSpans: [
        {
          scope: { name: "shop", version: "1" },
          spans: [
            {
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "EEE19B7EC3C1B174",
              name: "pay",
              kind: 3,
              startTimeUnixNano: atNs,
              endTimeUnixNano: Number(atNs),
              ...more,
            },
          ],
        },
      ],
    },
  ],
});
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe("JSON as protobuf", () => {
  test("unknown fields, nulls, order and space change nothing", () => {
    const plain = traces(protobufOfJson(json(span({ status: { code: 2, message: "no" } })), TRACES));
    const odd = JSON.stringify(
      span({
        unknown: [{ a: [1, null, { b: "\\u0041" }] }],
        parentSpanId: null,
        status: { message: "no", code: "2", x: 1.5e3 },
      }),
      undefined,
      3,
    );
    expect(plain.outcome.accepted).toBe(1);
    expect(traces(protobufOfJson(Buffer.from(odd), TRACES)).rows).toEqual(plain.rows);
  });

  test("every sort of value is written in words", () => {
    const attributes = [
      { key: "s", value: { stringValue: 'a "quoted" \u00e4 \u{1f600}\n' } },
      { key: "i", value: { intValue: "-9223372036854775808" } },
      { key: "n", value: { intValue: 7 } },
      { key: "d", value: { doubleValue: 0.5 } },
      { key: "b", value: { boolValue: true } },
      { key: "r", value: { bytesValue: "AAEC" } },
      { key: "l", value: { arrayValue: { values: [{ stringValue: "x" }, { intValue: "1" }, {}] } } },
      { key: "m", value: { kvlistValue: { values: [{ key: "password", value: { stringValue: "x" } }] } } },
      { key: "e", value: {} },
    ];
    const { rows } = traces(protobufOfJson(json(span({ attributes })), TRACES));
    for (const text of [
      'a "quoted" \u00e4 \u{1f600}\n',
      "-9223372036854775808",
      "0.5",
      "true",
      "AAEC",
      '["x",1,null]',
      '{"password":"[redacted]"}',
    ]) {
      expect(rows.includes(Buffer.from(text)), text).toBe(true);
    }
  });

  test("all five kinds of metrics find their tables", () => {
    const point = { startTimeUnixNano: "0", timeUnixNano: atNs, attributes: [] };
    const metric = (name: string, more: object): object => ({ name, unit: "s", ...more });
    const body = {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                metric("g", {
                  gauge: {
                    dataPoints: [
                      { ...point, asDouble: 1.5 },
                      { ...point, asInt: "-3" },
                    ],
                  },
                }),
                metric("s", {
                  sum: { dataPoints: [{ ...point, asInt: 4 }], aggregationTemporality: 2, isMonotonic: true },
                }),
                metric("h", {
                  histogram: {
                    dataPoints: [
                      {
                        ...point,
                        count: "3",
                        sum: 1,
                        bucketCounts: ["1", 2],
                        explicitBounds: [0.5],
                        min: 0.1,
                        max: 9,
                      },
                    ],
                    aggregationTemporality: 1,
                  },
                }),
                metric("e", {
                  exponentialHistogram: {
                    dataPoints: [
                      { ...point, count: "3", scale: -2, positive: { offset: -1, bucketCounts: ["1", "2"] } },
                    ],
                  },
                }),
                metric("q", {
                  summary: {
                    dataPoints: [{ ...point, count: 1, quantileValues: [{ quantile: 0.5, value: 2 }] }],
                  },
                }),
                metric("late", { gauge: { dataPoints: [{ ...point, timeUnixNano: "1" }] } }),
              ],
            },
          ],
        },
      ],
    };
    const { tables, outcome } = metrics(protobufOfJson(json(body), METRICS));
    expect(Object.keys(tables).sort()).toEqual([
      "exponential_histogram",
      "gauge",
      "histogram",
      "sum",
      "summary",
    ]);
    expect([outcome.accepted, outcome.rejected]).toEqual([6, { time: 1 }]);
  });
});

test("whatever comes, it is rows or a MalformedError, and nothing that was written before is touched", () => {
  const good = protobufOfJson(
    json(span({ attributes: [{ key: "k", value: { stringValue: "v" } }] })),
    TRACES,
  );
  const attempt = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.nat(255), (bytes, at, byte) => {
      const broken = Buffer.from(good);
      broken[at % broken.length] = byte;
      for (const body of [Buffer.from(bytes), broken, good.subarray(0, at % good.length)]) {
        attempt(() => traces(body));
        attempt(() => metrics(body));
      }
      for (const message of [TRACES, METRICS]) attempt(() => protobufOfJson(Buffer.from(bytes), message));
    }),
    { numRuns: 300 },
  );
});

test("varints are read in all their lengths, and not past ten bytes", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const bytes = [0x08];
      for (let rest = value; ; rest >>= 7n) {
        if (rest <= 0x7fn) {
          bytes.push(Number(rest));
          break;
        }
        bytes.push(Number(rest & 0x7fn) | 0x80);
      }
      const cursor = new Cursor().over(Buffer.from(bytes), 0, bytes.length);
      expect(cursor.next()).toBe(true);
      expect((BigInt(cursor.high) << 32n) | BigInt(cursor.low)).toBe(value);
      expect(cursor.int64Text()).toBe(BigInt.asIntN(64, value).toString());
    }),
  );
  const endless = Buffer.from([0x08, ...Array.from({ length: 11 }, () => 0x80)]);
  expect(() => new Cursor().over(endless, 0, endless.length).next()).toThrow(MalformedError);
});

describe("redaction", () => {
  test("looks at bytes first, and never misses what a form would cut", () => {
    const secret = fc.constantFrom(
      "Bearer abcdefgh1234",
      "basic dXNlcjpwYXNz",
      "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0",
      "AKIAIOSFODNN7EXAMPLE",
      "4111 1111 1111 1111",
      "4111-1111-1111-1111",
      "https://me:hush@host/",
      "-----BEGIN RSA PRIVATE KEY-----abc",
    );
    fc.assert(
      fc.property(
        fc.string({ maxLength: 30 }),
        secret,
        fc.string({ maxLength: 30 }),
        (before, one, after) => {
          const redaction = new Redaction();
          const text = `${before} ${one} ${after}`;
          const bytes = Buffer.from(text);
          if (redaction.clean(text) !== text) expect(redaction.suspects(bytes, 0, bytes.length)).toBe(true);
        },
      ),
    );
    const plain = "GET /orders/:id 200 undici order.internal:8080";
    expect(new Redaction().suspects(Buffer.from(plain), 0, plain.length)).toBe(false);
  });

  test.each([
    ["db.password", true],
    ["http.request.header.cookie", true],
    ["access_token", true],
    ["gen_ai.usage.input_tokens", false],
    ["http.route", false],
    ["order.shipping", false],
    ["Customer.Name", true],
  ])("%s: %s", (key, hidden) => {
    expect(new Redaction({ keys: ["customer.*"], patterns: [] }).hidesKey(key)).toBe(hidden);
  });
});
