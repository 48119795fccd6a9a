import { isObject, type Json, listOf, numberOf, objectOf, textOf } from "./json.ts";
import type { LooseSpan } from "./read-otlp.ts";
import { type Attributes, leversOf, peerOf, type SpanKind } from "./span.ts";

const KINDS: Readonly<Record<string, SpanKind>> = {
  internal: "Internal",
  server: "Server",
  client: "Client",
  producer: "Producer",
  consumer: "Consumer",
};

/**
 * Spans of one trace in Jaeger's JSON (jaegertracing/jaeger, internal/uimodel/model.go): times in microseconds, services
 * in `processes`, parents as references, tags with types. Ids shorter than OpenTelemetry's are filled up by zeros. Pure.
 */
export function* readJaeger(trace: Json): Generator<LooseSpan> {
  const processes = objectOf(trace["processes"]);
  for (const span of listOf(trace["spans"]).filter(isObject)) {
    const process = isObject(span["process"])
      ? span["process"]
      : objectOf(processes[textOf(span["processID"])]);
    yield looseOf(span, process, textOf(span["traceID"]) || textOf(trace["traceID"]));
  }
}

function looseOf(span: Json, process: Json, traceId: string): LooseSpan {
  const startUs = numberOf(span["startTime"]);
  const startMs = Math.floor(startUs / 1_000);
  const tags = tagsOf(span["tags"]);
  const valueOf = (name: string): string => tags.find(([key]) => key === name)?.[1] ?? "";
  const own = traceId.toLowerCase();
  const references = listOf(span["references"])
    .map(objectOf)
    .map((one) => ({
      type: textOf(one["refType"]),
      traceId: padded(textOf(one["traceID"]), 32),
      spanId: padded(textOf(one["spanID"]), 16),
    }));
  const inTrace = references.filter((one) => one.traceId === padded(own, 32));
  const parent = inTrace.find(({ type }) => type === "CHILD_OF") ?? inTrace[0];
  const kind = KINDS[valueOf("span.kind")] ?? (valueOf("span.kind") === "" ? "Internal" : "Unspecified");
  const failed = valueOf("error") === "true" || valueOf("otel.status_code").toUpperCase() === "ERROR";
  return {
    traceId: padded(own, 32),
    startMs,
    span: {
      id: padded(textOf(span["spanID"]), 16),
      parentId: parent?.spanId ?? padded(textOf(span["parentSpanID"]), 16),
      service: textOf(process["serviceName"]) || "unknown",
      name: textOf(span["operationName"]),
      kind,
      status: failed ? "Error" : valueOf("otel.status_code").toUpperCase() === "OK" ? "Ok" : "Unset",
      startNs: Math.round((startUs - startMs * 1_000) * 1_000),
      durationNs: Math.round(numberOf(span["duration"]) * 1_000),
      peer: peerOf(kind, tags),
      levers: leversOf(valueOf("leverframe.levers")),
      partial: valueOf("leverframe.partial") === "true",
      attributes: tags.filter(([key]) => !OF_THE_SPAN.has(key)),
      resource: [["service.name", textOf(process["serviceName"]) || "unknown"], ...tagsOf(process["tags"])],
      scope: valueOf("otel.scope.name") || valueOf("otel.library.name"),
      statusMessage: valueOf("otel.status_description"),
      events: listOf(span["logs"])
        .map(objectOf)
        .map((log) => {
          const fields = tagsOf(log["fields"]);
          return {
            name: fields.find(([key]) => key === "event")?.[1] ?? "log",
            atNs: Math.round((numberOf(log["timestamp"]) - startMs * 1_000) * 1_000),
            attributes: fields.filter(([key]) => key !== "event"),
          };
        }),
      links: references
        .filter((one) => one !== parent)
        .map((one) => ({ traceId: one.traceId, spanId: one.spanId, attributes: [] })),
    },
  };
}

/** What Jaeger has as tags, and a span has fields for. */
export const OF_THE_SPAN: ReadonlySet<string> = new Set([
  "span.kind",
  "error",
  "otel.status_code",
  "otel.status_description",
  "otel.scope.name",
  "otel.library.name",
]);

const padded = (id: string, digits: number): string =>
  id === "" || /^0+$/.test(id) ? "" : id.toLowerCase().padStart(digits, "0");

const tagsOf = (value: unknown): Attributes =>
  listOf(value)
    .map(objectOf)
    .map(({ key, value: one }) => [textOf(key), isObject(one) ? JSON.stringify(one) : textOf(one)] as const);
