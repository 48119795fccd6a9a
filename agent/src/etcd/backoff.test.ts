import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backoff, pause } from "./backoff.ts";

describe("a backoff", () => {
  it("starts within its first wait, never exceeds its bound, and starts over after a reset", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }), (draws) => {
        let i = 0;
        const backoff = new Backoff({
          firstMs: 50,
          maxMs: 2_000,
          random: () => draws[i++ % draws.length] ?? 0,
        });
        const waits = draws.map(() => backoff.next());
        expect(waits[0]).toBeLessThanOrEqual(50);
        for (const wait of waits) {
          expect(wait).toBeGreaterThanOrEqual(25);
          expect(wait).toBeLessThanOrEqual(2_000);
        }
        backoff.reset();
        expect(backoff.next()).toBeLessThanOrEqual(50);
      }),
    );
  });

  it("spreads equal losses: two draws differ", () => {
    const low = new Backoff({ firstMs: 1_000, maxMs: 2_000, random: () => 0 });
    const high = new Backoff({ firstMs: 1_000, maxMs: 2_000, random: () => 0.99 });
    expect(high.next() - low.next()).toBeGreaterThan(400);
  });
});

describe("a pause", () => {
  it("ends at once when its signal is aborted, before or during it", async () => {
    const startedMs = performance.now();
    const stop = new AbortController();
    const during = pause(60_000, stop.signal);
    stop.abort();
    await during;
    await pause(60_000, stop.signal);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
