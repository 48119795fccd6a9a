import { isObject, type Json, listOf, momentOf, numberOf, objectOf, textOf } from "./json.ts";
import { type Attributes, type FullSpan, leversOf, peerOf, type SpanKind, type SpanStatus } from "./span.ts";

const KINDS: readonly SpanKind[] = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
const STATUSES: readonly SpanStatus[] = ["Unset", "Ok", "Error"];

/** A span with its trace and its moment, before the trace's beginning is known. */
export interface LooseSpan {
  readonly traceId: string;
  readonly startMs: number;
  /** `startNs` and the events' moments count from `startMs`. */
  readonly span: FullSpan;
}

/**
 * Spans of OTLP/JSON (opentelemetry-proto, ExportTraceServiceRequest in proto3's JSON mapping): ids in hex, as OTLP has
 * it, or in base64, as some writers do; enums by number or by name; 64-bit numbers as text or number. Pure.
 */
export function* readOtlp(document: Json): Generator<LooseSpan> {
  for (const group of listOf(document["resourceSpans"]).map(objectOf)) {
    const resource = attributesOf(objectOf(group["resource"])["attributes"]);
    const service = resource.find(([key]) => key === "service.name")?.[1] ?? "unknown";
    const scopes = listOf(group["scopeSpans"] ?? group["instrumentationLibrarySpans"]);
    for (const one of scopes.map(objectOf)) {
      const scope = objectOf(one["scope"] ?? one["instrumentationLibrary"]);
      for (const span of listOf(one["spans"]).filter(isObject)) {
        yield looseOf(span, { resource, service, scope: textOf(scope["name"]) });
      }
    }
  }
}

function looseOf(
  span: Json,
  of: { readonly resource: Attributes; readonly service: string; readonly scope: string },
): LooseSpan {
  const start = momentOf(span["startTimeUnixNano"]);
  const sinceNs = (value: unknown): number => {
    const at = momentOf(value);
    return (at.ms - start.ms) * 1_000_000 + at.ns;
  };
  const attributes = attributesOf(span["attributes"]);
  const valueOf = (name: string): string => attributes.find(([key]) => key === name)?.[1] ?? "";
  const kind = named(KINDS, span["kind"], "SPAN_KIND_");
  const status = objectOf(span["status"]);
  return {
    traceId: idOf(span["traceId"], 16),
    startMs: start.ms,
    span: {
      id: idOf(span["spanId"], 8),
      parentId: idOf(span["parentSpanId"], 8),
      service: of.service,
      name: textOf(span["name"]),
      kind,
      status: named(STATUSES, status["code"], "STATUS_CODE_"),
      startNs: start.ns,
      durationNs: span["endTimeUnixNano"] === undefined ? 0 : sinceNs(span["endTimeUnixNano"]) - start.ns,
      peer: peerOf(kind, attributes),
      levers: leversOf(valueOf("leverframe.levers")),
      partial: valueOf("leverframe.partial") === "true",
      attributes,
      resource: of.resource,
      scope: of.scope,
      statusMessage: textOf(status["message"]),
      events: listOf(span["events"])
        .map(objectOf)
        .map((event) => ({
          name: textOf(event["name"]),
          atNs: sinceNs(event["timeUnixNano"]),
          attributes: attributesOf(event["attributes"]),
        })),
      links: listOf(span["links"])
        .map(objectOf)
        .map((link) => ({
          traceId: idOf(link["traceId"], 16),
          spanId: idOf(link["spanId"], 8),
          attributes: attributesOf(link["attributes"]),
        })),
    },
  };
}

function named<Word extends string>(words: readonly Word[], value: unknown, prefix: string): Word {
  const [none] = words;
  const found =
    typeof value === "string"
      ? words.find((word) => `${prefix}${word.toUpperCase()}` === value.toUpperCase())
      : words[numberOf(value)];
  if (found !== undefined || none === undefined) return found ?? ("" as Word);
  return none;
}

/** Hex in lower case; base64 of so many bytes becomes hex; ids of zeros are none. */
function idOf(value: unknown, bytes: number): string {
  const text = textOf(value);
  const hex = new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`).test(text)
    ? text.toLowerCase()
    : fromBase64(text, bytes);
  return /^0+$/.test(hex) ? "" : hex;
}

function fromBase64(text: string, bytes: number): string {
  if (
    !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ||
    text.replaceAll("=", "").length !== Math.ceil((bytes * 4) / 3)
  )
    return text;
  return Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
    char.charCodeAt(0).toString(16).padStart(2, "0"),
  ).join("");
}

const attributesOf = (value: unknown): Attributes =>
  listOf(value)
    .map(objectOf)
    .map(({ key, value: one }) => [textOf(key), wordsOf(one)] as const);

/** An AnyValue as text: what is made of parts becomes JSON. */
function wordsOf(value: unknown): string {
  const plain = plainOf(value);
  return typeof plain === "object" && plain !== null ? JSON.stringify(plain) : textOf(plain);
}

function plainOf(value: unknown): unknown {
  const any = objectOf(value);
  const array = objectOf(any["arrayValue"])["values"];
  if (array !== undefined) return listOf(array).map(plainOf);
  const pairs = objectOf(any["kvlistValue"])["values"];
  if (pairs !== undefined) {
    return Object.fromEntries(
      listOf(pairs)
        .map(objectOf)
        .map(({ key, value: one }) => [textOf(key), plainOf(one)]),
    );
  }
  return any["stringValue"] ?? any["intValue"] ?? any["doubleValue"] ?? any["boolValue"] ?? any["bytesValue"];
}
