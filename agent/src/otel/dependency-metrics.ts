import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import type { TelemetrySource } from "../agent/telemetry-source.ts";
import type { TakenLog } from "../breaker/call-log.ts";
import { type DependencySeries, DURATION_BOUNDS, type OutcomeFigures } from "../dependencies/index.ts";
import { CALL_LOG_BREAKER, CALL_LOG_METRIC, CALL_LOG_TEXT } from "../protocol/index.ts";

export const DURATION_METRIC = "leverframe.client.duration";
export const CALLS_METRIC = "leverframe.client.calls";
const SECOND_MS = 1_000;

/** What was told of a series last. */
interface Before {
  readonly count: number;
  readonly sumSeconds: number;
  readonly buckets: Float64Array;
}

/** One period's figures, and about how many bytes they take. */
export interface Period {
  readonly metrics: ResourceMetrics;
  readonly bytes: number;
}

const POINT_BYTES = 300;
const SECOND_BYTES = 160;

/**
 * Reads what was called since it was last asked, sampled or not, as OTLP delta metrics: `leverframe.client.duration`, a
 * histogram in seconds, `leverframe.client.calls`, how many calls ended in each second, and `leverframe.breaker.calls`, what each
 * breaker saw, call by call.
 */
export class DependencyMetrics {
  readonly #source: TelemetrySource;
  readonly #resource: Resource;
  readonly #scope: { readonly name: string; readonly version: string };
  readonly #told = new WeakMap<OutcomeFigures, Before>();
  #fromMs: number;

  constructor(source: TelemetrySource, resource: Resource, version: string) {
    this.#source = source;
    this.#resource = resource;
    this.#scope = { name: "@leverframe/agent", version };
    this.#fromMs = Date.now();
    // What was called before is nobody's news.
    for (const { figures } of source.dependencies) for (const known of figures.values()) this.#since(known);
    source.dependencies.turn();
    source.recording.begin(this.#fromMs - source.now());
  }

  /** The period that ends now; undefined where nothing was called. Wall time that jumps back ends no period before it began. */
  next(nowMs: number): Period | undefined {
    const span = { fromMs: this.#fromMs, toMs: Math.max(nowMs, this.#fromMs + 1) };
    const durations: DataPoint<Histogram>[] = [];
    const calls: DataPoint<number>[] = [];
    for (const series of this.#source.dependencies) {
      for (const [outcome, figures] of series.figures) {
        const attributes = { ...this.#attributesOf(series), "leverframe.outcome": outcome };
        const value = this.#since(figures);
        if (value === undefined) continue;
        durations.push({ startTime: time(span.fromMs), endTime: time(span.toMs), attributes, value });
        calls.push(...bySecond(figures, span, attributes));
      }
    }
    this.#source.dependencies.turn();
    this.#fromMs = span.toMs;
    const logs = this.#source.recording.take(this.#source.now());
    if (durations.length === 0 && logs.length === 0) return undefined;
    const text = logs.reduce((sum, log) => sum + log.text.length + SECOND_BYTES, 0);
    const bytes = durations.length * POINT_BYTES + calls.length * SECOND_BYTES + text;
    return { metrics: this.#metrics(durations, calls, logged(logs, span)), bytes };
  }

  /** Nothing is recorded for it any more. */
  close(): void {
    this.#source.recording.end();
  }

  #attributesOf({ peer: { name, kind, operation } }: DependencySeries): Attributes {
    return {
      "peer.service": name,
      "leverframe.peer.kind": kind ?? (this.#source.follows(name) ? "service" : "external"),
      "leverframe.operation": operation,
    };
  }

  #since(figures: OutcomeFigures): Histogram | undefined {
    const before = this.#told.get(figures);
    const { count, sumSeconds, buckets } = figures;
    if (count === (before?.count ?? 0)) return undefined;
    const counts = Array.from(buckets, (value, index) => value - (before?.buckets[index] ?? 0));
    this.#told.set(figures, { count, sumSeconds, buckets: buckets.slice() });
    return {
      buckets: { boundaries: [...DURATION_BOUNDS], counts },
      sum: Math.max(0, sumSeconds - (before?.sumSeconds ?? 0)),
      count: count - (before?.count ?? 0),
    };
  }

  #metrics(
    durations: DataPoint<Histogram>[],
    calls: DataPoint<number>[],
    logs: DataPoint<number>[],
  ): ResourceMetrics {
    const all: MetricData[] = [
      {
        descriptor: {
          name: DURATION_METRIC,
          description: "How long calls to others took, sampled or not, attempt by attempt.",
          unit: "s",
          valueType: ValueType.DOUBLE,
        },
        aggregationTemporality: AggregationTemporality.DELTA,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: durations,
      },
      {
        descriptor: {
          name: CALLS_METRIC,
          description: "Calls to others that ended, second by second.",
          unit: "{call}",
          valueType: ValueType.INT,
        },
        aggregationTemporality: AggregationTemporality.DELTA,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: calls,
      },
      {
        descriptor: {
          name: CALL_LOG_METRIC,
          description: "What breakers saw, call by call: their number, and each in `leverframe.calls`.",
          unit: "{call}",
          valueType: ValueType.INT,
        },
        aggregationTemporality: AggregationTemporality.DELTA,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: logs,
      },
    ];
    const metrics = all.filter(({ dataPoints }) => dataPoints.length > 0);
    return { resource: this.#resource, scopeMetrics: [{ scope: this.#scope, metrics }] };
  }
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const logged = (logs: readonly TakenLog[], { fromMs, toMs }: Span): DataPoint<number>[] =>
  logs.map(({ name, calls, text }) => ({
    startTime: time(fromMs),
    endTime: time(toMs),
    attributes: { [CALL_LOG_BREAKER]: name, [CALL_LOG_TEXT]: text },
    value: calls,
  }));

function* bySecond(
  { seconds }: OutcomeFigures,
  { fromMs, toMs }: Span,
  attributes: Attributes,
): Iterable<DataPoint<number>> {
  for (const [second, value] of seconds.entries()) {
    if (value === 0) continue;
    const beganMs = Math.min(fromMs + second * SECOND_MS, toMs - 1);
    const endedMs = Math.min(beganMs + SECOND_MS, toMs);
    yield { startTime: time(beganMs), endTime: time(endedMs), attributes, value };
  }
}

const time = (ms: number): HrTime => millisToHrTime(ms);
