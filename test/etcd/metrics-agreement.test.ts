import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Figure, Labels } from "../../src/domain/metrics/query.ts";
import { type MetricsRows, rowsOf } from "../../src/domain/metrics/rows.ts";
import type { MetricsReader } from "../../src/features/metrics/metrics-reader.ts";
import { createPrometheusReader } from "../../src/features/metrics/prometheus-reader.ts";
import { createStoreReader } from "../../src/features/metrics/store-reader.ts";
import { createAskPrometheus } from "../../src/infra/prometheus/ask-prometheus.ts";
import { ClickHouseStore } from "../../src/infra/telemetry/clickhouse-store.ts";
import { ClickHouseServer } from "../support/clickhouse-server.ts";
import { eventually } from "../support/eventually.ts";
import { PrometheusServer } from "../support/prometheus-server.ts";

/**
 * Guarantee: the same samples give the same figures, whether ClickHouse or Prometheus is asked. Random histories with
 * restarts, gaps and late comers; every kind of figure, several windows; equal to a part in a billion.
 */
const ENV = "prod";
/** Two hours ago at the end, at a moment that no sample and no window shares. */
const END_MS = Math.floor(Date.now() / 60_000) * 60_000 - 7_200_000;
const START_MS = END_MS - 900_000;
const SEED = 20_261_123;
const BOUNDS = [0.01, 0.05, 0.1, 0.5];

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

interface History {
  readonly rows: { readonly [Table in keyof MetricsRows]: object[] };
  readonly text: string;
}

/** What two services of two instances tell about each 5 s; some restart, one comes late, one is silent for a while. */
function history(): History {
  const random = randomOf(SEED);
  const rows: { [Table in keyof MetricsRows]: object[] } = {
    otel_metrics_sum: [],
    otel_metrics_gauge: [],
    otel_metrics_histogram: [],
  };
  const lines = new Map<string, string[]>();
  const say = (name: string, labels: Record<string, string>, value: number, atMs: number): void => {
    const text = Object.entries(labels).map(([label, of]) => `${label}=${JSON.stringify(of)}`);
    lines.set(name, [...(lines.get(name) ?? []), `${name}{${text.join(",")}} ${value} ${atMs / 1_000}`]);
  };
  for (const service of ["order", "pay-ment"]) {
    for (const instance of [`${service}-1`, `${service}-2`]) {
      const zone = instance.endsWith("1") ? "a" : "";
      const source = { env: ENV, service, instance, version: "1", zone };
      const target = { env: ENV, service, instance, ...(zone === "" ? {} : { zone }) };
      const late = random() < 0.5 ? random() * 300_000 : 0;
      const quietFrom = START_MS + random() * 600_000;
      const series = ["200", "404", "500"].flatMap((status) =>
        ["/a", '/b"\\'].map((route) => ({
          labels: { route, status },
          count: Math.floor(random() * 1_000),
          buckets: BOUNDS.map(() => 0).concat(0),
          sum: 0,
        })),
      );
      for (let atMs = START_MS + late + random() * 5_000; atMs < END_MS; atMs += 4_900 + random() * 200) {
        const at = Math.floor(atMs / 10) * 10 + 7;
        if (at > quietFrom && at < quietFrom + 90_000) continue;
        const restarted = random() < 0.01;
        for (const one of series) {
          if (restarted) Object.assign(one, { count: 0, buckets: BOUNDS.map(() => 0).concat(0), sum: 0 });
          const more = Math.floor(random() * 20);
          one.count += more;
          one.sum += more * random();
          for (let each = 0; each < more; each += 1) {
            const bucket = Math.floor(random() * one.buckets.length);
            one.buckets[bucket] = (one.buckets[bucket] ?? 0) + 1;
          }
          say("http_requests_total", { ...target, ...one.labels }, one.count, at);
          const total = one.buckets.reduce((sum, count) => sum + count, 0);
          let cumulative = 0;
          for (const [index, bound] of BOUNDS.entries()) {
            cumulative += one.buckets[index] ?? 0;
            say("took_seconds_bucket", { ...target, ...one.labels, le: String(bound) }, cumulative, at);
          }
          say("took_seconds_bucket", { ...target, ...one.labels, le: "+Inf" }, total, at);
          say("took_seconds_count", { ...target, ...one.labels }, total, at);
          say("took_seconds_sum", { ...target, ...one.labels }, one.sum, at);
        }
        const lag = random() * 10;
        say("lag_seconds", target, lag, at);
        const exposed = rowsOf(
          source,
          {
            dropped: 0,
            families: [
              {
                kind: "counter",
                name: "http_requests_total",
                help: "",
                samples: series.map(({ labels, count }) => ({ labels, value: count })),
              },
              {
                kind: "histogram",
                name: "took_seconds",
                help: "",
                samples: series.map(({ labels, buckets, sum }) => ({
                  labels,
                  sum,
                  count: buckets.reduce((all, count) => all + count, 0),
                  bounds: BOUNDS,
                  buckets: [...buckets],
                })),
              },
              { kind: "gauge", name: "lag_seconds", help: "", samples: [{ labels: {}, value: lag }] },
            ],
          },
          at,
        );
        for (const table of Object.keys(rows) as (keyof MetricsRows)[]) rows[table].push(...exposed[table]);
      }
    }
  }
  return { rows, text: `${[...lines.values()].flat().join("\n")}\n# EOF\n` };
}

const rate = (metric: string, where?: Labels): Figure => ({ kind: "rate", metric, where });
const FIGURES: Readonly<Record<string, Figure>> = {
  "a counter": rate("http_requests_total"),
  "a counter under conditions": rate("http_requests_total", {
    status: { matches: "4..|5.." },
    zone: { not: "" },
  }),
  "a histogram's count": rate("took_seconds_count"),
  "a histogram's sum": rate("took_seconds_sum", { route: { is: '/b"\\' } }),
  p50: { kind: "quantile", q: 0.5, metric: "took_seconds" },
  p99: { kind: "quantile", q: 0.99, metric: "took_seconds" },
  "a share": {
    kind: "ratio",
    of: rate("http_requests_total", { status: { is: "500" } }),
    to: rate("http_requests_total"),
  },
  "a share of nothing": {
    kind: "ratio",
    of: rate("http_requests_total", { status: { is: "599" } }),
    to: rate("http_requests_total"),
  },
  "a mean": { kind: "ratio", of: rate("took_seconds_sum"), to: rate("took_seconds_count") },
  ...Object.fromEntries(
    (["avg", "max", "min", "sum"] as const).map((by) => [
      `a gauge's ${by}`,
      { kind: "gauge", metric: "lag_seconds", by } as const,
    ]),
  ),
};

let clickhouse: ClickHouseServer;
let prometheus: PrometheusServer;
let store: ClickHouseStore;
let readers: { readonly ours: MetricsReader; readonly theirs: MetricsReader };
beforeAll(async () => {
  const { rows, text } = history();
  clickhouse = await ClickHouseServer.start();
  store = new ClickHouseStore(pino({ level: "silent" }));
  store.use(clickhouse.url);
  await eventually(
    () => store.unavailable,
    (why) => why === undefined,
    30_000,
  );
  for (const [table, all] of Object.entries(rows)) await store.insert(table, all, { deadlineMs: 30_000 });
  prometheus = await PrometheusServer.start({ scrape_configs: [] }, text);
  readers = {
    ours: createStoreReader(store),
    theirs: createPrometheusReader(createAskPrometheus(prometheus.url)),
  };
}, 90_000);
afterAll(async () => {
  store.away("the test is over");
  await clickhouse[Symbol.asyncDispose]();
  await prometheus[Symbol.asyncDispose]();
});

/** Points by labels and moment, in ten digits. */
async function told(reader: MetricsReader, figure: Figure, by: readonly string[], windowMs: number) {
  const span = { fromMs: START_MS - 60_000, toMs: END_MS + 120_000, stepMs: 30_000, windowMs };
  const series = await reader.range({ env: ENV, figure, by }, span);
  return Object.fromEntries(
    series.flatMap(({ labels, points }) =>
      points.map(([atMs, value]) => [
        `${by.map((name) => labels[name]).join(" ")} ${atMs - START_MS}`,
        Number(value.toPrecision(9)),
      ]),
    ),
  );
}

describe("the same figure of the same samples", () => {
  test.each(Object.keys(FIGURES))("%s", async (name) => {
    const figure = FIGURES[name] ?? rate("nothing");
    let points = 0;
    for (const by of [[], ["service"], ["instance", "zone"]] as const) {
      for (const windowMs of [15_000, 60_000, 300_000]) {
        const [ours, theirs] = await Promise.all([
          told(readers.ours, figure, by, windowMs),
          told(readers.theirs, figure, by, windowMs),
        ]);
        expect(ours, `by ${by.join()} over ${windowMs} ms, seed ${SEED}`).toEqual(theirs);
        points += Object.keys(ours).length;
      }
    }
    expect(points).toBeGreaterThan(300);
  });

  test("at a moment", async () => {
    for (const figure of Object.values(FIGURES)) {
      const asked = [
        { env: ENV, figure, by: ["service"], where: { service: { matches: "pay-ment|x" } } },
        { atMs: START_MS + 500_003, windowMs: 120_000 },
      ] as const;
      const [ours, theirs] = await Promise.all([
        readers.ours.instant(...asked),
        readers.theirs.instant(...asked),
      ]);
      expect(ours).toHaveLength(1);
      expect(ours[0]?.labels).toEqual(theirs[0]?.labels);
      expect(ours[0]?.value).toBeCloseTo(theirs[0]?.value ?? Number.NaN, 9);
    }
  });
});

describe("what can't be asked", () => {
  test.each(["x y", 'a"} or up{', "", "a'b"])("a metric named %j is refused by both", async (metric) => {
    for (const reader of Object.values(readers))
      await expect(
        reader.instant({ env: ENV, figure: rate(metric), by: [] }, { atMs: END_MS, windowMs: 60_000 }),
      ).rejects.toMatchObject({ code: "INVALID" });
  });

  test("values are never part of a query's text", async () => {
    const where = {
      service: { is: `order"} or up{a="` },
      route: { is: "'; DROP TABLE otel_metrics_sum; --" },
    };
    for (const reader of Object.values(readers))
      await expect(
        reader.instant(
          { env: ENV, figure: rate("http_requests_total"), by: ["service"], where },
          { atMs: END_MS, windowMs: 60_000 },
        ),
      ).resolves.toEqual([]);
  });
});
