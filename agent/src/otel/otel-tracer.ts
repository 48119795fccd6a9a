import {
  type Attributes as ApiAttributes,
  type Tracer as ApiTracer,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type TextMapSetter,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { ReadHeader, WriteHeader } from "../context/index.ts";
import { reasonOf } from "../logger.ts";
import type { ActiveSpan, Attributes, AttributeValue, SpanStart, Tracer } from "../tracing/index.ts";

const KINDS: Readonly<Record<SpanStart["kind"], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};
const MOST_LEVERS = 16;
const MESSAGE_LENGTH = 300;

const propagator = new W3CTraceContextPropagator();
const getter: TextMapGetter<ReadHeader> = { get: (read, key) => read(key), keys: () => [] };
const setter: TextMapSetter<WriteHeader> = { set: (write, key, value) => write(key, value) };

/** Makes the spans of the agent and its adapters by OpenTelemetry's API. */
export class OtelTracer implements Tracer {
  readonly #tracer: ApiTracer;
  readonly #recordAll: boolean;
  readonly #levers = new WeakMap<Span, string[]>();

  /** `recordAll`: spans that are not sampled are recorded all the same; else there are none below one that is not. */
  constructor(tracer: ApiTracer, recordAll: boolean) {
    this.#tracer = tracer;
    this.#recordAll = recordAll;
  }

  start({ kind, name, attributes, parent }: SpanStart): ActiveSpan {
    const around = parent === undefined ? context.active() : contextOf(parent);
    if (!this.#recordAll && parent === undefined && isUnsampled(around)) return new PassingSpan(around);
    const span = this.#tracer.startSpan(name, { kind: KINDS[kind], attributes: asApi(attributes) }, around);
    return new OtelSpan(span, trace.setSpan(around, span));
  }

  acted(lever: string): void {
    const span = trace.getActiveSpan();
    if (span?.isRecording() !== true) return;
    const levers = this.#levers.get(span) ?? [];
    if (levers.includes(lever) || levers.length >= MOST_LEVERS) return;
    levers.push(lever);
    this.#levers.set(span, levers);
    span.setAttribute("leverframe.levers", levers);
  }
}

/**
 * The context of whoever asked. Where its headers name no trace a new one begins, unless another instrumentation has begun a
 * span for the same request already.
 */
function contextOf(parent: ReadHeader): Context {
  const asked = propagator.extract(ROOT_CONTEXT, parent, getter);
  const active = trace.getSpanContext(context.active());
  const caller = trace.getSpanContext(asked);
  return active !== undefined && active.traceId === caller?.traceId ? context.active() : asked;
}

// Lists are not changed by whoever is given them; OpenTelemetry's type only does not say so.
const asApi = (attributes: Attributes): ApiAttributes => attributes as ApiAttributes;

function isUnsampled(around: Context): boolean {
  const active = trace.getSpanContext(around);
  return active !== undefined && isSpanContextValid(active) && (active.traceFlags & TraceFlags.SAMPLED) === 0;
}

/** A part of a trace that nobody records: it costs next to nothing, and callees are told of the trace all the same. */
class PassingSpan implements ActiveSpan {
  readonly #context: Context;

  constructor(around: Context) {
    this.#context = around;
  }

  run<T>(work: () => T): T {
    return work();
  }
  inject(write: WriteHeader): void {
    propagator.inject(this.#context, write, setter);
  }
  set(): void {}
  rename(): void {}
  event(): void {}
  end(): void {}
}

class OtelSpan implements ActiveSpan {
  readonly #span: Span;
  readonly #context: Context;
  #ended = false;

  constructor(span: Span, around: Context) {
    this.#span = span;
    this.#context = around;
  }

  run<T>(work: () => T): T {
    return context.with(this.#context, work);
  }

  inject(write: WriteHeader): void {
    propagator.inject(this.#context, write, setter);
  }

  set(name: string, value: AttributeValue): void {
    if (!this.#ended) this.#span.setAttribute(name, typeof value === "object" ? [...value] : value);
  }

  rename(name: string): void {
    if (!this.#ended) this.#span.updateName(name);
  }

  event(name: string, attributes: Attributes = {}): void {
    if (!this.#ended) this.#span.addEvent(name, asApi(attributes));
  }

  end(fault?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    if (fault !== undefined) {
      const message = reasonOf(fault).slice(0, MESSAGE_LENGTH);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
      this.#span.setAttribute("error.type", typeOf(fault));
    }
    this.#span.end();
  }
}

function typeOf(fault: unknown): string {
  if (typeof fault !== "object" || fault === null) return "_OTHER";
  if ("code" in fault && typeof fault.code === "string") return fault.code;
  return "name" in fault && typeof fault.name === "string" ? fault.name : "_OTHER";
}
