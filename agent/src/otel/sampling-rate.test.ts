import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isKept, rateFor } from "./sampling-rate.ts";

const SPEC = { rateBp: 100, routes: { "/orders/:id": 10_000, "/pay": 0, "/shop.Inventory/Reserve": 500 } };

describe("the rate of a trace", () => {
  test.each([
    ["/orders/:id", undefined, 10_000],
    ["/pay", "/pay", 0],
    ["/shop.Inventory/Reserve", undefined, 500],
    ["/else", "/orders/7", 100],
    [undefined, "/orders/7", 10_000],
    [undefined, "/orders/7/lines", 100],
    [undefined, "/pay", 0],
    [undefined, undefined, 100],
  ])("of route %j and path %j is %i", (route, path, rateBp) => {
    expect(rateFor(SPEC, { route, path })).toBe(rateBp);
  });

  test("without rates for routes is the service's", () => {
    expect(rateFor({ rateBp: 7 }, { route: "/pay", path: "/pay" })).toBe(7);
  });
});

describe("a trace id", () => {
  const traceId = fc.stringMatching(/^[0-9a-f]{32}$/);

  test("is kept always at 100 % and never at 0 %", () => {
    fc.assert(
      fc.property(traceId, (id) => {
        expect([isKept(id, 10_000), isKept(id, 0)]).toEqual([true, false]);
      }),
    );
  });

  test("that is kept at a rate is kept at every higher one", () => {
    fc.assert(
      fc.property(traceId, fc.nat(10_000), fc.nat(10_000), (id, a, b) => {
        expect(!isKept(id, Math.min(a, b)) || isKept(id, Math.max(a, b))).toBe(true);
      }),
    );
  });

  test("of random ones the rate's share is kept", () => {
    const random = (index: number): string =>
      Array.from({ length: 4 }, (_, part) =>
        (Math.imul(index * 4 + part + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0"),
      ).join("");
    const kept = Array.from({ length: 20_000 }, (_, index) => isKept(random(index), 2_500)).filter(Boolean);
    expect(kept.length / 20_000).toBeCloseTo(0.25, 1);
  });
});
