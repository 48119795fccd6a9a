import { type Attributes, context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { type ReadableSpan, SamplingDecision, TracerProvider } from "@opentelemetry/sdk-trace";
import { describe, expect, test } from "vitest";
import { CallRecording } from "../breaker/index.ts";
import { DependencyStats } from "../dependencies/index.ts";
import { silentLogger } from "../logger.ts";
import { REDACTED, Redaction } from "./redaction.ts";
import { MOST_ATTRIBUTES, MOST_OWN_ATTRIBUTES, SpanKeeper, STREAM_ATTRIBUTE } from "./span-keeper.ts";

const SOURCE = {
  service: "order",
  env: "dev",
  instance: "order-1",
  version: "1",
  zone: "a",
  logger: silentLogger,
  ownRevision: 17,
  sharedRevision: 18,
  dependencies: new DependencyStats(() => 0),
  follows: () => false,
  sampling: () => ({ spec: undefined, count: () => ({}) }),
  recording: new CallRecording(),
  now: () => 0,
  pool: () => () => undefined,
};

/** The SDK with a keeper at its end, and what the keeper gave out. */
function bench(sampled: boolean, keep: { slowMs: number } | undefined = { slowMs: 1_000 }) {
  const out: ReadableSpan[] = [];
  const bytes: number[] = [];
  const redaction = new Redaction();
  const keeper = new SpanKeeper({
    source: SOURCE,
    redaction,
    keep,
    out: (span, size) => {
      out.push(span);
      bytes.push(size);
    },
  });
  const decision = sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.RECORD;
  const provider = new TracerProvider({
    sampler: { shouldSample: () => ({ decision }), toString: () => "as told" },
    spanProcessors: [keeper],
    spanLimits: { attributeCountLimit: MOST_OWN_ATTRIBUTES },
  });
  const tracer = provider.getTracer("test");
  const start = (name: string, parent?: Span, startTime?: number, attributes: Attributes = {}): Span =>
    tracer.startSpan(
      name,
      startTime === undefined ? {} : { startTime, attributes },
      parent === undefined ? ROOT_CONTEXT : trace.setSpan(context.active(), parent),
    );
  return { out, bytes, redaction, keeper, start };
}
const names = (spans: readonly ReadableSpan[]): string[] => spans.map(({ name }) => name);

describe("a sampled span", () => {
  test("is given out at its end with the revisions in force, redacted and counted", () => {
    const { out, bytes, redaction, start } = bench(true);
    const span = start("GET /orders");
    span.setAttributes({ "http.request.header.cookie": "sid=1", note: "ann@example.org", rows: 3 });
    span.addEvent("said", { text: "Bearer abcdef.123456" });
    span.setStatus({ code: SpanStatusCode.ERROR, message: "no user ann@example.org" });
    span.end();
    expect(out[0]?.attributes).toEqual({
      "leverframe.revision.own": 17,
      "leverframe.revision.shared": 18,
      "http.request.header.cookie": REDACTED,
      note: REDACTED,
      rows: 3,
    });
    expect(out[0]?.events[0]?.attributes).toEqual({ text: REDACTED });
    expect(out[0]?.status.message).toBe(`no user ${REDACTED}`);
    expect(redaction.redacted).toBe(4);
    expect(bytes[0]).toBeGreaterThan(200);
  });

  test("has 50 attributes at most, and those beyond are counted", () => {
    for (const sampled of [true, false]) {
      const { out, keeper, start } = bench(sampled);
      const span = start("wide");
      for (let index = 0; index < 70; index++) span.setAttribute(`a${index}`, index);
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      expect(Object.keys(out[0]?.attributes ?? {}).length).toBeLessThanOrEqual(MOST_ATTRIBUTES);
      expect(keeper.counts.attributes).toBe(70 - (MOST_OWN_ATTRIBUTES - 2));
      expect(out[0]?.droppedAttributesCount).toBe(keeper.counts.attributes);
    }
  });
});

describe("an unsampled trace", () => {
  test("leaves nothing where nothing is wrong with it", () => {
    const { out, keeper, start } = bench(false);
    const root = start("root");
    start("child", root).end();
    expect(keeper.waiting).toBe(1);
    root.end();
    expect([out.length, keeper.waiting, keeper.counts.forgotten]).toEqual([0, 0, 0]);
  });

  test("is given out whole once a span of it fails, also what ended before, and says that it is partial", () => {
    const { out, keeper, start } = bench(false);
    const root = start("root");
    start("before", root).end();
    const bad = start("bad", root);
    bad.setStatus({ code: SpanStatusCode.ERROR });
    bad.end();
    start("after", root).end();
    root.end();
    expect(names(out)).toEqual(["before", "bad", "after", "root"]);
    for (const { attributes } of out)
      expect(attributes).toMatchObject({ "leverframe.kept": "error", "leverframe.partial": true });
    expect([keeper.waiting, keeper.counts.kept]).toEqual([0, 4]);
  });

  test("is given out where its root was slow", () => {
    const { out, start } = bench(false);
    const root = start("root", undefined, Date.now() - 2_000);
    start("child", root).end();
    root.end();
    expect(names(out)).toEqual(["child", "root"]);
    expect(out[0]?.attributes["leverframe.kept"]).toBe("slow");
  });

  test("does not wait for streams, whose length says nothing", () => {
    const { out, keeper, start } = bench(false);
    const feed = start("feed", undefined, Date.now() - 60_000, { [STREAM_ATTRIBUTE]: true });
    const root = start("root", feed);
    start("child", root).end();
    root.end();
    expect([out.length, keeper.waiting]).toEqual([0, 0]);
    feed.end();
    expect(out).toEqual([]);
  });

  test("that never ends is forgotten for others: what waits is bounded, and the loss is counted", () => {
    const { out, keeper, start } = bench(false);
    const roots = Array.from({ length: 3_000 }, (_, index) => {
      const root = start(`root ${index}`);
      for (let child = 0; child < 4; child++) start("child", root).end();
      return root;
    });
    expect(keeper.waiting).toBeLessThanOrEqual(5_000);
    expect(keeper.counts.forgotten).toBeGreaterThanOrEqual(3_000 * 4 - 5_000);
    for (const root of roots) root.end();
    expect([keeper.waiting, out.length]).toEqual([0, 0]);
  });
});
