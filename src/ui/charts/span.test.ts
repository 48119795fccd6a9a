import { expect, test } from "vitest";
import { SHORTEST_MS, spanOf, stretchAddress, ticksOf } from "./span.ts";

const NOW = 1_795_450_003_456;
const of = (query: string) => spanOf(new URLSearchParams(query), NOW);

test("without a word the last 15 minutes are shown, in whole steps", () => {
  const span = of("");
  expect(span.range).toBe("15m");
  expect(span.toMs % span.stepMs).toBe(0);
  expect(span.untilMs).toBeGreaterThan(NOW + 5_000);
  expect(NOW - span.toMs).toBeLessThan(span.stepMs);
  expect(span.toMs - span.fromMs).toBe(15 * 60_000);
  expect((span.toMs - span.fromMs) / span.stepMs).toBeLessThanOrEqual(120);
});

test("an address names a range or a stretch; what is neither counts as none", () => {
  expect(of("range=24h")).toMatchObject({
    range: "24h",
    stepMs: 900_000,
  });
  expect(of("from=1000000&to=1600000")).toEqual({
    fromMs: 1_000_000,
    toMs: 1_600_000,
    stepMs: 5_000,
    untilMs: 1_600_000,
    range: undefined,
  });
  for (const bad of ["from=2&to=1", "from=x&to=5", "range=constructor", "from=5"])
    expect(of(bad).range).toBe("15m");
});

test("what is dragged comes back from the address, either way round, and never shorter than a minute", () => {
  for (const [a, b] of [
    [1_000_000, 1_900_000],
    [1_900_000, 1_000_000],
  ] as const) {
    expect(stretchAddress(a, b)).toEqual({ from: "1000000", to: "1900000", range: null });
  }
  const { from, to } = stretchAddress(1_000_000, 1_000_100);
  expect(Number(to) - Number(from)).toBe(SHORTEST_MS);
});

test("ticks are few, round, and inside", () => {
  const ticks = ticksOf({ fromMs: 90_000, toMs: 990_000 }, 5, 0);
  expect(ticks).toEqual([300_000, 600_000, 900_000]);
  expect(ticksOf({ fromMs: 0, toMs: 86_400_000 }, 6, 3_600_000)[0]).toBe(18_000_000);
});
