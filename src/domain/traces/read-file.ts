import { isObject, type Json, listOf, textOf } from "./json.ts";
import { readJaeger } from "./read-jaeger.ts";
import { type LooseSpan, readOtlp } from "./read-otlp.ts";
import { type FullSpan, MOST_SPANS, type TraceData } from "./span.ts";

/** A file beyond this is not read, bytes. */
export const MOST_BYTES = 128 * 1024 * 1024;
/** Traces of a file beyond these are left out, and said. */
export const MOST_TRACES = 1_000;

export type ReadFile =
  | {
      readonly ok: true;
      readonly format: "jaeger" | "otlp";
      /** The one with most spans first. */
      readonly traces: readonly TraceData<FullSpan>[];
      /** Spans without an id or a trace's id. */
      readonly left: number;
      readonly cut: boolean;
    }
  | { readonly ok: false; readonly why: "not JSON" | "no traces" | "unknown format" };

/**
 * Traces of a file: Jaeger's JSON (`{"data": […]}`, one trace, or a list of them), or OTLP/JSON (one request, a list, or
 * one a line, as the Collector's file exporter writes). Never throws. Pure.
 */
export function readTraces(text: string): ReadFile {
  const documents = documentsOf(text);
  if (documents === undefined) return { ok: false, why: "not JSON" };
  const otlp = documents.filter((one) => one["resourceSpans"] !== undefined);
  const jaeger = documents.flatMap((one) =>
    Array.isArray(one["data"]) ? one["data"].filter(isObject) : Array.isArray(one["spans"]) ? [one] : [],
  );
  if (otlp.length === 0 && jaeger.length === 0) {
    const isEmpty = documents.some((one) => Array.isArray(one["data"]));
    return { ok: false, why: isEmpty ? "no traces" : "unknown format" };
  }
  const format = otlp.length > 0 ? "otlp" : "jaeger";
  const loose = format === "otlp" ? otlp.map((one) => readOtlp(one)) : jaeger.map((one) => readJaeger(one));
  const { traces, left, cut } = gather(loose);
  return traces.length === 0 ? { ok: false, why: "no traces" } : { ok: true, format, traces, left, cut };
}

function documentsOf(text: string): readonly Json[] | undefined {
  const whole = parsed(text);
  if (whole !== undefined) return (Array.isArray(whole) ? listOf(whole) : [whole]).filter(isObject);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const each = lines.map(parsed);
  return lines.length > 1 && each.every(isObject) ? each : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Gathered {
  readonly spans: LooseSpan[];
  cut: boolean;
}

function gather(sources: Iterable<Iterable<LooseSpan>>): {
  traces: readonly TraceData<FullSpan>[];
  left: number;
  cut: boolean;
} {
  const found = new Map<string, Gathered>();
  let left = 0;
  let cut = false;
  for (const source of sources) {
    for (const loose of source) {
      if (loose.traceId === "" || textOf(loose.span.id) === "") {
        left += 1;
        continue;
      }
      const trace = found.get(loose.traceId);
      if (trace === undefined && found.size >= MOST_TRACES) cut = true;
      else if (trace === undefined) found.set(loose.traceId, { spans: [loose], cut: false });
      else if (trace.spans.length >= MOST_SPANS) trace.cut = true;
      else trace.spans.push(loose);
    }
  }
  const traces = [...found].map(([traceId, gathered]) => traceOf(traceId, gathered));
  return { traces: traces.toSorted((a, b) => b.spans.length - a.spans.length), left, cut };
}

function traceOf(traceId: string, { spans, cut }: Gathered): TraceData<FullSpan> {
  const baseMs = spans.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  return {
    traceId,
    baseMs,
    cut,
    spans: spans.map(({ span, startMs }) => {
      const offsetNs = (startMs - baseMs) * 1_000_000;
      return {
        ...span,
        startNs: span.startNs + offsetNs,
        events: span.events.map((event) => ({ ...event, atNs: event.atNs + offsetNs })),
      };
    }),
  };
}
