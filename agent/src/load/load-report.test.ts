import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CpuSampler } from "./cpu-sampler.ts";
import { readLoad, writeLoad } from "./load-report.ts";

describe("a load", () => {
  test("is read as it was written, to a thousandth", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1_000, noNaN: true }), (cpu) => {
        expect(readLoad(writeLoad(cpu))?.cpuUtilization).toBeCloseTo(cpu, 2);
      }),
    );
  });

  test.each([
    ["TEXT cpu_utilization=0.3", 0.3],
    ["TEXT mem_utilization=0.9, cpu_utilization=0.3", 0.3],
    ["TEXT cpu_utilization=1.25,rps_fractional=10", 1.25],
  ])("beside others is found in %j", (text, cpu) => {
    expect(readLoad(text)).toEqual({ cpuUtilization: cpu });
  });

  test.each([
    "",
    "TEXT",
    "JSON {}",
    "TEXT cpu_utilization=-1",
    "TEXT cpu_utilization=x",
    "TEXT x_cpu_utilization=1",
  ])("of %j is none", (text) => {
    expect(readLoad(text)).toBeUndefined();
  });

  test("of hostile text takes no time and throws nothing", () => {
    fc.assert(fc.property(fc.string({ maxLength: 5_000 }), (text) => void readLoad(`TEXT ${text}`)));
  });
});

test("a process that computes is busy, and its sampler stops", async () => {
  const sampler = new CpuSampler(20);
  const untilMs = performance.now() + 400;
  while (performance.now() < untilMs) {
    for (let turn = 0; turn < 1e5; turn++) Math.sqrt(turn);
    await new Promise((resolve) => setImmediate(resolve));
  }
  sampler.close();
  const { cpuUtilization } = sampler;
  expect(cpuUtilization).toBeGreaterThan(0.3);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(sampler.cpuUtilization).toBe(cpuUtilization);
});
