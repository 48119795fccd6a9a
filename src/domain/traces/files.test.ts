import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTraces } from "./read-file.ts";
import type { FullSpan, TraceData } from "./span.ts";
import { toJaegerJson, toOtlpJson } from "./write-file.ts";

const hex = (digits: number) =>
  fc
    .array(fc.integer({ min: 1, max: 15 }), { minLength: digits, maxLength: digits })
    .map((all) => all.map((one) => one.toString(16)).join(""));
const attributes = fc.uniqueArray(
  fc.tuple(
    fc.string({ minLength: 1, maxLength: 8 }).map((key) => `k.${key}`),
    fc.string({ maxLength: 12 }),
  ),
  {
    selector: ([key]) => key,
    maxLength: 4,
  },
);
/** Whole microseconds, which both formats hold. */
const micros = (most: number) => fc.nat(most).map((us) => us * 1_000);
const anySpan = fc.record({
  id: hex(16),
  service: fc.constantFrom("shop", "stock", "bank"),
  name: fc.string({ maxLength: 20 }),
  kind: fc.constantFrom("Internal", "Server", "Client", "Producer", "Consumer"),
  status: fc.constantFrom("Unset", "Ok", "Error"),
  startNs: micros(5_000_000),
  durationNs: micros(9_000_000),
  attributes,
  statusMessage: fc.string({ maxLength: 9 }),
  scope: fc.constantFrom("", "http"),
  events: fc.array(
    fc.record({ name: fc.constantFrom("retry", "exception"), atNs: micros(5_000_000), attributes }),
    { maxLength: 2 },
  ),
});
const anyTrace: fc.Arbitrary<TraceData<FullSpan>> = fc
  .tuple(hex(32), fc.uniqueArray(anySpan, { minLength: 1, maxLength: 12, selector: ({ id }) => id }))
  .map(([traceId, spans]) => ({
    traceId,
    baseMs: 1_700_000_000_000,
    cut: false,
    spans: spans.map(
      (span, index): FullSpan => ({
        ...span,
        // The first begins with the trace, so that the moments are the same after reading.
        startNs: index === 0 ? 0 : span.startNs,
        parentId: index === 0 ? "" : (spans[index % 3 === 0 ? 0 : index - 1]?.id ?? ""),
        peer: "",
        levers: [],
        partial: false,
        resource: [["service.name", span.service]],
        links: [],
      }),
    ),
  }));

const byId = (spans: readonly FullSpan[]) => spans.toSorted((a, b) => (a.id < b.id ? -1 : 1));

describe.each([
  ["otlp", toOtlpJson],
  ["jaeger", toJaegerJson],
] as const)("a trace as %s", (format, write) => {
  test("is the same after it was written and read", () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const read = readTraces(JSON.stringify(write(trace)));
        expect(read.ok && read.format).toBe(format);
        if (!read.ok) return;
        expect(read.traces).toHaveLength(1);
        const [back] = read.traces;
        expect(back?.traceId).toBe(trace.traceId);
        expect(back?.baseMs).toBe(trace.baseMs);
        expect(byId(back?.spans ?? [])).toEqual(byId(trace.spans));
      }),
    );
  });
});

describe("files of others", () => {
  test("Jaeger's own: microseconds, processes, short ids, warnings, numbers as tags", () => {
    const read = readTraces(
      JSON.stringify({
        data: [
          {
            traceID: "6c8e5b1f0d2a4c77",
            spans: [
              {
                traceID: "6c8e5b1f0d2a4c77",
                spanID: "6c8e5b1f0d2a4c77",
                flags: 1,
                operationName: "HTTP GET /dispatch",
                references: [],
                startTime: 1484081800000123,
                duration: 700500,
                tags: [
                  { key: "span.kind", type: "string", value: "server" },
                  { key: "http.status_code", type: "int64", value: 200 },
                ],
                logs: [
                  { timestamp: 1484081800000200, fields: [{ key: "event", type: "string", value: "start" }] },
                ],
                processID: "p1",
                warnings: ["clock skew adjustment disabled"],
              },
              {
                traceID: "6c8e5b1f0d2a4c77",
                spanID: "a",
                operationName: "SQL SELECT",
                references: [
                  { refType: "CHILD_OF", traceID: "6c8e5b1f0d2a4c77", spanID: "6c8e5b1f0d2a4c77" },
                ],
                startTime: 1484081800001000,
                duration: 300,
                tags: [
                  { key: "span.kind", value: "client" },
                  { key: "peer.service", value: "mysql" },
                  { key: "error", type: "bool", value: true },
                ],
                processID: "p2",
              },
            ],
            processes: { p1: { serviceName: "frontend", tags: [] }, p2: { serviceName: "customer" } },
          },
        ],
      }),
    );
    expect(read.ok && read.traces[0]).toMatchObject({
      traceId: "00000000000000006c8e5b1f0d2a4c77",
      baseMs: 1_484_081_800_000,
      spans: [
        {
          id: "6c8e5b1f0d2a4c77",
          parentId: "",
          service: "frontend",
          kind: "Server",
          startNs: 123_000,
          durationNs: 700_500_000,
          attributes: [["http.status_code", "200"]],
          events: [{ name: "start", atNs: 200_000 }],
        },
        {
          id: "000000000000000a",
          parentId: "6c8e5b1f0d2a4c77",
          service: "customer",
          kind: "Client",
          status: "Error",
          peer: "mysql",
        },
      ],
    });
  });

  test("OTLP as the Collector's file exporter writes it, a request a line, and with ids in base64 and enums by name", () => {
    const line = (spanId: string, parent: object) =>
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [{ key: "service.name", value: { stringValue: "py" } }] },
            scopeSpans: [
              {
                spans: [
                  {
                    traceId: "W47/94gDgQPSabYzgT/GDA==",
                    spanId,
                    ...parent,
                    name: "work",
                    kind: "SPAN_KIND_SERVER",
                    startTimeUnixNano: "1544712660300000123",
                    endTimeUnixNano: "1544712660600000999",
                    status: { code: "STATUS_CODE_ERROR", message: "no" },
                    attributes: [
                      { key: "count", value: { intValue: "7" } },
                      {
                        key: "list",
                        value: { arrayValue: { values: [{ stringValue: "a" }, { boolValue: true }] } },
                      },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      });
    const read = readTraces(
      `${line("7uGbfsPBsXM=", {})}\n${line("7uGbfsPBsXQ=", { parentSpanId: "7uGbfsPBsXM=" })}\n`,
    );
    expect(read.ok && read.traces[0]).toMatchObject({
      traceId: "5b8efff788038103d269b633813fc60c",
      baseMs: 1_544_712_660_300,
      spans: [
        {
          id: "eee19b7ec3c1b173",
          service: "py",
          kind: "Server",
          status: "Error",
          statusMessage: "no",
          startNs: 123,
          durationNs: 300_000_876,
          attributes: [
            ["count", "7"],
            ["list", '["a",true]'],
          ],
        },
        { id: "eee19b7ec3c1b174", parentId: "eee19b7ec3c1b173" },
      ],
    });
  });

  test.each([
    ["", "not JSON"],
    ["{", "not JSON"],
    ["[1, 2]", "unknown format"],
    ['{"metrics": []}', "unknown format"],
    ['{"data": []}', "no traces"],
    ['{"data": [null, 7]}', "no traces"],
    ['{"resourceSpans": {"spans": 1}}', "no traces"],
    ['{"resourceSpans": [{"scopeSpans": [{"spans": [{}, null]}]}]}', "no traces"],
  ])("%j is refused with a reason", (text, why) => {
    expect(readTraces(text)).toEqual({ ok: false, why });
  });

  test("never throws, whatever the JSON is", () => {
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom("spans", "references"));
    fc.assert(
      fc.property(
        fc.record({ spans: fc.array(part), processes: part, traceID: part }),
        part,
        (trace, other) => {
          readTraces(JSON.stringify({ data: [trace] }));
          readTraces(
            JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [other, trace] }], resource: other }] }),
          );
        },
      ),
    );
  });
});
