import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTraceReader } from "../../src/features/traces/store-reader.ts";
import { createLog } from "../../src/infra/log.ts";
import { ClickHouseStore } from "../../src/infra/telemetry/clickhouse-store.ts";
import { createEdgeReader } from "../../src/infra/telemetry/edge-reader.ts";
import { startStoreProcess } from "../../src/infra/telemetry/store-process.ts";
import { usageOf } from "./support/otlp-load.ts";
import { SPANS_AN_HOUR, SpanMill } from "./support/span-mill.ts";

/**
 * What questions to the store cost, first on 5 million spans of an hour, then on twice as many of two hours, through the
 * very readers that pages ask: each question at the 50th and the 95th of a hundred, with how it grew. The store has its usual gigabyte,
 * half of the processors, and is niced. Everything is asked once before it is measured, as a page that was just opened
 * has been; no question is asked twice.
 */
const ENV = "bench";
const HOUR_MS = 3_600_000;
const AIMS = {
  "trace by id": 50,
  "filtered search": 150,
  "graph of an hour": 200,
  percentiles: 250,
} as const;
type Question = keyof typeof AIMS;
const TURNS: Readonly<Record<Question, number>> = {
  "trace by id": 200,
  "filtered search": 96,
  "graph of an hour": 30,
  percentiles: 30,
};
const write = (line: string): void => void process.stdout.write(`${line}\n`);

const dir = await mkdtemp(path.join(tmpdir(), "leverframe-bench-traces-"));
const log = createLog("warn", "bench");
const store = new ClickHouseStore(log);
let url = "";
const beside = startStoreProcess({
  file: path.resolve("dist/telemetry-store.mjs"),
  dir,
  memoryBytes: 1024 ** 3,
  onUrl(now, why) {
    url = now ?? "";
    if (now === undefined) store.away(why);
    else store.use(now);
  },
  log,
});
while (store.unavailable !== undefined) await sleep(50);
const traces = createTraceReader(store);
const edges = createEdgeReader(store);
const endMs = Math.floor(Date.now() / 60_000) * 60_000;
const mill = new SpanMill({ url, env: ENV, endMs });

/** One question, a different one at each turn. */
const ask: Readonly<Record<Question, (turn: number) => Promise<unknown>>> = {
  "trace by id": (turn) => traces.trace(ENV, mill.traceId((turn * 7_919 + 13) % mill.traces)),
  "filtered search": (turn) => {
    const toMs = endMs - (turn % 7) * 60_000;
    const span = { env: ENV, fromMs: toMs - HOUR_MS, toMs };
    const service = `service-${(turn * 7) % 40}`;
    switch (turn % 6) {
      case 0:
        return traces.search({ ...span, service, leastMs: 200 + turn, order: "slowest" });
      case 1:
        return traces.search({ ...span, service, status: "error", order: "newest" });
      case 2:
        return traces.search({
          ...span,
          service,
          attributes: [{ key: "enduser.id", value: `user-${turn * 997}` }],
          order: "newest",
        });
      case 3:
        return traces.search({ ...span, service, lever: "switch/comments", order: "newest" });
      case 4:
        return traces.search({ ...span, service, operation: mill.operation(turn), order: "slowest" });
      default:
        return traces.search({ ...span, leastMs: 900 + turn, order: "slowest" });
    }
  },
  "graph of an hour": (turn) => {
    const toMs = endMs - (turn % 5) * 60_000;
    return edges.edges({ env: ENV, fromMs: toMs - HOUR_MS, toMs });
  },
  percentiles: (turn) => {
    const toMs = endMs - (turn % 5) * 60_000;
    return traces.percentiles({ env: ENV, fromMs: toMs - HOUR_MS, toMs });
  },
};

interface Figures {
  readonly p50: number;
  readonly p95: number;
}

async function measure(question: Question): Promise<Figures> {
  const took: number[] = [];
  for (let turn = 0; turn < 6; turn += 1) await ask[question](1_000 + turn);
  for (let turn = 0; turn < TURNS[question]; turn += 1) {
    const fromMs = performance.now();
    await ask[question](turn);
    took.push(performance.now() - fromMs);
  }
  took.sort((a, b) => a - b);
  const at = (part: number): number => took[Math.ceil(took.length * part) - 1] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

let missed = false;
let before: Readonly<Record<string, Figures>> = {};
for (const hours of [1, 2]) {
  const fromMs = performance.now();
  let peak = 0;
  await mill.grind(hours, async () => {
    peak = Math.max(peak, (await usageOf(beside.pid ?? 0)).residentMb);
  });
  const seconds = (performance.now() - fromMs) / 1_000;
  const [held] = await store.query<{ spans: number; bytes: number }>(
    `SELECT (SELECT count() FROM otel_traces) AS spans,
      (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table LIKE 'otel_traces%') AS bytes`,
    {},
    { deadlineMs: 60_000 },
  );
  const spans = held?.spans ?? 0;
  write(
    `     ${(spans / 1e6).toFixed(1)} million spans of ${hours === 1 ? "an hour" : `${hours} hours`} · ${((held?.bytes ?? 0) / 2 ** 20).toFixed(0)} MiB on disk ` +
      `(${((held?.bytes ?? 0) / spans).toFixed(0)} bytes a span) · ${(SPANS_AN_HOUR / seconds).toFixed(0)} spans a second in · store at most ${peak.toFixed(0)} MiB`,
  );
  const now: Record<string, Figures> = {};
  for (const question of Object.keys(AIMS) as Question[]) {
    const figures = await measure(question);
    now[question] = figures;
    const was = before[question];
    const missedNow = figures.p95 > AIMS[question];
    if (hours === 1) missed ||= missedNow;
    write(
      `${hours > 1 ? "    " : missedNow ? "MISS" : "ok  "} ${question.padEnd(17)} p50 ${figures.p50.toFixed(0).padStart(4)} ms · p95 ${figures.p95.toFixed(0).padStart(4)} ms (aim ${AIMS[question]})` +
        (was === undefined ? "" : ` · p50 ${(figures.p50 / was.p50).toFixed(2)} × of half as many`),
    );
  }
  before = now;
  write(`     store while asked: ${(await usageOf(beside.pid ?? 0)).residentMb.toFixed(0)} MiB resident`);
}
store.away("done");
await beside.stop();
await rm(dir, { recursive: true, force: true });
process.exit(missed ? 1 : 0);
