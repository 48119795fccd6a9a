const firstOf = (...names: readonly string[]): string =>
  `coalesce(${names.map((name) => `nullIf(SpanAttributes['${name}'], '')`).join(", ")}, '')`;

/** Spans of a trace, sought where the trace is in time: the Collector's own table says so. */
export const TRACE_TIME = `TraceId = {traceId:String}
  AND Timestamp >= (SELECT toDateTime64(min(Start), 9) FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String})
  AND Timestamp < (SELECT toDateTime64(max(End), 9) + INTERVAL 1 SECOND FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String})`;

/** Spans with which a service is entered from outside. */
export const ENTERED = "SpanKind IN ('Server', 'Consumer')";

/** Whom a call went to, by the attributes that the edges are read from. */
export const PEER = `if(SpanKind IN ('Client', 'Producer'), ${firstOf(
  "peer.service",
  "messaging.destination.name",
  "db.namespace",
  "db.name",
  "db.system.name",
  "db.system",
  "server.address",
  "net.peer.name",
)}, '')`;

/** Empty for what is no call of a database. */
export const SYSTEM = `coalesce(nullIf(SpanAttributes['db.system.name'], ''), nullIf(SpanAttributes['db.system'], ''),
  if(SpanAttributes['leverframe.peer.kind'] = 'database', 'database', ''))`;

/** The statement with its literals as `?`; else what is known of the operation. */
export const STATEMENT = `replaceRegexpAll(replaceRegexpAll(substring(coalesce(
    nullIf(SpanAttributes['db.query.text'], ''), nullIf(SpanAttributes['db.statement'], ''),
    nullIf(SpanAttributes['db.query.summary'], ''), SpanName), 1, 2000),
  '\\'[^\\']*\\'', '?'), '\\\\b[0-9]+(\\\\.[0-9]+)?\\\\b', '?')`;
