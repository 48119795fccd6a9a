import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { type ReadableSpan, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Agent } from "../agent/agent.ts";
import type { TelemetrySource } from "../agent/telemetry-source.ts";
import { reasonOf } from "../logger.ts";
import { activeTracer, useTracer } from "../tracing/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { stampDegradations } from "./degradations.ts";
import { DependencyMetrics } from "./dependency-metrics.ts";
import { ExportQueue } from "./export-queue.ts";
import { LiveSampler } from "./live-sampler.ts";
import { countMessages } from "./messages.ts";
import { settingsFor, type TelemetryOptions, type TelemetrySettings } from "./options.ts";
import { OtelTracer } from "./otel-tracer.ts";
import { Redaction } from "./redaction.ts";
import { MOST_OWN_ATTRIBUTES, SpanKeeper } from "./span-keeper.ts";
import { registerTelemetry } from "./telemetry-metrics.ts";

/** Telemetry that runs. */
export interface Telemetry {
  /** Delivers what waits, for `deadlineMs` at most (default 3,000). Never rejects. */
  flush(deadlineMs?: number): Promise<void>;
  /** Delivers what waits, for `deadlineMs` at most (default 3,000), then stops: no timer and no socket of it is left. Never rejects. */
  close(deadlineMs?: number): Promise<void>;
}

const CLOSE_MS = 3_000;
const BATCH_SPANS = 512;
const MOST_SPANS = 16_384;
const EXPORT_MS = 10_000;
/** Periods that wait while nobody takes them: ten minutes of them. */
const MOST_PERIODS = 120;
const PERIODS_BYTES = 8 * 1_048_576;
const PERIOD_TRIES = 5;
const PAUSE_MS = 1_000;
const VALUE_LENGTH = 1_024;
const MOST_EVENTS = 32;

type Stop = () => void;

/**
 * Starts OpenTelemetry's SDK for this process: traces and the figures of its calls go out by OTLP/HTTP (protobuf). From then
 * on the agent's adapters and calls make spans, and carry their trace on (W3C Trace Context). One a process: throws where
 * one runs, or another SDK is registered (hand that one in as `provider`), and a `TypeError` on invalid options. With
 * `OTEL_SDK_DISABLED=true` nothing is started. See `docs/tracing.md`.
 */
export function startTelemetry(
  agent: Pick<Agent, "telemetry" | "metrics">,
  options: TelemetryOptions = {},
): Telemetry {
  const settings = settingsFor(options);
  if (process.env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return NOTHING;
  if (activeTracer() !== undefined) throw new Error("telemetry runs in this process already: close it first");
  const source = agent.telemetry;
  const resource = resourceOf(source, settings);
  const { provider } = options;
  if (provider !== undefined) {
    const stop = useTracing(
      new OtelTracer(provider.getTracer("@leverframe/agent", AGENT_VERSION), true),
      source,
    );
    return new Running(source, undefined, tellCalls(source, resource, settings), [stop]);
  }
  const sampling = source.sampling(settings.sampling, { rateBp: settings.rateBp });
  const sampler = new LiveSampler({
    spec: () => sampling.spec ?? { rateBp: settings.rateBp },
    recordAll: settings.slowMs !== false,
  });
  sampling.count = () => sampler.decided;
  const spans = spanQueue(source, settings);
  const redaction = new Redaction(settings.redact as TelemetryOptions["redact"]);
  const keeper = new SpanKeeper({
    source,
    redaction,
    keep: settings.slowMs === false ? undefined : { slowMs: settings.slowMs },
    out: (span, bytes) => spans.add(span, bytes),
  });
  const own = new TracerProvider({
    resource,
    sampler,
    spanProcessors: [keeper],
    spanLimits: {
      attributeCountLimit: MOST_OWN_ATTRIBUTES,
      attributeValueLengthLimit: VALUE_LENGTH,
      eventCountLimit: MOST_EVENTS,
      linkCountLimit: MOST_EVENTS,
      attributePerEventCountLimit: MOST_EVENTS,
      attributePerLinkCountLimit: MOST_EVENTS,
    },
  });
  const stops = [
    register(own),
    useTracing(
      new OtelTracer(own.getTracer("@leverframe/agent", AGENT_VERSION), settings.slowMs !== false),
      source,
    ),
  ];
  const calls = tellCalls(source, resource, settings);
  stops.push(registerTelemetry(agent.metrics, { spans, keeper, redaction, calls: calls.queue }));
  return new Running(source, spans, calls, [...stops, () => void keeper.shutdown()]);
}

const NOTHING: Telemetry = { flush: async () => undefined, close: async () => undefined };

/** The instance, as every row of its telemetry names it. */
function resourceOf(source: TelemetrySource, { resource }: TelemetrySettings): Resource {
  const fromEnvironment = detectResources({ detectors: [envDetector] });
  return defaultResource()
    .merge(fromEnvironment)
    .merge(
      resourceFromAttributes({
        ...resource,
        "service.name": source.service,
        "service.instance.id": source.instance,
        "service.version": source.version,
        "deployment.environment.name": source.env,
        "cloud.availability_zone": source.zone,
        "telemetry.distro.name": "leverframe",
        "telemetry.distro.version": AGENT_VERSION,
        // Who is called is told by `leverframe.client.duration`: spans need not be counted for it.
        "leverframe.edges": "metrics",
      }),
    );
}

const exporterOptions = ({ endpoint, headers }: TelemetrySettings, path: string) => ({
  ...(endpoint === undefined ? {} : { url: `${endpoint.replace(/\/+$/, "")}/${path}` }),
  ...(headers === undefined ? {} : { headers: { ...headers } }),
  timeoutMillis: EXPORT_MS,
});

const spanQueue = (source: TelemetrySource, settings: TelemetrySettings) =>
  new ExportQueue<ReadableSpan, ReadableSpan[]>({
    exporter: new OTLPTraceExporter(exporterOptions(settings, "v1/traces")),
    toBatch: (items) => [...items],
    batchItems: BATCH_SPANS,
    mostItems: MOST_SPANS,
    mostBytes: settings.mostQueuedBytes,
    delayMs: settings.exportEveryMs,
    again: 0,
    pauseMs: 0,
    logger: source.logger,
  });

/** Tells what was called, every 5 s. */
function tellCalls(source: TelemetrySource, resource: Resource, settings: TelemetrySettings) {
  const metrics = new DependencyMetrics(source, resource, AGENT_VERSION);
  const queue = new ExportQueue<ResourceMetrics, ResourceMetrics>({
    exporter: new OTLPMetricExporter(exporterOptions(settings, "v1/metrics")),
    toBatch: ([only]) => only ?? { resource, scopeMetrics: [] },
    batchItems: 1,
    mostItems: MOST_PERIODS,
    mostBytes: PERIODS_BYTES,
    delayMs: 0,
    again: PERIOD_TRIES,
    pauseMs: PAUSE_MS,
    logger: source.logger,
  });
  const tell = (): void => {
    const period = metrics.next(Date.now());
    if (period !== undefined) queue.add(period.metrics, period.bytes);
  };
  const timer = setInterval(tell, settings.metricsEveryMs);
  timer.unref();
  return { queue, tell, stop: () => clearInterval(timer), close: () => metrics.close() };
}

function useTracing(tracer: OtelTracer, source: TelemetrySource): Stop {
  const stops = [useTracer(tracer), stampDegradations(tracer), countMessages(source.dependencies)];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Makes it the process's own, so that other instrumentations' spans join. Throws where another SDK is. */
function register(provider: TracerProvider): Stop {
  const manager = new AsyncLocalStorageContextManager().enable();
  const propagator = new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  });
  const taken: Stop[] = [];
  const stop = (): void => {
    for (const undo of taken) undo();
    manager.disable();
  };
  const steps: readonly (readonly [boolean, Stop])[] = [
    [trace.setGlobalTracerProvider(provider), () => trace.disable()],
    [context.setGlobalContextManager(manager), () => context.disable()],
    [propagation.setGlobalPropagator(propagator), () => propagation.disable()],
  ];
  for (const [done, undo] of steps) if (done) taken.push(undo);
  if (taken.length === steps.length) return stop;
  stop();
  throw new Error("another OpenTelemetry SDK runs in this process: hand its provider in as `provider`");
}

class Running implements Telemetry {
  readonly #source: TelemetrySource;
  readonly #spans: ExportQueue<ReadableSpan, ReadableSpan[]> | undefined;
  readonly #calls: ReturnType<typeof tellCalls>;
  readonly #stops: readonly Stop[];
  #closing: Promise<void> | undefined;

  constructor(
    source: TelemetrySource,
    spans: ExportQueue<ReadableSpan, ReadableSpan[]> | undefined,
    calls: ReturnType<typeof tellCalls>,
    stops: readonly Stop[],
  ) {
    this.#source = source;
    this.#spans = spans;
    this.#calls = calls;
    this.#stops = stops;
  }

  async flush(deadlineMs: number = CLOSE_MS): Promise<void> {
    this.#calls.tell();
    await Promise.all([this.#spans?.flush(deadlineMs), this.#calls.queue.flush(deadlineMs)]);
  }

  close(deadlineMs: number = CLOSE_MS): Promise<void> {
    this.#closing ??= this.#end(deadlineMs).catch((error: unknown) => {
      this.#source.logger.error({ reason: reasonOf(error) }, "telemetry did not stop as it should");
    });
    return this.#closing;
  }

  async #end(deadlineMs: number): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#calls.stop();
    this.#calls.tell();
    this.#calls.close();
    await Promise.all([this.#spans?.close(deadlineMs), this.#calls.queue.close(deadlineMs)]);
  }
}
