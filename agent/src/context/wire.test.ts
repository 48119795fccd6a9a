import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CallContext, currentContext, NO_CONTEXT, runInContext } from "./call-context.ts";
import { noteDegradation, readContext, withDegradation, writeContext } from "./wire.ts";

function written(context: CallContext, nowMs: number, baggage?: string): Record<string, string> {
  const headers: Record<string, string> = {};
  writeContext(context, (name, value) => void (headers[name] = value), nowMs, baggage);
  return headers;
}
const read = (headers: Record<string, string>, nowMs: number) => readContext((name) => headers[name], nowMs);

describe("a context over the wire", () => {
  test("the callee's deadline is never after the caller's, whatever their clocks say", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (leftMs, callerMs, calleeMs) => {
          const headers = written({ ...NO_CONTEXT, deadlineMs: callerMs + leftMs }, callerMs);
          const { deadlineMs } = read(headers, calleeMs);
          expect((deadlineMs ?? Number.POSITIVE_INFINITY) - calleeMs).toBeLessThanOrEqual(leftMs + 1e-6);
        },
      ),
    );
  });

  test("what was degraded comes along once each, and strangers' baggage stays", () => {
    const context = withDegradation(withDegradation(NO_CONTEXT, "order/comments"), "order/comments");
    const headers = written(context, 0, "tenant=blue;prop=1, leverframe.degraded=old%2Fone");
    expect(headers).toEqual({ baggage: "tenant=blue;prop=1,leverframe.degraded=order%2Fcomments" });
    expect(read(headers, 0).degraded).toEqual(["order/comments"]);
  });

  test.each(["-1", "1e3", "soon", "", "99999999999"])("a time left of %j counts as unsaid", (timeout) => {
    expect(read({ "leverframe-timeout-ms": timeout }, 5).deadlineMs).toBeUndefined();
  });

  test("hostile headers give a context all the same", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        const { degraded } = read({ baggage: `leverframe.degraded=${text}`, "idempotency-key": text }, 0);
        expect(degraded.length).toBeLessThanOrEqual(16);
      }),
    );
  });

  test("which attempt it is comes along from the second on", () => {
    expect(written({ ...NO_CONTEXT, attempt: 1 }, 0)).toEqual({});
    const headers = written({ ...NO_CONTEXT, attempt: 2 }, 0);
    expect(headers).toEqual({ "leverframe-attempt": "2" });
    expect([read(headers, 0).attempt, read({ "leverframe-attempt": "0" }, 0).attempt]).toEqual([
      2,
      undefined,
    ]);
  });

  test("a degradation that is noted is seen by all who work for the request, and by nobody else", () => {
    const request = read({}, 0);
    runInContext(request, () =>
      runInContext({ ...request, attempt: 2 }, () => noteDegradation("order/bank")),
    );
    noteDegradation("order/bank");
    expect([request.degraded, NO_CONTEXT.degraded, read({}, 0).degraded]).toEqual([["order/bank"], [], []]);
  });

  test("nothing is written for a request that brings nothing", () => {
    expect(written(NO_CONTEXT, 0)).toEqual({});
  });
});

test("code knows the request that it works for, and none outside of one", async () => {
  const context = { ...NO_CONTEXT, idempotencyKey: "k" };
  await runInContext(context, async () => {
    await Promise.resolve();
    expect(currentContext()).toBe(context);
  });
  expect(currentContext()).toBe(NO_CONTEXT);
});
