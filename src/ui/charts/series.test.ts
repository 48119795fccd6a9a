import { expect, test } from "vitest";
import { type Line, MOST_LINES, rowsOfLines, topLines, topOf, valueAt } from "./series.ts";

const line = (key: string, ...values: number[]): Line => ({
  key,
  label: key,
  points: values.map((value, index) => [index * 10, value] as const),
});

test("the highest lines are drawn, highest first", () => {
  const lines = Array.from({ length: 12 }, (_, index) => line(`l${index}`, index, 0));
  expect(topLines(lines).map(({ key }) => key)).toEqual(["l11", "l10", "l9", "l8", "l7", "l6", "l5", "l4"]);
  expect(topLines(lines)).toHaveLength(MOST_LINES);
});

test("a step without a point is a gap", () => {
  const broken: Line = {
    key: "a",
    label: "a",
    points: [
      [0, 1],
      [20, 3],
    ],
  };
  expect(rowsOfLines([broken], { fromMs: 0, toMs: 20, stepMs: 10 })).toEqual([
    { at: 0, a: 1 },
    { at: 10 },
    { at: 20, a: 3 },
  ]);
});

test("under the cursor is the last point, unless it is old", () => {
  const shown = line("a", 1, 2, 3);
  expect([0, 9, 10, 25, 40, 41].map((at) => valueAt(shown, at, 10))).toEqual([1, 1, 2, 3, 3, undefined]);
  expect(valueAt(shown, -1, 10)).toBeUndefined();
});

test("a picture ends at a round number above its highest value", () => {
  const top = (...values: number[]) =>
    topOf(
      values.map((a, at) => ({ at: at * 1_000, a })),
      7,
    );
  expect([top(0), top(), top(1), top(85.8), top(0.00412), top(1_050, 3)]).toEqual([
    7, 7, 1, 100, 0.005, 1_200,
  ]);
});
