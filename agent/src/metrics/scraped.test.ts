import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { DependencyStats, MOST_DEPENDENCIES } from "../dependencies/index.ts";
import { MOST_SERIES, scrapedCounter, scrapedGauge } from "./scraped.ts";

const linesOf = async (registry: Registry): Promise<string[]> =>
  (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("a metric has 200 series, always the same ones; what is beyond is counted as other, and no gauge", async () => {
  const registry = new Registry();
  const names = Array.from({ length: MOST_SERIES + 50 }, (_, index) => `call-${index}`);
  const metric = { registry, help: "Test.", labelNames: ["name"] } as const;
  scrapedCounter({ ...metric, name: "calls_total" }, (add) => {
    for (const name of names) add({ name }, 2);
  });
  scrapedGauge({ ...metric, name: "calls_now" }, (set) => {
    for (const name of names) set({ name }, 3);
  });
  for (let scrape = 0; scrape < 2; scrape++) {
    const lines = await linesOf(registry);
    const counters = lines.filter((line) => line.startsWith("calls_total"));
    expect(counters).toHaveLength(MOST_SERIES + 1);
    expect(counters).toContain(`calls_total{name="call-${MOST_SERIES - 1}"} 2`);
    expect(counters).toContain('calls_total{name="other"} 100');
    expect(lines.filter((line) => line.startsWith("calls_now"))).toHaveLength(MOST_SERIES);
    // Whoever comes first another time changes nothing.
    names.reverse();
  }
});

test("dependencies beyond 200 are counted together, and none is lost", () => {
  const stats = new DependencyStats(() => 0);
  for (let index = 0; index < MOST_DEPENDENCIES + 30; index++)
    stats.series({ name: `d${index}`, kind: undefined, operation: "call" }).record("ok", 3);
  const all = [...stats];
  expect(all).toHaveLength(MOST_DEPENDENCIES + 1);
  expect(all.at(-1)?.peer.name).toBe("other");
  expect(all.reduce((sum, { figures }) => sum + (figures.get("ok")?.count ?? 0), 0)).toBe(
    MOST_DEPENDENCIES + 30,
  );
});

test("calls are told by the second in which they ended, anew in each period", () => {
  let nowMs = 5_400;
  const stats = new DependencyStats(() => nowMs);
  stats.turn();
  const series = stats.series({ name: "bank", kind: undefined, operation: "call" });
  series.record("ok", 1);
  nowMs += 2_100;
  series.record("ok", 1);
  series.record("ok", 1);
  expect([...(series.figures.get("ok")?.seconds.slice(0, 4) ?? [])]).toEqual([1, 0, 2, 0]);
  stats.turn();
  series.record("ok", 1);
  expect([...(series.figures.get("ok")?.seconds.slice(0, 4) ?? [])]).toEqual([1, 0, 0, 0]);
  expect(series.figures.get("ok")?.count).toBe(4);
});
