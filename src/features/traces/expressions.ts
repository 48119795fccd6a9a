import { PEER_NAMES } from "../../domain/traces/span.ts";

/** Spans of a trace, sought where the trace is in time: the Collector's own table says so, and is asked once. */
export const TRACE_TIME = `Timestamp >= toDateTime64(time.1, 9) AND Timestamp < toDateTime64(time.2, 9) + INTERVAL 1 SECOND`;
export const WITH_TIME = `WITH (SELECT (min(Start), max(End)) FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String}) AS time`;

/** Spans with which a service is entered from outside. */
export const ENTERED = "SpanKind IN ('Server', 'Consumer')";

/**
 * What attributes say of a span: whom it called, its levers, whether it is partial. By one function over a list of names,
 * since a map that is read by name several times is read several times (25 ms a trace on 5 million spans).
 */
export const SAID = `arrayMap(key -> SpanAttributes[key], [${[
  "leverframe.levers",
  "leverframe.partial",
  ...PEER_NAMES,
]
  .map((name) => `'${name}'`)
  .join(", ")}])`;

/** Spans of a database's clients: by the index on names, so that only granules with such spans are read. */
export const OF_DATABASES = `hasAny(mapKeys(SpanAttributes), ['db.system.name', 'db.system'])`;

/** What such a span says, read at once: its system by the new name and the old, its statement, and its summary. */
export const DATABASE_SAID = `arrayMap(key -> SpanAttributes[key],
  ['db.system.name', 'db.system', 'db.query.text', 'db.statement', 'db.query.summary'])`;

export const SYSTEM = `if(said[1] = '', said[2], said[1])`;

/** The statement with its literals as `?`; else what is known of the operation. */
export const STATEMENT = `replaceRegexpAll(replaceRegexpAll(substring(
    arrayFirst(one -> one != '', [said[3], said[4], said[5], toString(SpanName)]), 1, 2000),
  '\\'[^\\']*\\'', '?'), '\\\\b[0-9]+(\\\\.[0-9]+)?\\\\b', '?')`;
