import { readExposition } from "../../domain/metrics/exposition.ts";
import {
  type MetricsTable,
  momentOf,
  resourceOf,
  rowsOf,
  type SampleSource,
} from "../../domain/metrics/rows.ts";
import type { TelemetryStore } from "../telemetry/store.ts";

/** A registered instance that exposes metrics. */
export interface ScrapeTarget extends SampleSource {
  /** `host:port` of `/metrics`. */
  readonly address: string;
}

/** How the last scrape of a target went. */
export interface TargetHealth {
  readonly target: ScrapeTarget;
  readonly atMs: number;
  readonly tookMs: number;
  /** Undefined where it went well; else what went wrong, in words for people. */
  readonly fault: string | undefined;
}

export interface ScraperOptions {
  /** Whom this process scrapes now: those of the environments that it leads. */
  readonly targets: () => readonly ScrapeTarget[];
  /** The text of a target's `/metrics`. Rejects with a reason for people: bounded in time and bytes, in allowed networks only. */
  readonly fetch: (address: string, signal: AbortSignal) => Promise<string>;
  readonly store: Pick<TelemetryStore, "insert">;
  /** Wall time, ms. */
  readonly nowMs: () => number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly onProblem: (error: unknown) => void;
  /** Between two scrapes of a target, ms. */
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;
/** Parts of the interval: targets are spread over it, and each comes a little early or late. What is left is for slow ones. */
const SPREAD = 0.8;
const JITTER = 0.02;
const AT_ONCE = 16;
const SAMPLES_A_SCRAPE = 5_000;
const FLUSH_EVERY_MS = 2_500;
const FLUSH_ROWS = 20_000;
/** Rows that wait for the store; scrapes are left out beyond. About 1 KB each. */
const MOST_ROWS = 60_000;
const INSERT_DEADLINE_MS = 10_000;
const TABLES: readonly MetricsTable[] = ["otel_metrics_sum", "otel_metrics_gauge", "otel_metrics_histogram"];

/**
 * Scrapes every target each 5 s at a moment of its own (with a jitter of 2 %), 16 at once, and stores what it got, with `up` (1 or 0)
 * as Prometheus has it. A target that is still being scraped is left out of the next round; while the store takes
 * nothing, at most 60,000 rows wait and all beyond is dropped, and counted.
 */
export class Scraper {
  readonly #options: ScraperOptions;
  readonly #waiting: Record<MetricsTable, object[]> = {
    otel_metrics_sum: [],
    otel_metrics_gauge: [],
    otel_metrics_histogram: [],
  };
  readonly #health = new Map<string, TargetHealth>();
  readonly #due: (() => Promise<void>)[] = [];
  readonly #busy = new Set<string>();
  readonly #starts = new Set<NodeJS.Timeout>();
  /** When in the interval a target is scraped: always at the same part of it, so that its samples lie evenly. */
  readonly #phases = new Map<string, number>();
  readonly #ended = new AbortController();
  #running = 0;
  #flushing = false;
  #round: NodeJS.Timeout | undefined;
  #flusher: NodeJS.Timeout | undefined;
  /** Rows and samples that were not stored, since the start. */
  dropped = 0;
  /** Rows stored since the start. */
  stored = 0;

  constructor(options: ScraperOptions) {
    this.#options = options;
  }

  start(): void {
    const everyMs = this.#options.everyMs ?? EVERY_MS;
    this.#round ??= setInterval(() => this.#begin(everyMs), everyMs).unref();
    this.#flusher ??= setInterval(() => void this.#flush(), Math.min(FLUSH_EVERY_MS, everyMs)).unref();
    this.#begin(everyMs);
  }

  close(): void {
    clearInterval(this.#round);
    clearInterval(this.#flusher);
    for (const start of this.#starts) clearTimeout(start);
    this.#due.length = 0;
    this.#ended.abort(new Error("stopped"));
  }

  /** Of those who are targets now. */
  health(): readonly TargetHealth[] {
    return [...this.#health.values()];
  }

  #begin(everyMs: number): void {
    const targets = this.#options.targets();
    const standing = new Set(targets.map(nameOf));
    for (const known of [this.#health, this.#phases])
      for (const name of known.keys()) if (!standing.has(name)) known.delete(name);
    for (const target of targets) {
      const phase = this.#phases.get(nameOf(target)) ?? this.#options.random();
      this.#phases.set(nameOf(target), phase);
      const start = setTimeout(
        () => {
          this.#starts.delete(start);
          this.#queue(target);
        },
        (phase * SPREAD + this.#options.random() * JITTER) * everyMs,
      ).unref();
      this.#starts.add(start);
    }
  }

  #queue(target: ScrapeTarget): void {
    const name = nameOf(target);
    if (this.#busy.has(name)) return;
    this.#busy.add(name);
    this.#due.push(async () => {
      try {
        await this.#scrape(target);
      } catch (error) {
        this.#options.onProblem(error);
      } finally {
        this.#busy.delete(name);
      }
    });
    this.#pump();
  }

  #pump(): void {
    while (this.#running < AT_ONCE) {
      const work = this.#due.shift();
      if (work === undefined) return;
      this.#running += 1;
      void work().finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }

  async #scrape(target: ScrapeTarget): Promise<void> {
    const atMs = this.#options.nowMs();
    let fault: string | undefined;
    try {
      const text = await this.#options.fetch(target.address, this.#ended.signal);
      const exposition = readExposition(text, SAMPLES_A_SCRAPE);
      if (exposition.dropped > 0) {
        this.dropped += exposition.dropped;
        fault = `It exposes ${exposition.dropped} samples more than the ${SAMPLES_A_SCRAPE} that are taken.`;
      }
      const rows = rowsOf(target, exposition, atMs);
      for (const table of TABLES) this.#keep(table, rows[table]);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      fault = error instanceof Error ? error.message : String(error);
    }
    const tookMs = Math.max(0, this.#options.nowMs() - atMs);
    this.#health.set(nameOf(target), { target, atMs, tookMs, fault });
    this.#keep("otel_metrics_gauge", [
      gauge(target, "up", fault === undefined ? 1 : 0, atMs),
      gauge(target, "scrape_duration_seconds", tookMs / 1_000, atMs),
    ]);
    if (this.#rows >= FLUSH_ROWS) void this.#flush();
  }

  get #rows(): number {
    return TABLES.reduce((sum, table) => sum + this.#waiting[table].length, 0);
  }

  #keep(table: MetricsTable, rows: readonly object[]): void {
    if (this.#rows + rows.length > MOST_ROWS) {
      this.dropped += rows.length;
      return;
    }
    for (const row of rows) this.#waiting[table].push(row);
  }

  /** One batch a table at a time; what the store did not take is dropped: the next scrape brings newer totals. */
  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (const table of TABLES) {
        const rows = this.#waiting[table].splice(0, FLUSH_ROWS);
        if (rows.length === 0) continue;
        try {
          await this.#options.store.insert(table, rows, { deadlineMs: INSERT_DEADLINE_MS });
          this.stored += rows.length;
        } catch (error) {
          this.dropped += rows.length;
          this.#options.onProblem(error);
        }
      }
    } finally {
      this.#flushing = false;
    }
  }
}

const nameOf = ({ env, service, instance }: ScrapeTarget): string => `${env}/${service}/${instance}`;

const gauge = (target: ScrapeTarget, name: string, value: number, atMs: number): object => ({
  ResourceAttributes: resourceOf(target),
  ServiceName: target.service,
  MetricName: name,
  TimeUnix: momentOf(atMs),
  Attributes: {},
  Value: value,
});
