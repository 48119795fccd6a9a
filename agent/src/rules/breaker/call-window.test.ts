import fc from "fast-check";
import { expect, test } from "vitest";
import { newWindow, reshapeWindow, type WindowSpec } from "./call-window.ts";

interface Call {
  readonly atMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
}

/** What a window should hold, from the list of all calls. */
function reference(calls: readonly Call[], spec: WindowSpec, nowMs: number) {
  const second = Math.floor(nowMs / 1_000);
  const kept =
    spec.slidingWindowType === "COUNT_BASED"
      ? calls.slice(-spec.slidingWindowSize)
      : calls.filter((call) => Math.floor(call.atMs / 1_000) > second - spec.slidingWindowSize);
  return {
    calls: kept.length,
    failures: kept.filter((call) => call.failed).length,
    slow: kept.filter((call) => call.durationMs > spec.slowCallDurationThresholdMs).length,
  };
}

const callArbitrary = fc.record({
  waitMs: fc.oneof(fc.nat(400), fc.nat(6_000)),
  durationMs: fc.nat(200),
  failed: fc.boolean(),
});
const typeArbitrary = fc.constantFrom("COUNT_BASED" as const, "TIME_BASED" as const);

test("a window holds exactly the calls that its size allows", () => {
  fc.assert(
    fc.property(
      typeArbitrary,
      fc.integer({ min: 1, max: 8 }),
      fc.array(callArbitrary),
      (type, size, history) => {
        const spec: WindowSpec = {
          slidingWindowType: type,
          slidingWindowSize: size,
          slowCallDurationThresholdMs: 100,
        };
        const window = newWindow(spec);
        const calls: Call[] = [];
        let nowMs = 12_345;
        for (const { waitMs, durationMs, failed } of history) {
          nowMs += waitMs;
          window.record(nowMs, durationMs, failed);
          calls.push({ atMs: nowMs, durationMs, failed });
          expect(window.counts(nowMs)).toEqual(reference(calls, spec, nowMs));
        }
        expect(window.counts(nowMs + 3_000)).toEqual(reference(calls, spec, nowMs + 3_000));
      },
    ),
  );
});

test("a new size keeps the calls that are valid under the old and the new one", () => {
  fc.assert(
    fc.property(
      typeArbitrary,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      fc.array(callArbitrary),
      (type, size, nextSize, history) => {
        const spec: WindowSpec = {
          slidingWindowType: type,
          slidingWindowSize: size,
          slowCallDurationThresholdMs: 100,
        };
        const window = newWindow(spec);
        const calls: Call[] = [];
        let nowMs = 5_000;
        for (const { waitMs, durationMs, failed } of history) {
          nowMs += waitMs;
          window.record(nowMs, durationMs, failed);
          calls.push({ atMs: nowMs, durationMs, failed });
        }
        const next = { ...spec, slidingWindowSize: nextSize };
        const reshaped = reshapeWindow(window, next, nowMs);
        const least = { ...spec, slidingWindowSize: Math.min(size, nextSize) };
        expect(reshaped.counts(nowMs)).toEqual(reference(calls, least, nowMs));
      },
    ),
  );
});

test("a count window judges its old calls by a new slow-call threshold, a time window forgets which were slow", () => {
  const spec: WindowSpec = {
    slidingWindowType: "COUNT_BASED",
    slidingWindowSize: 5,
    slowCallDurationThresholdMs: 100,
  };
  for (const [type, slow] of [
    ["COUNT_BASED", 2],
    ["TIME_BASED", 0],
  ] as const) {
    const window = newWindow({ ...spec, slidingWindowType: type });
    for (const durationMs of [10, 60, 150]) window.record(1_000, durationMs, false);
    expect(window.counts(1_000).slow).toBe(1);
    const next = reshapeWindow(
      window,
      { ...spec, slidingWindowType: type, slowCallDurationThresholdMs: 50 },
      1_000,
    );
    expect(next.counts(1_000)).toEqual({ calls: 3, failures: 0, slow });
  }
});

test("a window of another type begins empty", () => {
  const spec: WindowSpec = {
    slidingWindowType: "COUNT_BASED",
    slidingWindowSize: 5,
    slowCallDurationThresholdMs: 100,
  };
  const window = newWindow(spec);
  window.record(1_000, 5, true);
  expect(reshapeWindow(window, { ...spec, slidingWindowType: "TIME_BASED" }, 1_000).counts(1_000).calls).toBe(
    0,
  );
});
