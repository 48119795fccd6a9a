import type { SpanKind, SpanStatus } from "../../domain/traces/span.ts";
import { SAID } from "./expressions.ts";
import type { StoredSpan } from "./trace-reader.ts";

/** A span as a tuple; its seventh part is its beginning in ns since 1970. */
export const SPAN_COLUMNS = `SpanId, ParentSpanId, toString(ServiceName), toString(SpanName), toString(SpanKind),
  toString(StatusCode), toUnixTimestamp64Nano(Timestamp), Duration, ${SAID}`;

/** Columns of `TraceColumns` of a `list` of such tuples and their `base`, ns. */
export const COLUMNS = [
  ["ids", "list.1"],
  ["parents", "list.2"],
  ["services", "list.3"],
  ["names", "list.4"],
  ["kinds", "list.5"],
  ["statuses", "list.6"],
  ["starts", "arrayMap(at -> at - intDiv(base, 1000000) * 1000000, list.7)"],
  ["durations", "list.8"],
  [
    "peers",
    "arrayMap((said, kind) -> if(kind IN ('Client', 'Producer'), arrayFirst(one -> one != '', arraySlice(said, 3)), ''), list.9, list.5)",
  ],
  ["levers", "arrayMap(said -> said[1], list.9)"],
  ["partials", "arrayMap(said -> said[2] = 'true', list.9)"],
]
  .map(([name, of]) => `toJSONString(${of}) AS ${name}`)
  .join(", ");

type Texts = Readonly<Record<string, string>>;

/** A row of `otel_traces` as JSONEachRow has it. */
export interface SpanRow {
  readonly Timestamp: string;
  readonly SpanId: string;
  readonly ParentSpanId: string;
  readonly SpanName: string;
  readonly SpanKind: SpanKind;
  readonly ServiceName: string;
  readonly ResourceAttributes: Texts;
  readonly ScopeName: string;
  readonly SpanAttributes: Texts;
  readonly Duration: number;
  readonly StatusCode: SpanStatus;
  readonly StatusMessage: string;
  readonly "Events.Timestamp": readonly string[];
  readonly "Events.Name": readonly string[];
  readonly "Events.Attributes": readonly Texts[];
  readonly "Links.TraceId": readonly string[];
  readonly "Links.SpanId": readonly string[];
  readonly "Links.Attributes": readonly Texts[];
}

/** A row as a span; moments count from `baseMs`. Pure. */
export function spanOf(row: SpanRow, baseMs: number): StoredSpan {
  return {
    id: row.SpanId,
    parentId: row.ParentSpanId,
    service: row.ServiceName,
    name: row.SpanName,
    kind: row.SpanKind,
    status: row.StatusCode,
    statusMessage: row.StatusMessage,
    startNs: nsAfter(row.Timestamp, baseMs),
    durationNs: row.Duration,
    scope: row.ScopeName,
    attributes: Object.entries(row.SpanAttributes),
    resource: Object.entries(row.ResourceAttributes),
    events: row["Events.Name"].map((name, index) => ({
      name,
      atNs: nsAfter(row["Events.Timestamp"][index] ?? "", baseMs),
      attributes: Object.entries(row["Events.Attributes"][index] ?? {}),
    })),
    links: row["Links.TraceId"].map((traceId, index) => ({
      traceId,
      spanId: row["Links.SpanId"][index] ?? "",
      attributes: Object.entries(row["Links.Attributes"][index] ?? {}),
    })),
  };
}

/** `2026-01-31 12:00:00.123456789` of UTC, as ns after a moment. */
function nsAfter(text: string, baseMs: number): number {
  const [whole = "", rest = ""] = text.split(".");
  const seconds = Date.parse(`${whole.replace(" ", "T")}Z`);
  return (seconds - baseMs) * 1_000_000 + Number(rest.padEnd(9, "0").slice(0, 9));
}
