import { Counter, Gauge, Histogram, Registry, Summary } from "prom-client";
import { expect, test } from "vitest";
import { readExposition } from "./exposition.ts";

test("what prom-client writes is read back, odd labels and all", async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "calls_total", help: "Calls.", labelNames: ["route"], registers }).inc(
    { route: 'a "b" \\ {c="d"},\n#' },
    3,
  );
  new Gauge({ name: "lag", help: "H.", registers }).set(-1.5e-7);
  const took = new Histogram({
    name: "took_seconds",
    help: "H.",
    labelNames: ["m"],
    buckets: [0.1, 1],
    registers,
  });
  for (const seconds of [0.05, 0.1, 0.5, 7]) took.observe({ m: "x" }, seconds);
  new Summary({ name: "size", help: "H.", percentiles: [0.5], registers }).observe(4);
  const { families, dropped } = readExposition(await registry.metrics(), 1_000);
  expect(dropped).toBe(0);
  expect(families).toEqual([
    {
      kind: "counter",
      name: "calls_total",
      help: "Calls.",
      samples: [{ labels: { route: 'a "b" \\ {c="d"},\n#' }, value: 3 }],
    },
    { kind: "gauge", name: "lag", help: "H.", samples: [{ labels: {}, value: -1.5e-7 }] },
    {
      kind: "histogram",
      name: "took_seconds",
      help: "H.",
      samples: [{ labels: { m: "x" }, count: 4, sum: 7.65, bounds: [0.1, 1], buckets: [2, 1, 1] }],
    },
    { kind: "gauge", name: "size", help: "H.", samples: [{ labels: { quantile: "0.5" }, value: 4 }] },
    { kind: "counter", name: "size_sum", help: "", samples: [{ labels: {}, value: 4 }] },
    { kind: "counter", name: "size_count", help: "", samples: [{ labels: {}, value: 1 }] },
  ]);
});

test("no more samples are taken than may be, and the rest is counted", () => {
  const text = Array.from({ length: 10 }, (_, index) => `a{i="${index}"} 1`).join("\n");
  const { families, dropped } = readExposition(text, 4);
  expect([families[0]?.samples.length, dropped]).toEqual([4, 6]);
});

test("what is no number is left out, and times and examples are passed over", () => {
  const text = [
    "# TYPE a gauge",
    "a 1 1700000000000",
    "# TYPE b gauge",
    "b NaN",
    "b Nan",
    "b -Inf",
    "# TYPE c counter",
    'c_total{x="1"} 2 # {trace_id="t"} 0.5',
    "# EOF",
  ].join("\n");
  expect(readExposition(text, 10).families.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "gauge a",
    "counter c_total",
  ]);
});

test("a histogram that contradicts itself is left out", () => {
  const text = ["# TYPE h histogram", 'h_bucket{le="1"} 5', 'h_bucket{le="+Inf"} 3', "h_sum 1", "h_count 3"];
  expect(readExposition(text.join("\n"), 10).families).toEqual([]);
});

test.each(["<html>", "a{b=1} 2", 'a{b="1" 2', "a", "a one", 'a{b="\\"} 1'])(
  "%j is refused with its line",
  (line) => {
    expect(() => readExposition(`ok 1\n${line}`, 10)).toThrow(/line 2/);
  },
);
