import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";

/** What OpenTelemetry's own SDK sends when `count` requests of a service are traced, a server's span and a client's each. */
export async function exportSpans(exporter: SpanExporter, service: string, count: number): Promise<void> {
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: count + 1,
    maxExportBatchSize: 512,
    scheduledDelayMillis: 60_000,
    exportTimeoutMillis: 60_000,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": service,
      "service.instance.id": `${service}-1`,
      "service.version": "1.2.3",
    }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer("shop", "2.0.0");
  for (let index = 0; index < count; index += 2) {
    const server = tracer.startSpan("GET /orders/:id", {
      kind: SpanKind.SERVER,
      attributes: { "http.route": "/orders/:id", "http.response.status_code": 200, index },
    });
    const client = tracer.startSpan(
      "charge",
      { kind: SpanKind.CLIENT, attributes: { "peer.service": "payment", retry: false, share: 0.5 } },
      trace.setSpan(ROOT_CONTEXT, server),
    );
    if (index % 100 === 0) client.setStatus({ code: SpanStatusCode.ERROR, message: "refused" });
    client.end();
    server.addEvent("answered", { bytes: 12 });
    server.end();
    // As in a service: between two requests the loop turns.
    if (index % 2_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await provider.forceFlush({ timeoutMillis: 60_000 });
  await provider.shutdown();
}
