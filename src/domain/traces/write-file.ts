import type { Attributes, FullSpan, SpanKind, SpanStatus, TraceData } from "./span.ts";

const KINDS: Readonly<Record<SpanKind, number>> = {
  Unspecified: 0,
  Internal: 1,
  Server: 2,
  Client: 3,
  Producer: 4,
  Consumer: 5,
};
const STATUSES: Readonly<Record<SpanStatus, number>> = { Unset: 0, Ok: 1, Error: 2 };

const sameResource = ({ resource }: FullSpan): string => JSON.stringify(resource);

function grouped<Key, Of>(all: readonly Of[], keyOf: (one: Of) => Key): Map<Key, Of[]> {
  const groups = new Map<Key, Of[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

/** A trace as an OTLP/JSON request, which a Collector's `otlphttp` takes. Attributes are texts. Pure. */
export function toOtlpJson({ traceId, baseMs, spans }: TraceData<FullSpan>): object {
  const nanos = (ns: number): string => `${BigInt(baseMs) * 1_000_000n + BigInt(Math.round(ns))}`;
  const pairs = (attributes: Attributes) =>
    attributes.map(([key, value]) => ({ key, value: { stringValue: value } }));
  return {
    resourceSpans: [...grouped(spans, sameResource).values()].map((ofResource) => ({
      resource: { attributes: pairs(ofResource[0]?.resource ?? []) },
      scopeSpans: [...grouped(ofResource, ({ scope }) => scope)].map(([scope, ofScope]) => ({
        scope: { name: scope },
        spans: ofScope.map((span) => ({
          traceId,
          spanId: span.id,
          ...(span.parentId === "" ? {} : { parentSpanId: span.parentId }),
          name: span.name,
          kind: KINDS[span.kind],
          startTimeUnixNano: nanos(span.startNs),
          endTimeUnixNano: nanos(span.startNs + span.durationNs),
          attributes: pairs(span.attributes),
          events: span.events.map(({ name, atNs, attributes }) => ({
            name,
            timeUnixNano: nanos(atNs),
            attributes: pairs(attributes),
          })),
          links: span.links.map((link) => ({
            traceId: link.traceId,
            spanId: link.spanId,
            attributes: pairs(link.attributes),
          })),
          status: {
            code: STATUSES[span.status],
            ...(span.statusMessage === "" ? {} : { message: span.statusMessage }),
          },
        })),
      })),
    })),
  };
}

/** A trace as Jaeger's page reads and writes it. Times are whole microseconds there: what is finer is rounded. Pure. */
export function toJaegerJson({ traceId, baseMs, spans }: TraceData<FullSpan>): object {
  const micros = (ns: number): number => baseMs * 1_000 + Math.round(ns / 1_000);
  const tags = (attributes: Attributes) => attributes.map(([key, value]) => ({ key, type: "string", value }));
  const processes = [...grouped(spans, sameResource)].map(
    ([key, [span]], index) => [key, `p${index + 1}`, span] as const,
  );
  const processOf = new Map(processes.map(([key, id]) => [key, id]));
  return {
    data: [
      {
        traceID: traceId,
        spans: spans.map((span) => ({
          traceID: traceId,
          spanID: span.id,
          operationName: span.name,
          references: [
            ...(span.parentId === ""
              ? []
              : [{ refType: "CHILD_OF", traceID: traceId, spanID: span.parentId }]),
            ...span.links.map((link) => ({
              refType: "FOLLOWS_FROM",
              traceID: link.traceId,
              spanID: link.spanId,
            })),
          ],
          startTime: micros(span.startNs),
          duration: Math.round(span.durationNs / 1_000),
          tags: [
            ...tags(span.attributes),
            ...(span.kind === "Unspecified"
              ? []
              : [{ key: "span.kind", type: "string", value: span.kind.toLowerCase() }]),
            ...(span.status === "Unset"
              ? []
              : [{ key: "otel.status_code", type: "string", value: span.status.toUpperCase() }]),
            ...(span.status === "Error" ? [{ key: "error", type: "bool", value: true }] : []),
            ...(span.statusMessage === ""
              ? []
              : [{ key: "otel.status_description", type: "string", value: span.statusMessage }]),
            ...(span.scope === "" ? [] : [{ key: "otel.scope.name", type: "string", value: span.scope }]),
          ],
          logs: span.events.map(({ name, atNs, attributes }) => ({
            timestamp: micros(atNs),
            fields: [{ key: "event", type: "string", value: name }, ...tags(attributes)],
          })),
          processID: processOf.get(sameResource(span)) ?? "p1",
          warnings: null,
        })),
        processes: Object.fromEntries(
          processes.map(([, id, span]) => [
            id,
            {
              serviceName: span?.service ?? "unknown",
              tags: tags((span?.resource ?? []).filter(([key]) => key !== "service.name")),
            },
          ]),
        ),
        warnings: null,
      },
    ],
  };
}
