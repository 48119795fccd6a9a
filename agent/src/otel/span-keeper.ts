import { type Attributes, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { TelemetrySource } from "../agent/telemetry-source.ts";
import type { Redaction } from "./redaction.ts";

/** Attributes that a span has at most when it is exported; two of them are kept free for what is only known at its end. */
export const MOST_ATTRIBUTES = 50;
export const MOST_OWN_ATTRIBUTES = MOST_ATTRIBUTES - 2;
/** Says that a span belongs to a stream, whose length says nothing. */
export const STREAM_ATTRIBUTE = "leverframe.stream";

/** What an unsampled trace is exported for. */
type Cause = "error" | "slow";

export interface SpanKeeperOptions {
  readonly source: TelemetrySource;
  readonly redaction: Redaction;
  /** Undefined: only what is sampled is exported. */
  readonly keep: { readonly slowMs: number } | undefined;
  readonly out: (span: ReadableSpan, bytes: number) => void;
}

/** An unsampled trace as far as this process works for it. */
interface Trace {
  open: number;
  readonly spans: ReadableSpan[];
  cause: Cause | undefined;
}

const MOST_TRACES = 2_000;
const MOST_SPANS_A_TRACE = 100;
const MOST_SPANS = 5_000;
const NS_PER_MS = 1e6;

/**
 * Hands on what is to be exported: each span that is sampled, and of an unsampled trace all that this process did for it, once
 * one of its spans fails or is slow. Such spans say so (`leverframe.kept`) and that other processes' may be missing
 * (`leverframe.partial`). Until an unsampled trace is decided its spans wait here, 5,000 at most; the oldest traces go first.
 */
export class SpanKeeper implements SpanProcessor {
  readonly #options: SpanKeeperOptions;
  readonly #traces = new Map<string, Trace>();
  #waiting = 0;
  /** Since the start. `forgotten`: unsampled spans that nobody could wait for; `attributes`: those beyond 50 a span. */
  readonly counts = { kept: 0, forgotten: 0, attributes: 0 };

  constructor(options: SpanKeeperOptions) {
    this.#options = options;
  }

  /** Spans that wait for the end of their trace. */
  get waiting(): number {
    return this.#waiting;
  }

  onStart(span: Span): void {
    const { ownRevision, sharedRevision } = this.#options.source;
    span.setAttribute("leverframe.revision.own", ownRevision);
    span.setAttribute("leverframe.revision.shared", sharedRevision);
    const { traceId, traceFlags } = span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) !== 0 || isStream(span)) return;
    const trace = this.#traces.get(traceId);
    if (trace !== undefined) trace.open++;
    else {
      if (this.#traces.size >= MOST_TRACES) this.#forgetOldest();
      this.#traces.set(traceId, { open: 1, spans: [], cause: undefined });
    }
  }

  onEnd(span: ReadableSpan): void {
    const { traceId, traceFlags } = span.spanContext();
    this.counts.attributes += span.droppedAttributesCount;
    if ((traceFlags & TraceFlags.SAMPLED) !== 0) {
      this.#tell(span, undefined);
      return;
    }
    if (this.#options.keep === undefined) return;
    if (isStream(span)) {
      if (span.status.code === SpanStatusCode.ERROR) this.#tell(span, "error");
      return;
    }
    const trace = this.#traces.get(traceId);
    if (trace === undefined) this.counts.forgotten++;
    else this.#ended(traceId, trace, span);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#traces.clear();
    this.#waiting = 0;
  }

  #ended(traceId: string, trace: Trace, span: ReadableSpan): void {
    trace.open--;
    trace.cause ??= this.#causeOf(span);
    if (trace.cause === undefined) this.#wait(trace, span);
    else {
      for (const waiting of trace.spans.splice(0)) {
        this.#waiting--;
        this.#tell(waiting, trace.cause);
      }
      this.#tell(span, trace.cause);
    }
    if (trace.open > 0) return;
    this.#waiting -= trace.spans.length;
    this.#traces.delete(traceId);
  }

  #wait(trace: Trace, span: ReadableSpan): void {
    // The last one of a trace that nothing is wrong with: nobody will ask for it.
    if (trace.open === 0) return;
    if (trace.spans.length >= MOST_SPANS_A_TRACE) {
      this.counts.forgotten++;
      return;
    }
    trace.spans.push(span);
    this.#waiting++;
    while (this.#waiting > MOST_SPANS) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [traceId, { spans }] of this.#traces) {
      this.counts.forgotten += spans.length;
      this.#waiting -= spans.length;
      this.#traces.delete(traceId);
      return;
    }
  }

  #causeOf({ status, duration }: ReadableSpan): Cause | undefined {
    if (status.code === SpanStatusCode.ERROR) return "error";
    const slowMs = this.#options.keep?.slowMs ?? Number.POSITIVE_INFINITY;
    return duration[0] * 1_000 + duration[1] / NS_PER_MS >= slowMs ? "slow" : undefined;
  }

  #tell(span: ReadableSpan, cause: Cause | undefined): void {
    if (cause !== undefined) this.counts.kept++;
    const told = this.#redacted(span, cause);
    this.#options.out(told, sizeOf(told));
  }

  #redacted(span: ReadableSpan, cause: Cause | undefined): ReadableSpan {
    const { redaction } = this.#options;
    const own =
      cause === undefined
        ? span.attributes
        : { ...span.attributes, "leverframe.kept": cause, "leverframe.partial": true };
    const { message } = span.status;
    return {
      name: redaction.text(span.name),
      kind: span.kind,
      spanContext: () => span.spanContext(),
      ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
      startTime: span.startTime,
      endTime: span.endTime,
      status: message === undefined ? span.status : { ...span.status, message: redaction.text(message) },
      attributes: redaction.attributes(own),
      links: span.links.map((link) =>
        link.attributes === undefined ? link : { ...link, attributes: redaction.attributes(link.attributes) },
      ),
      events: span.events.map((event) =>
        event.attributes === undefined
          ? event
          : { ...event, attributes: redaction.attributes(event.attributes) },
      ),
      duration: span.duration,
      ended: span.ended,
      resource: span.resource,
      instrumentationScope: span.instrumentationScope,
      droppedAttributesCount: span.droppedAttributesCount,
      droppedEventsCount: span.droppedEventsCount,
      droppedLinksCount: span.droppedLinksCount,
    };
  }
}

const isStream = ({ attributes }: ReadableSpan): boolean => attributes[STREAM_ATTRIBUTE] === true;

const SPAN_BYTES = 200;
const EVENT_BYTES = 60;

/** About what a span takes in memory and on the wire. */
function sizeOf({ name, attributes, events, links }: ReadableSpan): number {
  let bytes = SPAN_BYTES + name.length + sizeOfAll(attributes);
  for (const event of events) bytes += EVENT_BYTES + event.name.length + sizeOfAll(event.attributes);
  for (const link of links) bytes += EVENT_BYTES + sizeOfAll(link.attributes);
  return bytes;
}

function sizeOfAll(attributes: Attributes = {}): number {
  let bytes = 0;
  for (const key in attributes) {
    const value = attributes[key];
    bytes += key.length + 8;
    if (typeof value === "string") bytes += value.length;
    else if (Array.isArray(value)) for (const one of value) bytes += typeof one === "string" ? one.length : 8;
  }
  return bytes;
}
