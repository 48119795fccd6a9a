import { describe, expect, test } from "vitest";
import type { Labels } from "../../domain/metrics/query.ts";
import { withOwnMetrics } from "./own-metrics.ts";

const SAMPLES = [
  { labels: { env: "prod", state: "live" }, value: 20 },
  { labels: { env: "prod", state: "unproved" }, value: 1 },
  { labels: { env: "prod", state: "suspect" }, value: 2 },
  { labels: { env: "dev", state: "live" }, value: 7 },
];
const reader = withOwnMetrics(
  (name) => Promise.resolve(name === "leverframe_instances" ? SAMPLES : undefined),
  { range: () => Promise.resolve([]), instant: () => Promise.resolve([{ labels: {}, value: -1 }]) },
);
const ask = (where: Labels, metric = "leverframe_instances") =>
  reader.instant(
    { env: "prod", figure: { kind: "gauge", metric, by: "sum", where }, by: [] },
    { atMs: 0, windowMs: 15_000 },
  );

describe("a gauge of the control plane", () => {
  test.each([
    [{}, 23],
    [{ state: { is: "live" } }, 20],
    [{ state: { not: "live" } }, 3],
    [{ state: { matches: "unproved|suspect" } }, 3],
    [{ zone: { is: "" } }, 23],
  ] satisfies [Labels, number][])("where %j is %d", async (where, value) => {
    expect(await ask(where)).toEqual([{ labels: {}, value }]);
  });

  test("that nothing matches has no point", async () => {
    expect(await ask({ state: { matches: "l" } })).toEqual([]);
  });

  test("of another name is asked of the others", async () => {
    expect(await ask({}, "up")).toEqual([{ labels: {}, value: -1 }]);
  });
});
